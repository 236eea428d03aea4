/** Message rows and rounds of one match. */
import { type FlowRow, onChannel } from '../../src/kit/protocol.ts';
import {
  circuitCost,
  circuitFlow,
  compareFlow,
  dealFlow,
  SEED_COMPONENTS,
  wordComponents,
} from '../committee/index.ts';
import { sliceCount } from './asker.ts';
import { TargetTable, tableBytes } from './messages.ts';
import type { MatchPlan } from './plan.ts';

export function matchFlow(channel: string, plan: MatchPlan): readonly FlowRow[] {
  const { asker, contributors, committee, engine, laneWords } = plan;
  const width = contributors.length * laneWords;
  return [
    ...contributors.flatMap((holder) => onChannel(`${channel}/oprf`, engine.flow(asker, holder, plan.oprfSize))),
    ...contributors.flatMap((from, index) =>
      onChannel(`${channel}/targets`, [
        { from, to: asker, message: TargetTable.name, count: 1, bytes: tableBytes(plan, index) },
      ]),
    ),
    ...dealFlow(`${channel}/input:${asker}`, committee, asker, wordComponents(sliceCount(plan) * width)),
    ...contributors.flatMap((dealer) => dealFlow(`${channel}/input:${dealer}`, committee, dealer, SEED_COMPONENTS)),
    ...compareFlow(`${channel}/compare`, committee, contributors.length + 1),
    ...circuitFlow(`${channel}/gates`, committee, gateCosts(plan), width),
  ];
}

/** Rounds from the asker's first message, or from the contributors' tables where the OPRF needs none. */
export function matchRounds(plan: MatchPlan, first: boolean): number {
  const rounds = plan.engine.rounds(plan.oprfSize, !first);
  const untilValues = first ? Math.max(rounds, 1) : rounds;
  const dealAndCompare = 2;
  return untilValues + dealAndCompare + gateCosts(plan).reduce((sum, cost) => sum + cost.rounds, 0);
}

function gateCosts(plan: MatchPlan): readonly ReturnType<typeof circuitCost>[] {
  return [
    circuitCost({ kind: 'all-ones', bits: plan.targetBits }),
    circuitCost({ kind: 'mask', bits: plan.scoreBits }),
  ];
}
