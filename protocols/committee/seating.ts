/** Who sits where: three members, each with a successor and a predecessor, indices modulo 3. */
import type { Member } from '../../src/crypto/bit-shares.ts';
import { UsageError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';

/** Members P_0, P_1, P_2 in order. */
export type Committee = readonly [PartyId, PartyId, PartyId];

/** @throws UsageError unless the three are different parties */
export function checkCommittee(committee: readonly PartyId[]): Committee {
  if (committee.length !== 3 || new Set(committee).size !== 3) {
    throw new UsageError('Cannot form committee: it needs three different parties', {
      code: 'bad-parameter',
      remedy: 'name three of the institutions, or neutral helpers',
    });
  }
  const [a, b, c] = committee;
  return [a, b, c];
}

export function seatOf(committee: Committee, party: PartyId): Member | undefined {
  const index = committee.indexOf(party);
  return index === 0 || index === 1 || index === 2 ? index : undefined;
}

export function nextSeat(member: Member): Member {
  return member === 2 ? 0 : member === 1 ? 2 : 1;
}

export function previousSeat(member: Member): Member {
  return member === 0 ? 2 : member === 1 ? 0 : 1;
}
