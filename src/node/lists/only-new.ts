/** Questions about new accounts only: which these are, and what is noted of an answer. */
import { fromHex } from '../../crypto/bytes.ts';
import { UsageError } from '../../errors.ts';
import { periodOf } from '../../governance/period.ts';
import type { Evaluation } from './evaluated-accounts.ts';
import { errorFields } from '../log.ts';
import type { QuestionTerms } from '../config/node-config.ts';
import type { NodeContext } from '../node-context.ts';
import type { OwnAccounts } from './own-accounts.ts';
import type { PlannedRun } from '../questions/question.ts';

export interface Wanted {
  readonly terms: QuestionTerms;
  /** Of a run about all of the list. */
  readonly planned: PlannedRun;
}

/** The part of the list that is new. @throws UsageError where nothing is, or this node does not note what it asked */
export async function evaluationOf(
  { evaluated, policy, wallClock }: NodeContext,
  own: OwnAccounts,
  { terms, planned }: Wanted,
): Promise<Evaluation> {
  if (terms.protocol !== 'flag' || evaluated === undefined) {
    throw new UsageError('Cannot ask: nothing is noted of what this question was answered about before', {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: 'ask about all accounts',
    });
  }
  // A question that is only configured has no contract that says a period.
  const agreement = policy.agreementFor(terms, planned);
  const kind = agreement.kind === 'signed' ? agreement.contract.limits.period : 'day';
  const where = { question: terms.name, period: periodOf(kind, wallClock.now()) };
  return await evaluated.of(own, where);
}

/** An answer is there, whatever becomes of the note: without it accounts are asked about again. */
export async function noteEvaluated(
  { log }: NodeContext,
  evaluation: Evaluation,
  { question, run }: { readonly question: string; readonly run: string },
): Promise<void> {
  const runName = fromHex(run);
  try {
    await evaluation.keep(runName);
  } catch (error) {
    log.write('warn', 'evaluated-not-kept', { run: runName, question, ...errorFields(error) });
  }
}
