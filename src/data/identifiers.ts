/**
 * Identifier rules: one canonical string per subject, the same at every institution, because two spellings of one
 * account would be a silent "no hit". Each rule is a pure, total function; the files in canon/ name their standards.
 *
 * A canonical value starts with its type (`iban:`, `card:`, `phone:`), so that values of different types never collide.
 * Institutions agree on the rules by an id in the offer: their version and a hash of what they make of fixed vectors, which
 * also tells apart two versions of a library that they are built on.
 *
 * Not protected: a canonical value is the identifier itself, and a hash of it would still be personal information.
 */
import { toHex, utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import { canonicalAccountNumber, canonicalBic, canonicalCard, canonicalIban } from './canon/bank-account.ts';
import {
  type Canonical,
  checked,
  isScientific,
  malformed,
  type MalformedReason,
  type Rule,
} from './canon/canonical.ts';
import { canonicalEnterpriseCode, canonicalResidentId } from './canon/chinese-codes.ts';
import { canonicalImei, canonicalMac, canonicalUuid } from './canon/device.ts';
import { plainAccounts, UNKNOWN, VALID } from './canon/plain-account.ts';
import { type FoundAccounts, PlainKeys, plainStrings } from './canon/plain-keys.ts';
import { canonicalPlain } from './canon/plain-text.ts';
import { IDENTIFIER_VECTORS } from './canon/vectors.ts';
import { TextColumn } from './text-column.ts';

export type { Canonical, MalformedReason } from './canon/canonical.ts';

/** Raised with every change of what any rule gives. */
export const IDENTIFIER_RULES_VERSION = 'canon/2';

/** `account` is an IBAN or a card, told apart by shape: an IBAN starts with two letters, a card has none. */
export type AccountType = 'iban' | 'card' | 'account' | 'plain';

export type IdentifierType =
  | AccountType
  | 'bic'
  | 'resident-id'
  | 'enterprise-code'
  | 'phone'
  | 'email'
  | 'imei'
  | 'mac'
  | 'uuid'
  | 'name'
  | 'pinyin';

/** The canonical value of one raw text. Total; idempotent on what follows the type. */
export type IdentifierRule = (raw: string) => Canonical;

const WRONG_CHECK_DIGIT: KeyException = { status: 'suspect', reason: 'bad-check-digit' };

/** These narrow a composite key; as a key of its own a name would join strangers. */
const SECONDARY: ReadonlySet<IdentifierType> = new Set(['name', 'pinyin']);

const ACCOUNT_RULES: Readonly<Record<AccountType, Rule>> = {
  iban: canonicalIban,
  card: canonicalCard,
  account: canonicalAccountNumber,
  plain: canonicalPlain,
};

/** Numbering plans and tables of characters take tens of megabytes: they are loaded where a source has such a column. */
const LOADERS: Readonly<Record<Exclude<IdentifierType, AccountType>, () => Promise<Rule>>> = {
  bic: () => Promise.resolve(canonicalBic),
  'resident-id': () => Promise.resolve(canonicalResidentId),
  'enterprise-code': () => Promise.resolve(canonicalEnterpriseCode),
  phone: async () => (await import('./canon/phone.ts')).canonicalPhone,
  email: async () => (await import('./canon/email.ts')).canonicalEmail,
  imei: () => Promise.resolve(canonicalImei),
  mac: () => Promise.resolve(canonicalMac),
  uuid: () => Promise.resolve(canonicalUuid),
  name: async () => (await import('./canon/name.ts')).canonicalName,
  pinyin: async () => (await import('./canon/name.ts')).canonicalPinyin,
};

const ACCOUNT_TYPES = Object.keys(ACCOUNT_RULES) as AccountType[];

export const IDENTIFIER_TYPES: readonly IdentifierType[] = [
  ...ACCOUNT_TYPES,
  ...(Object.keys(LOADERS) as (keyof typeof LOADERS)[]),
];

/** What was loaded in this process. */
const loaded = new Map<IdentifierType, Rule>(Object.entries(ACCOUNT_RULES) as [AccountType, Rule][]);

/** Loads what the rules of these types need: from then on `identifierRulesId` knows them. */
export async function loadIdentifierRules(types: readonly IdentifierType[]): Promise<void> {
  for (const type of types) if (!isAccountType(type) && !loaded.has(type)) loaded.set(type, await LOADERS[type]());
}

/** The rule of a type. `region`: two letters of ISO 3166, whose numbering plan a phone number without a code is in. */
export async function identifierRule(type: IdentifierType, region?: string): Promise<IdentifierRule> {
  await loadIdentifierRules([type]);
  const rule = loadedRule(type);
  return (raw) => apply(rule, raw, region);
}

function loadedRule(type: IdentifierType): Rule {
  const rule = loaded.get(type);
  if (rule === undefined) throw new RangeError('Cannot apply identifier rules: they were not loaded');
  return rule;
}

/** What the rule makes of a column of raw texts. */
export interface ColumnKeys {
  /** The canonical value of each; something else where there is none. Its bytes are there until the rule is applied to another column. */
  readonly values: TextColumn;
  /** By place, ascending: those that have no value, or one that is suspect. */
  readonly exceptions: ReadonlyMap<number, KeyException>;
}

export interface KeyException {
  readonly status: 'suspect' | 'malformed';
  readonly reason: MalformedReason;
}

export type ColumnRule = (column: TextColumn) => ColumnKeys;

/** `identifierRule` for columns, with the same results in less time. */
export async function identifierColumnRule(type: IdentifierType, region?: string): Promise<ColumnRule> {
  const rule = await identifierRule(type, region);
  if (!isAccountType(type)) return ({ cells }) => columnKeys(cells.length, (at) => rule(cells[at]));
  const keys = new PlainKeys();
  return (column) => {
    const { exceptions, ...found } = plainColumn(column, type, rule);
    const values = TextColumn.made(column.length, {
      cells: () => plainStrings(column, found),
      packed: () => keys.of(column.packed, found),
    });
    return { values, exceptions };
  };
}

function plainColumn(
  column: TextColumn,
  kind: AccountType,
  rule: IdentifierRule,
): FoundAccounts & Pick<ColumnKeys, 'exceptions'> {
  const found = plainAccounts(column.packed, kind);
  const others = new Map<number, string>();
  const exceptions = new Map<number, KeyException>();
  for (let at = 0; at < found.length; at++) {
    if (found[at] === VALID) continue;
    const canonical = found[at] === UNKNOWN ? rule(column.cells[at]) : WRONG_CHECK_DIGIT;
    if ('value' in canonical) others.set(at, canonical.value);
    if (canonical.status !== 'ok') exceptions.set(at, { status: canonical.status, reason: canonical.reason });
  }
  return { kind, found, others, exceptions };
}

export function columnKeys(count: number, canonical: (at: number) => Canonical): ColumnKeys {
  const values: string[] = [];
  const exceptions = new Map<number, KeyException>();
  for (let at = 0; at < count; at++) {
    const found = canonical(at);
    values.push(found.status === 'malformed' ? '' : found.value);
    if (found.status !== 'ok') exceptions.set(at, { status: found.status, reason: found.reason });
  }
  return { values: TextColumn.of(values), exceptions };
}

/** The rule of an account type with a wrong check digit as a reject. */
export function canonicalAccount(raw: string, type: AccountType): CanonicalAccount {
  const result = apply(ACCOUNT_RULES[type], raw, undefined);
  return result.status === 'suspect' ? { status: 'malformed', reason: result.reason } : result;
}

export type CanonicalAccount =
  | { readonly status: 'ok'; readonly value: string }
  | { readonly status: 'malformed'; readonly reason: MalformedReason };

/** One component of a composite key. */
export interface KeyPart {
  readonly type: IdentifierType;
  readonly region?: string;
}

/**
 * Several identifiers as one key, such as a resident id with a name: the rule takes one raw text per part. Components are
 * prefixed with their length, so that no two tuples give one key. Its status is that of its worst component.
 * @throws RangeError where no component could be a key of its own
 */
export async function compositeRule(parts: readonly KeyPart[]): Promise<(raws: readonly string[]) => Canonical> {
  if (parts.every(({ type }) => !isPrimaryKey(type))) {
    throw new RangeError('Cannot make key: a composite of names alone would join strangers');
  }
  const rules = await Promise.all(parts.map(({ type, region }) => identifierRule(type, region)));
  return (raws) => joined(rules.map((rule, k) => rule(raws[k] ?? '')));
}

function joined(components: readonly Canonical[]): Canonical {
  let key = 'tuple:';
  let checksHold = true;
  for (const component of components) {
    if (component.status === 'malformed') return component;
    key += `${utf8(component.value).length}:${component.value}`;
    checksHold &&= component.status === 'ok';
  }
  return checked(key, checksHold);
}

/** True where the type may be the key of a run by itself. */
export function isPrimaryKey(type: IdentifierType): boolean {
  return !SECONDARY.has(type);
}

export function isAccountType(type: IdentifierType): type is AccountType {
  return type in ACCOUNT_RULES;
}

function apply(rule: Rule, raw: string, region: string | undefined): Canonical {
  const text = raw.normalize('NFKC').trim();
  if (text === '') return malformed('empty');
  const found = rule(text, region);
  // A MAC address or an enterprise code may be digits and one E: what a rule takes is not what a spreadsheet left.
  return found.status === 'malformed' && isScientific(text) ? malformed('scientific-notation') : found;
}

let accountRules: string | undefined;

/**
 * `canon/2 <sha-256>` for questions about bank accounts: equal exactly where two installations make the same of all
 * vectors of the account types.
 */
export function accountRulesId(): string {
  accountRules ??= rulesId(ACCOUNT_TYPES, ['account']);
  return accountRules;
}

/**
 * The same for keys of any types, in the order in which they make one. The kinds of accounts count as one type: which of
 * them a list has is its holder's to say. @throws RangeError where one was not loaded by `loadIdentifierRules`
 */
export function identifierRulesId(key: readonly IdentifierType[]): string {
  const parts = key.map((type) => (isAccountType(type) ? 'account' : type));
  if (parts.length === 1 && parts[0] === 'account') return accountRulesId();
  const types = parts.flatMap((type) => (type === 'account' ? ACCOUNT_TYPES : [type]));
  return rulesId([...new Set(types)].sort(), parts);
}

function rulesId(types: readonly IdentifierType[], key: readonly IdentifierType[]): string {
  const results = types.flatMap((own) =>
    IDENTIFIER_VECTORS.filter(({ type }) => type === own).map(({ raw, region }) => [
      own,
      raw,
      region ?? '',
      apply(loadedRule(own), raw, region),
    ]),
  );
  const parts = [utf8(IDENTIFIER_RULES_VERSION), utf8(JSON.stringify(results))];
  // A key of one type is its value; of several, a tuple in their order.
  const hash = hashTuple('identifier-rules', ...parts, ...(key.length === 1 ? [] : [utf8(JSON.stringify(key))]));
  return `${IDENTIFIER_RULES_VERSION} ${toHex(hash)}`;
}
