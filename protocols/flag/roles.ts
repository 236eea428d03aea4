/** The roles of a flag run. Each reads like the message table of README.md. */
import type { BitShares } from '../../src/crypto/bit-shares.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import type { Io } from '../../src/kit/io.ts';
import { type CommitteeMember, joinCommittee, openTo, receiveOpened, sumsAtLeast } from '../committee/index.ts';
import { matchAsker, matchContributor, matchMember, type MatchPlan, type SharedMatches } from '../match/index.ts';
import { wordsMessage } from '../../src/kit/message.ts';
import { type ItemList, runDigestJob, type ShardItems, type ShardOptions } from '../items/index.ts';
import { type FlagParameters, ruleSums } from './parameters.ts';

/** From a party's member role to its asker role; crosses no wire. */
const OwnOutput = wordsMessage('own-output');

interface OwnShard extends ShardItems {
  readonly channel: Io;
}

/** Asks about its own items; learns one bit for each. Result: one byte per item, 0 or 1. */
export async function asker(io: Io, plan: MatchPlan, own: ItemList): Promise<Uint8Array> {
  const flagged = new Uint8Array(own.count);
  const { shards, askerCapacity: capacity } = plan;
  for await (const { channel, digests, items } of ownShards(io, own, { shards, capacity })) {
    const itemOfBin = await matchAsker(channel.sub('match'), plan, digests);
    // A member receives its own output in its other role and hands it over on the loopback channel.
    const bits = plan.committee.includes(io.self)
      ? await channel.sub('own-output').from(io.self).recv(OwnOutput, plan.laneWords)
      : await receiveOpened(channel.sub('open'), plan.committee, plan.laneWords);
    for (let bin = 0; bin < itemOfBin.length; bin++) {
      const item = itemOfBin[bin];
      if (item >= 0) flagged[items[item]] = (bits[bin >>> 5] >>> (bin & 31)) & 1;
    }
  }
  return flagged;
}

/** Brings accounts and scores; learns nothing. */
export async function contributor(io: Io, plan: MatchPlan, own: ItemList): Promise<void> {
  const capacity = plan.contributorCapacities[plan.contributors.indexOf(io.self)];
  for await (const { channel, digests, items, scores } of ownShards(io, own, { shards: plan.shards, capacity })) {
    // Without a score rule none were read.
    const rated = scores.length > 0 ? scores : new Uint32Array(items.length);
    await matchContributor(channel.sub('match'), plan, { digests, scores: rated });
  }
}

/** Computes on shares and opens one bit per bin to the asker; learns nothing. */
export async function member(io: Io, plan: MatchPlan, parameters: FlagParameters): Promise<void> {
  const self = await joinCommittee(io.sub('committee'), plan.committee);
  for (let number = 0; number < plan.shards; number++) {
    const channel = io.sub(`shard:${number}`);
    const shared = await matchMember(channel.sub('match'), plan, self);
    const answer = await decide(channel, parameters, self, shared, plan.laneWords);
    const opened = await openTo(channel.sub('open'), self, plan.asker, answer);
    if (opened !== undefined) await channel.sub('own-output').to(io.self).send(OwnOutput, opened, plan.laneWords);
    io.progress(number + 1, plan.shards);
  }
}

/** (number of holders >= t) ∧ (sum of scores >= T), both in the same rounds. */
async function decide(
  io: Io,
  parameters: FlagParameters,
  self: CommitteeMember,
  shared: SharedMatches,
  laneWords: number,
): Promise<BitShares> {
  const gates = self.gates(io.sub('decide'));
  const addends = [shared.matches, shared.scores];
  const sums = ruleSums(parameters).map((sum, index) => ({ ...sum, addends: addends[index] }));
  const [enough, high] = await sumsAtLeast(gates, sums, laneWords);
  return high === undefined ? enough : gates.and([enough], [high]);
}

/** Shards one after the other, the same at all parties, with digests under the run id. */
async function* ownShards(io: Io, own: ItemList, options: ShardOptions): AsyncGenerator<OwnShard> {
  let number = 0;
  for await (const shard of own.shards(io, options)) {
    const secrets = new Secrets();
    try {
      const digests = secrets.hold(await io.compute(runDigestJob, { digests: shard.digests, sid: io.sid }));
      yield { ...shard, digests, channel: io.sub(`shard:${number}`) };
    } finally {
      secrets.end();
    }
    io.progress(++number, options.shards);
  }
}
