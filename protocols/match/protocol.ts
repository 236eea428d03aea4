/** The block on its own, as a protocol of one shard: members end with shares, and nobody opens them. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { UsageError } from '../../src/errors.ts';
import { inputRoot } from '../../src/kit/input-root.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { defineProtocol, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import { checkCommittee, joinCommittee, joinFlow } from '../committee/index.ts';
import type { OprfEngine } from '../oprf/index.ts';
import { matchAsker } from './asker.ts';
import { matchContributor, type ScoredDigests } from './contributor.ts';
import { matchFlow, matchRounds } from './flow.ts';
import { matchMember, type SharedMatches } from './member.ts';
import { type MatchParameters, type MatchPlan, planMatch } from './plan.ts';

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
  const plans = new WeakMap<MatchParameters, MatchPlan>();
  const planOf = (parameters: MatchParameters): MatchPlan => {
    const plan = plans.get(parameters) ?? planMatch(parameters, engine);
    plans.set(parameters, plan);
    return plan;
  };
  return defineProtocol({
    spec: {
      id: `match-${engine.id}/3`,
      securityModel: 'semi-honest; one committee member and any number of other parties may pool what they see',
      validate(parameters) {
        checkCommittee(parameters.committee);
        if (planOf(parameters).shards !== 1) {
          throw new UsageError('Cannot match: more items than one shard has room for', { code: 'bad-parameter' });
        }
        return Object.freeze(parameters);
      },
      roles({ asker, contributors, committee }) {
        const roles = new Map<PartyId, string[]>([[asker, ['asker']]]);
        for (const party of contributors) roles.set(party, ['contributor']);
        for (const party of committee) roles.set(party, [...(roles.get(party) ?? []), 'member']);
        return roles;
      },
      flow: (parameters) => [...joinFlow('committee', parameters.committee), ...matchFlow('match', planOf(parameters))],
      rounds: (parameters) => matchRounds(planOf(parameters), true),
      failures: (parameters) => planOf(parameters).failures,
      leakage: ({ asker }) => [
        { to: 'every party', learns: 'the declared size buckets' },
        { to: asker, learns: 'nothing' },
        { to: 'any two members together', learns: 'which bins match at which contributor, and the scores' },
      ],
    },

    async prepare(parameters, input, context) {
      const plan = planOf(parameters);
      const index = parameters.contributors.indexOf(context.self);
      const capacity = index < 0 ? plan.askerCapacity : plan.contributorCapacities[index];
      const digests = context.self === parameters.asker ? input.asked : input.held?.digests;
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
    },

    async run(io, parameters, { asked, held }) {
      const plan = planOf(parameters);
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
    },
  });
}
