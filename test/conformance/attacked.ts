/** Attacks one site of a case and checks how everybody ends. */
import { MpcError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { type Attack, attackAt, attacks } from './attacks.ts';
import { errorsOf, type Observation, observe, type ObserveOptions } from './observe.ts';
import type { AnyCase } from './protocol-case.ts';
import { nameOf, type Site, sitesOf } from './sites.ts';
import { expectOrderlyEnd } from './verdict.ts';

const SEED = 1;

/**
 * Messages whose body is uniform to its receiver, so that another body of the right length is as good as the sent one.
 * In the semi-honest model of these protocols nothing checks what a party computed: the answer may be wrong, it is never
 * partial.
 */
export const UNSEEN_CONTENT: ReadonlyMap<string, string> = new Map([
  ['and-shares', "a member's share of a gate: masked by a zero share, so any value is possible"],
  ['target-table', 'a table of masked targets: a row that was changed decodes to another uniform value'],
  ['overlap-query', 'blinded elements: another element is another record, which nobody lists'],
  ['overlap-answered', 'elements under the key of the holder: another one gives another tag'],
  ['oprf-query', 'blinded elements: another element is another record, which nobody holds'],
  ['oprf-answer', 'elements under the keys of the holder: another one gives another value'],
  ['overlap-rows', 'tags and masked columns: another tag is nobody’s, another column decodes to other bytes'],
  ['overlap-confirmations', 'padded confirmations: another value confirms nothing'],
  ['overlap-coin', 'half of a coin: another one gives other tags, which nobody lists'],
  ['overlap-differences', 'a masked table: another one is the table of other records, which nobody lists'],
  ['oprf-differences', 'masked hashes: others are those of other records, which nobody lists'],
  ['member-seeds', 'fresh seeds of a member: any 32 bytes are a seed; the common one shows when outputs are compared'],
  ['base-ot-state', 'the id of what is kept, random where nothing is: any other one means to begin anew'],
  ['vole-transfers', 'corrections under a stream: others lead to keys that the other side does not have'],
  ['vole-base', 'corrections under a stream: others lead to a K that does not fit'],
  ['vole-trees', 'sums under pads: others lead to leaves that do not fit'],
]);

/**
 * Messages whose damage is seen, but not at the party that did it: records of others that the initiator passes on, and
 * outputs that are compared with each other.
 */
export const BLAMED_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['commitments', 'the record that does not verify is named: its owner or the initiator made it so'],
  ['openings', 'the record that does not verify is named: its owner or the initiator made it so'],
  ['output-shares', 'two members sent different values; which one is wrong cannot be told, so both are named'],
  ['member-seeds', 'members with different common seeds open different outputs'],
  ['and-shares', 'members with different shares open different outputs'],
  ['base-ot-points', 'other elements give other keys: the check of the seeds fails at the side that sent them'],
  ['vole-challenge', 'another challenge has another answer, which its sender does not expect'],
]);

/** Messages whose last bytes are read only when something else is wrong already: there a change has no effect at all. */
export const UNREAD_ENDS: ReadonlyMap<string, string> = new Map([
  ['component-hashes', "the dealer's signature is evidence for the case that the hashes before it differ"],
]);

/** The sites of an undisturbed run. */
export async function sitesOfCase(entry: AnyCase, options: ObserveOptions = {}): Promise<readonly Site[]> {
  const { spec } = entry.protocol;
  const seen = await observe(entry, { ...options, seed: SEED });
  return sitesOf(seen.frames, spec.roles(spec.validate(entry.run(SEED).parameters)));
}

/** Runs every attack at the site. @throws Error that says which attack had which wrong end */
export async function expectAllAttacksFail(
  entry: AnyCase,
  site: Site,
  options: ObserveOptions & { readonly only?: readonly Attack[] } = {},
): Promise<number> {
  let carriedOut = 0;
  const { only = attacks, ...rest } = options;
  for (const attack of only) {
    const { intercept, done } = attackAt(site, attack);
    const seen = await observe(entry, { ...rest, seed: SEED, intercept });
    if (!done()) continue;
    carriedOut++;
    expectFailedAttack(seen, entry, site, attack);
  }
  return carriedOut;
}

export function expectFailedAttack(seen: Observation, entry: AnyCase, site: Site, attack: Attack): void {
  const what = `${attack.name} at ${nameOf(site)}`;
  const content = attack.seenBy === 'body' || attack.seenBy === 'end';
  const unseen = content && UNSEEN_CONTENT.has(site.name);
  expectOrderlyEnd(seen, { entry, seed: SEED, what, anyContent: unseen });
  const errors = errorsOf(seen.outcomes);
  switch (attack.seenBy) {
    case 'shape':
      requireBlame(errors.get(site.to), site.from, what);
      return;
    case 'body':
    case 'end':
      if (unseen || (attack.seenBy === 'end' && UNREAD_ENDS.has(site.name))) return;
      if (errors.size === 0) throw new Error(`${what}: nobody noticed`);
      if (!BLAMED_ELSEWHERE.has(site.name)) requireBlame(errors.get(site.to), site.from, what);
      return;
    case 'absence':
      // Who waits for whom decides at whom the silence shows first.
      if (!errors.has(site.to)) throw new Error(`${what}: the receiver noticed nothing`);
      return;
    case 'repeat':
      if (errors.size > 0) requireBlame(errors.get(site.to), site.from, what);
      return;
    default:
      attack.seenBy satisfies never;
  }
}

/** The receiver itself found it, and names the sender. */
function requireBlame(error: MpcError | string | undefined, blamed: PartyId, what: string): void {
  if (error === undefined) throw new Error(`${what}: the receiver noticed nothing`);
  if (!(error instanceof MpcError)) throw new Error(`${what}: ${error}`);
  const found = error.party === blamed && error.code !== 'peer-aborted';
  if (!found) throw new Error(`${what}: the receiver blames another: ${error.describe()}`, { cause: error });
}
