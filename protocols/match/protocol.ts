/** The block on its own, as a protocol of one shard: members end with shares, and nobody opens them. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { UsageError } from '../../src/errors.ts';
import { inputRoot } from '../../src/kit/input-root.ts';
import type { Io } from '../../src/kit/io.ts';
import { defineProtocol, type Prepared, type PrepareContext, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import { joinCommittee } from '../committee/index.ts';
import type { OprfEngine } from '../oprf/index.ts';
import { matchAsker } from './asker.ts';
import { matchContributor, type ScoredDigests } from './contributor.ts';
import { matchMember, type SharedMatches } from './member.ts';
import type { MatchParameters, MatchPlan } from './plan.ts';
import { matchPlanner, matchSpec } from './spec.ts';

export interface MatchInput {
  /** The asker's items: n x 32 distinct digests. */
  readonly asked?: Uint8Array;
  /** A contributor's items. */
  readonly held?: ScoredDigests;
}

export interface MatchOutput {
  /** At the asker: its item in each bin, -1 where there is none. */
  readonly itemOfBin?: Int32Array;
  /** At a member: its shares. */
  readonly shares?: SharedMatches;
}

export function createMatch(
  engine: OprfEngine,
): ProtocolDefinition<MatchParameters, MatchInput, MatchInput, MatchOutput> {
  const planOf = matchPlanner(engine);
  return defineProtocol({
    spec: matchSpec(engine, planOf),
    prepare: async (parameters, input, context) => await prepareMatch(planOf(parameters), input, context),
    run: async (io, parameters, input) => await runMatch(io, planOf(parameters), input),
  });
}

async function prepareMatch(
  plan: MatchPlan,
  input: MatchInput,
  context: PrepareContext,
): Promise<Prepared<MatchInput>> {
  const index = plan.contributors.indexOf(context.self);
  const capacity = index < 0 ? plan.askerCapacity : plan.contributorCapacities[index];
  const digests = context.self === plan.asker ? input.asked : input.held?.digests;
  if ((digests?.length ?? 0) > 32 * capacity || input.held?.scores.some((score) => score >= 2 ** plan.scoreBits)) {
    throw new UsageError('Cannot match: items do not fit the parameters', { code: 'bad-input' });
  }
  const parts = [digests, input.held === undefined ? undefined : asBytes(input.held.scores)];
  return {
    value: input,
    root: await inputRoot(
      parts.filter((part) => part !== undefined),
      context,
    ),
  };
}

async function runMatch(io: Io, plan: MatchPlan, { asked, held }: MatchInput): Promise<MatchOutput> {
  const channel = io.sub('match');
  const [itemOfBin, , shares] = await io.all([
    async () => (asked === undefined ? undefined : await matchAsker(channel, plan, asked)),
    async () => (held === undefined ? undefined : await matchContributor(channel, plan, held)),
    async () =>
      plan.committee.includes(io.self)
        ? await matchMember(channel, plan, await joinCommittee(io.sub('committee'), plan.committee))
        : undefined,
  ]);
  return {
    ...(itemOfBin === undefined ? {} : { itemOfBin }),
    ...(shares === undefined ? {} : { shares }),
  };
}
