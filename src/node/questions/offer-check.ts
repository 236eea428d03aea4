/** Compares a peer's offer with what this node planned itself, field by field, so that a difference has a name. */
import { equalBytes } from '../../crypto/bytes.ts';
import type { Offer, Plain } from '../../kit/offer.ts';
import type { PartyId } from '../../kit/party.ts';
import { DEFAULT_LIMITS } from '../../kit/session-limits.ts';
import type { PlannedRun } from './question.ts';

export interface Expected {
  readonly planned: PlannedRun;
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  /** Id of the identifier rules of the question. */
  readonly rules: string;
}

/** The first field in which the offer differs from the plan; undefined when it is the same run. */
export function differingField(offer: Offer, { planned, publicKeys, rules }: Expected): string | undefined {
  if (offer.protocol !== planned.protocol) return 'protocol';
  if (offer.inputRules !== rules) return 'rules';
  if (offer.windowBytes !== DEFAULT_LIMITS.windowBytes) return 'window';
  const theirs = offer.parameters;
  if (typeof theirs !== 'object' || Array.isArray(theirs)) return 'parameters';
  const record = theirs as { readonly [name: string]: Plain };
  for (const [name, ours] of Object.entries(planned.parameters)) {
    if (!equalPlain(Object.hasOwn(record, name) ? record[name] : undefined, ours)) return name;
  }
  // A name of the peer's own making is not repeated anywhere.
  if (Object.keys(record).some((name) => !Object.hasOwn(planned.parameters, name))) return 'parameters';
  const expected = [...planned.roles];
  if (
    !equalPlain(
      offer.parties.map((party) => party.id),
      expected.map(([id]) => id),
    )
  )
    return 'parties';
  if (
    !equalPlain(
      offer.parties.map((party) => party.roles),
      expected.map(([, roles]) => roles),
    )
  )
    return 'roles';
  const sameKeys = offer.parties.every(({ id, publicKey }) => equalBytes(publicKey, publicKeys.get(id) ?? NO_KEY));
  return sameKeys ? undefined : 'keys';
}

const NO_KEY = new Uint8Array(0);

function equalPlain(a: Plain, b: Plain): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [new Map(definedEntries(a)), new Map(definedEntries(b))];
  return (
    left.size === right.size && [...left].every(([key, value]) => right.has(key) && equalPlain(value, right.get(key)))
  );
}

function definedEntries(value: object): [string, Plain][] {
  return Object.entries(value).filter(([, entry]) => entry !== undefined);
}
