/** What flag/12 is, as data: roles, messages, rounds, failure bound, leakage. README.md says the same in words. */
import { UsageError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { FailureBound, FlowRow, Leakage, ProtocolSpec } from '../../src/kit/protocol.ts';
import { circuitCost, type CircuitCost, circuitFlow, joinFlow, openFlow } from '../committee/index.ts';
import { matchFlow, type MatchPlan, matchRounds, planMatch } from '../match/index.ts';
import { onChannel } from '../../src/kit/protocol.ts';
import { flowOfShard } from '../../src/kit/shards.ts';
import type { OprfEngine } from '../oprf/index.ts';
import { checkFlagParameters, type FlagParameters, neededDisclosures, ruleSums, scoreBitsOf } from './parameters.ts';

export function flagSpec(plan: FlagPlanner): ProtocolSpec<FlagParameters> {
  return {
    id: 'flag/12',
    securityModel: 'semi-honest; at most one committee member and any number of other parties may pool what they see',
    validate(parameters) {
      const checked = checkFlagParameters(parameters);
      plan(checked);
      return checked;
    },
    roles: rolesOf,
    flow: (parameters) => flagFlow(parameters, plan(parameters)),
    rounds: (parameters) => flagRounds(parameters, plan(parameters)),
    failures: (parameters): readonly FailureBound[] => plan(parameters).failures,
    leakage: (parameters) => flagLeakage(parameters, plan(parameters)),
  };
}

export type FlagPlanner = (parameters: FlagParameters) => MatchPlan;

/** Plans each set of parameters once: all parts of the specification ask for it. */
export function flagPlanner(engines: readonly OprfEngine[]): FlagPlanner {
  const plans = new WeakMap<FlagParameters, MatchPlan>();
  return (parameters) => {
    const known = plans.get(parameters);
    if (known !== undefined) return known;
    const plan = planFlag(parameters, engines);
    plans.set(parameters, plan);
    return plan;
  };
}

/** The numbers of a run, from its parameters. @throws UsageError `bad-parameter` for an engine that is not at hand */
function planFlag(parameters: FlagParameters, engines: readonly OprfEngine[]): MatchPlan {
  const engine = engines.find((candidate) => candidate.id === parameters.oprf);
  if (engine === undefined) {
    throw new UsageError('Cannot plan flag run: this OPRF engine is not available here', {
      code: 'bad-parameter',
      phase: 'parameters',
      remedy: `use one of: ${engines.map((candidate) => candidate.id).join(', ')}`,
    });
  }
  return planMatch({ ...parameters, scoreBits: scoreBitsOf(parameters) }, engine);
}

/** Asker, contributors, members; a party may be several. */
export function rolesOf(parameters: FlagParameters): ReadonlyMap<PartyId, readonly string[]> {
  const roles = new Map<PartyId, string[]>();
  const add = (party: PartyId, role: string): void => {
    roles.set(party, [...(roles.get(party) ?? []), role]);
  };
  add(parameters.asker, 'asker');
  for (const party of parameters.contributors) add(party, 'contributor');
  for (const party of parameters.committee) add(party, 'member');
  return roles;
}

function flagFlow(parameters: FlagParameters, plan: MatchPlan): readonly FlowRow[] {
  const { committee, asker, laneWords } = plan;
  const rows: FlowRow[] = [...joinFlow('committee', committee)];
  for (let shard = 0; shard < plan.shards; shard++) {
    rows.push(
      ...flowOfShard(shard, matchFlow(`shard:${shard}/match`, plan)),
      ...circuitFlow(`shard:${shard}/decide`, committee, decisionCosts(parameters), laneWords),
      ...onChannel(`shard:${shard}/open`, openFlow(committee, asker, laneWords)),
    );
  }
  return rows;
}

function flagRounds(parameters: FlagParameters, plan: MatchPlan): number {
  const opening = 1;
  const decision = decisionCosts(parameters).reduce((sum, cost) => sum + cost.rounds, 0);
  const perShard = (first: boolean): number => matchRounds(plan, first) + decision + opening;
  return perShard(true) + (plan.shards - 1) * perShard(false);
}

function decisionCosts(parameters: FlagParameters): readonly CircuitCost[] {
  const sums = ruleSums(parameters);
  const rule = circuitCost({ kind: 'sums-at-least', sums });
  return sums.length === 1 ? [rule] : [rule, { rounds: 1, ands: 1 }];
}

function flagLeakage(parameters: FlagParameters, { bins, shards }: MatchPlan): readonly Leakage[] {
  const { asker, contributors, quorum, score } = parameters;
  const others = `${contributors.length} other institutions`;
  const rule = score === undefined ? '' : ` and their scores sum up to at least ${score.threshold}`;
  // A bin takes one account, with contributors left out and bits of scores turned as its asker likes; an account has three.
  const scores = score === undefined ? '' : ', and by altered scores with which score';
  const probes = `a run answers at most three choices of contributors for an account, in all for up to ${bins * shards} accounts`;
  const shared: Leakage[] = [
    { to: asker, learns: `for each own account, whether at least ${quorum} of ${others} list it${rule}: one bit` },
    { to: 'every party', learns: 'who takes part, the rule, the declared size buckets, and when each party was slow' },
    {
      to: 'any two committee members together',
      learns:
        'which bins match at which contributor, with the scores, and the asker’s answers; with what a contributor among them knows, also every account of the asker that they can guess',
    },
    {
      to: `${asker}, if its software departs from the protocol`,
      learns: `who listed an account${scores}: ${probes}; limits add up declared sizes, so other runs may ask about it again; nothing here would show it`,
    },
  ];
  return [...shared, ...neededDisclosures(parameters).map((disclosure) => DISCLOSED[disclosure](parameters))];
}

const DISCLOSED: Readonly<
  Record<ReturnType<typeof neededDisclosures>[number], (parameters: FlagParameters) => Leakage>
> = {
  'positive-answer-names-all-contributors': ({ asker }) => ({
    to: asker,
    learns: 'that every contributor lists the account, whenever the answer is yes',
  }),
  'asker-is-committee-member': ({ asker }) => ({
    to: `${asker}, if its software departs from the protocol`,
    learns: 'what a member can force by computing wrongly, unseen',
  }),
  'any-two-parties-learn-everything': () => ({
    to: 'any two of the three institutions together',
    learns: 'every match of the run',
  }),
};
