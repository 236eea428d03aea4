/** Finds a clock that is wrong: days of limits and the expiry of answers and keys mean nothing with it. */
import { PolicyError } from '../errors.ts';
import type { PartyId } from '../kit/party.ts';
import type { PeerStatus } from './peer-network.ts';

/** Clocks kept by a time service differ by less than a second; five minutes also forgive one set by hand. */
export const MAX_CLOCK_OFFSET_MS: number = 5 * 60_000;

export interface ClockSuspect {
  /** Whose clock it is, as far as the others tell: with one peer alone it may be either. */
  readonly party: PartyId;
  readonly offsetMs: number;
}

/** The party whose clock stands against the others' by more than is allowed; undefined while all agree. */
export function suspectClock(self: PartyId, peers: readonly PeerStatus[]): ClockSuspect | undefined {
  const measured = peers.flatMap(({ peer, clockOffsetMs }) =>
    clockOffsetMs === undefined ? [] : [{ party: peer, offsetMs: clockOffsetMs }],
  );
  const off = measured.filter(({ offsetMs }) => Math.abs(offsetMs) > MAX_CLOCK_OFFSET_MS);
  if (off.length === 0) return undefined;
  const first = off[0];
  const alike = off.filter(({ offsetMs }) => Math.abs(offsetMs - first.offsetMs) <= MAX_CLOCK_OFFSET_MS);
  // Most peers agree with each other and not with us: it is ours.
  if (measured.length >= 2 && 2 * alike.length > measured.length) return { party: self, offsetMs: -first.offsetMs };
  return first;
}

/** @throws PolicyError `refused` that names the party, when a clock of this run is wrong */
export function requireCommonTime(self: PartyId, peers: readonly PeerStatus[], parties: readonly PartyId[]): void {
  const suspect = suspectClock(self, peers);
  if (suspect === undefined || !parties.includes(suspect.party)) return;
  const minutes = Math.round(Math.abs(suspect.offsetMs) / 60_000);
  const direction = suspect.offsetMs > 0 ? 'fast' : 'slow';
  throw new PolicyError(`Cannot run: a clock is ${minutes} minutes ${direction} against the others`, {
    code: 'refused',
    phase: 'clock',
    party: suspect.party,
    remedy: 'set the clock of that machine by a time service; limits per day and the expiry of answers depend on it',
  });
}
