/**
 * What a register says to a flag question: accounts, and how much speaks against each.
 *
 * An account is listed when a flag of it stands: not withdrawn, not expired, not disputed, and in any role but the
 * victim's. Its score is
 *
 * - the largest score of the rule, where the police confirmed one of its flags,
 * - else the number of different persons who reported it, over all its flags, and at least 1 for a suspicion,
 *
 * and never more than the largest score of the rule.
 */
import type { Flag } from './flag-register.ts';

export interface FlaggedAccount {
  readonly account: string;
  readonly score: number;
}

export interface EvidenceOptions {
  /** Milliseconds since 1970 at which flags stand or do not. */
  readonly nowMs: number;
  /** The largest score of the rule. */
  readonly maxScore: number;
}

/** Does it count at this time? */
export function stands({ state, role, disputed, expires }: Flag, nowMs: number): boolean {
  return state !== 'withdrawn' && role !== 'victim' && !disputed && nowMs < Date.parse(expires);
}

/** Every account once, in the order of their names: the order in which flags came in is nobody's to learn. */
export function flaggedAccounts(
  flags: Iterable<Flag>,
  { nowMs, maxScore }: EvidenceOptions,
): readonly FlaggedAccount[] {
  const found = new Map<string, { confirmed: boolean; readonly reporters: Set<string> }>();
  for (const flag of flags) {
    if (!stands(flag, nowMs)) continue;
    let about = found.get(flag.account);
    if (about === undefined) found.set(flag.account, (about = { confirmed: false, reporters: new Set() }));
    about.confirmed ||= flag.state === 'police-confirmed';
    for (const reporter of flag.reporters) about.reporters.add(reporter);
  }
  return [...found]
    .map(([account, { confirmed, reporters }]) => ({
      account,
      score: confirmed ? maxScore : Math.min(maxScore, Math.max(1, reporters.size)),
    }))
    .toSorted((a, b) => (a.account < b.account ? -1 : 1));
}
