/** What identifiers a question is about, and whether an own list has them. */
import type { AccountCheckOptions } from '../../data/account-check.ts';
import { identifierRulesId, type IdentifierType, isAccountType, loadIdentifierRules } from '../../data/identifiers.ts';
import { UsageError } from '../../errors.ts';
import type { DatasetConfig, QuestionTerms } from '../config/node-config.ts';

/** Bank accounts of any kind. */
const DEFAULT: readonly IdentifierType[] = ['account'];

type Terms = Pick<QuestionTerms, 'name' | 'identifier'>;
type Key = Pick<AccountCheckOptions, 'type' | 'keyParts'>;

/** Before rules of these questions are named: tables of numbering plans and characters are read for who needs them only. */
export async function loadRulesOf(questions: readonly Pick<QuestionTerms, 'identifier'>[]): Promise<void> {
  for (const { identifier = DEFAULT } of questions) await loadIdentifierRules(identifier);
}

/** What the subjects of a question are known by. */
export function identifiersOf({ identifier = DEFAULT }: Pick<Terms, 'identifier'>): readonly IdentifierType[] {
  return identifier;
}

/** The id of the rules of a question, which offers and contracts carry: two parties with others do not run. */
export function rulesOf({ identifier = DEFAULT }: Pick<Terms, 'identifier'>): string {
  return identifierRulesId(identifier);
}

/** Whether a list's key is of the types of the question; all kinds of accounts are, where it says accounts. */
export function hasIdentifiersOf(
  { identifier = DEFAULT }: Pick<Terms, 'identifier'>,
  { type, keyParts = [] }: Key,
): boolean {
  const found = [type, ...keyParts.map((part) => part.type)];
  return (
    found.length === identifier.length &&
    found.every((own, k) => own === identifier[k] || (identifier[k] === 'account' && isAccountType(own)))
  );
}

/** @throws UsageError before a row is read: with another key nothing would be found in common, and nothing would show it */
export function requireIdentifiersOf(
  terms: Terms,
  dataset: string,
  list: Pick<DatasetConfig, 'type' | 'keyParts'>,
): void {
  if (hasIdentifiersOf(terms, list)) return;
  const wanted = (terms.identifier ?? DEFAULT).join(', ');
  const state = `datasets.${dataset} has other identifiers than question '${terms.name}', which is about ${wanted}`;
  throw new UsageError(`Cannot use list: ${state}`, {
    code: 'bad-parameter',
    phase: 'configuration',
    remedy: 'name a list of these identifiers, or agree on a question about those of the list',
  });
}
