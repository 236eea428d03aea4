/** The message table of a VOLE whose parties have kept nothing. */
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow } from '../../src/kit/protocol.ts';
import {
  baseMessage,
  BaseOtPoints,
  BaseOtSeeds,
  BaseOtState,
  transfersMessage,
  TreeChallengeMessage,
  TreeMessage,
  TreeProof,
} from './messages.ts';
import { POINTS_BYTES, SEEDS_BYTES, type VolePlan } from './plan.ts';

export function voleFlow(receiver: PartyId, holder: PartyId, plan: VolePlan): readonly ChannelRow[] {
  const { silent, checked, pathCount } = plan;
  const row = (from: PartyId, { name }: { readonly name: string }, bytes: number): ChannelRow => ({
    from,
    to: from === receiver ? holder : receiver,
    message: name,
    count: 1,
    bytes,
  });
  return [
    ...[receiver, holder].flatMap((from) => [
      row(from, BaseOtState, BaseOtState.bytes(undefined)),
      { ...row(from, BaseOtPoints, POINTS_BYTES), unlessKept: true as const },
      { ...row(from, BaseOtSeeds, SEEDS_BYTES), unlessKept: true as const },
    ]),
    ...(pathCount > 0 ? [row(receiver, transfersMessage(plan), plan.pathsBytes)] : []),
    row(holder, transfersMessage(plan), plan.deltaBytes),
    row(receiver, baseMessage(plan), plan.baseBytes),
    ...(silent === undefined ? [] : [row(holder, TreeMessage, silent.treeMessageBytes)]),
    ...(silent !== undefined && checked
      ? [row(receiver, TreeChallengeMessage, TreeChallengeMessage.bytes(undefined)), row(holder, TreeProof, HASH_BYTES)]
      : []),
  ];
}
