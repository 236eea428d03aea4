/** Finds a clock that is wrong: days of limits and the expiry of answers and keys mean nothing with it. */
import { PolicyError } from '../errors.ts';
import { MAX_CLOCK_DIFFERENCE_MS } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import type { PeerStatus } from './peer-network.ts';

export interface ClockSuspect {
  /** Whose clock it is, as far as the others tell. */
  readonly party: PartyId;
  /** That clock minus the others'. */
  readonly offsetMs: number;
  /** False where only two clocks were compared: it may be either. */
  readonly certain: boolean;
}

/** The party whose clock stands against the others' by more than is allowed; undefined while all agree. */
export function suspectClock(self: PartyId, peers: readonly PeerStatus[]): ClockSuspect | undefined {
  const measured = peers.flatMap(({ peer, clockOffsetMs }) =>
    clockOffsetMs === undefined ? [] : [{ party: peer, offsetMs: clockOffsetMs }],
  );
  const off = measured.filter(({ offsetMs }) => Math.abs(offsetMs) > MAX_CLOCK_DIFFERENCE_MS);
  if (off.length === 0) return undefined;
  const first = off[0];
  const certain = measured.length >= 2;
  const alike = off.filter(({ offsetMs }) => Math.abs(offsetMs - first.offsetMs) <= MAX_CLOCK_DIFFERENCE_MS);
  // Most peers agree with each other and not with us: it is ours.
  if (certain && 2 * alike.length > measured.length) return { party: self, offsetMs: -first.offsetMs, certain };
  return { ...first, certain };
}

/** What the suspicion means for runs, in the same words wherever an operator looks. */
export function clockError(self: PartyId, { party, offsetMs, certain }: ClockSuspect): PolicyError {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const state = certain
    ? `a clock is ${minutes} minutes ${offsetMs > 0 ? 'fast' : 'slow'} against the others`
    : `a clock is ${minutes} minutes ${offsetMs > 0 ? 'ahead of' : 'behind'} the one here`;
  const remedy = certain ? (party === self ? OWN_CLOCK : OTHER_CLOCK) : EITHER_CLOCK;
  return new PolicyError(`Cannot run: ${state}`, { code: 'refused', phase: 'clock', party, remedy });
}

const OWN_CLOCK =
  'set the clock of this machine by a time service; limits per day and the expiry of answers depend on it';
const OTHER_CLOCK =
  'ask its operator to set the clock there by a time service; limits per day and the expiry of answers depend on it';
const EITHER_CLOCK = 'compare both clocks with a time service: with no third party to compare with it may be either';

/**
 * Compares the clocks of a run's parties alone: one that is not part of it cannot keep it from beginning.
 * @throws PolicyError `refused` that names the party, when a clock of this run is wrong
 */
export function requireCommonTime(self: PartyId, peers: readonly PeerStatus[], parties: readonly PartyId[]): void {
  const suspect = suspectClock(
    self,
    peers.filter(({ peer }) => parties.includes(peer)),
  );
  if (suspect !== undefined) throw clockError(self, suspect);
}
