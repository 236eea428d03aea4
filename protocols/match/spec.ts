/** What match is on its own, as data: roles, messages, rounds, failure bound, leakage. README.md says the same in words. */
import { UsageError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ProtocolSpec } from '../../src/kit/protocol.ts';
import { checkCommittee, joinFlow } from '../committee/index.ts';
import type { OprfEngine } from '../oprf/index.ts';
import { matchFlow, matchRounds } from './flow.ts';
import { type MatchParameters, type MatchPlan, planMatch } from './plan.ts';

export type MatchPlanner = (parameters: MatchParameters) => MatchPlan;

/** Plans each set of parameters once: all parts of the specification ask for it. */
export function matchPlanner(engine: OprfEngine): MatchPlanner {
  const plans = new WeakMap<MatchParameters, MatchPlan>();
  return (parameters) => {
    const plan = plans.get(parameters) ?? planMatch(parameters, engine);
    plans.set(parameters, plan);
    return plan;
  };
}

export function matchSpec(engine: OprfEngine, planOf: MatchPlanner): ProtocolSpec<MatchParameters> {
  return {
    id: `match-${engine.id}/8`,
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
  };
}
