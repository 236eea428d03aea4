/** Message rows of the committee's building blocks, for the message tables of the protocols that use them. */
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow, FlowRow } from '../../src/kit/protocol.ts';
import { onChannel } from '../../src/kit/protocol.ts';
import type { CircuitCost } from './carry-save.ts';
import { ComponentHashes, componentHashesBytes, type ComponentBytes, DealtComponent, dealtBytes } from './deal.ts';
import { AndShares, MEMBER_SEEDS_BYTES, MemberSeeds } from './member.ts';
import { type Committee, previousSeat } from './seating.ts';

const SEATS = [0, 1, 2] as const;

/** Everybody to everybody else. */
function mutual(committee: Committee, message: string, bytes: number): readonly ChannelRow[] {
  return committee.flatMap((from) =>
    committee.filter((to) => to !== from).map((to) => ({ from, to, message, count: 1, bytes })),
  );
}

export function joinFlow(channel: string, committee: Committee): readonly FlowRow[] {
  return onChannel(channel, mutual(committee, MemberSeeds.name, MEMBER_SEEDS_BYTES));
}

export function compareFlow(channel: string, committee: Committee, inputCount: number): readonly FlowRow[] {
  return onChannel(channel, mutual(committee, ComponentHashes.name, componentHashesBytes(inputCount)));
}

/** Component `index` of a dealt input goes to member `index` and to its predecessor, each on a channel of its own. */
export function dealFlow(
  channel: string,
  committee: Committee,
  dealer: PartyId,
  components: ComponentBytes,
): readonly FlowRow[] {
  return SEATS.flatMap((index) =>
    [index, previousSeat(index)].flatMap((seat) =>
      onChannel(`${channel}/to-${seat}-${index}`, [
        {
          from: dealer,
          to: committee[seat],
          message: DealtComponent.name,
          count: 1,
          bytes: dealtBytes(components[index]),
        },
      ]),
    ),
  );
}

/** One word per gate word: each member to its predecessor, every round. */
export function circuitFlow(
  channel: string,
  committee: Committee,
  costs: readonly CircuitCost[],
  laneWords: number,
): readonly FlowRow[] {
  const count = costs.reduce((sum, cost) => sum + cost.rounds, 0);
  const bytes = 4 * laneWords * costs.reduce((sum, cost) => sum + cost.ands, 0);
  if (count === 0) return [];
  return onChannel(
    channel,
    SEATS.map((seat) => ({
      from: committee[seat],
      to: committee[previousSeat(seat)],
      message: AndShares.name,
      count,
      bytes,
    })),
  );
}
