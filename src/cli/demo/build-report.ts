/** From finished runs to the report: counts, measurements, and what the protocol says was learned. */
import type { FlagParameters, FlagProtocol } from '../../../protocols/flag/index.ts';
import { aloneFlags, type FlagTable, plaintextFlags, precisionRecall, truthFlags } from '../../data/evaluate.ts';
import { addLog2 } from '../../kit/protocol.ts';
import type { DemoOptions } from './demo-options.ts';
import { SCORE_MAX } from './demo-options.ts';
import type { DemoPlan } from './demo-plan.ts';
import {
  type DemoParameters,
  type DemoReport,
  type InstitutionReport,
  type LearnedStatement,
  qualityReport,
  type TotalsReport,
  type TrafficReport,
} from './demo-report.ts';
import type { FinishedRun } from './demo-run.ts';
import { maskAccount } from '../../data/mask-account.ts';
import { notLearned } from '../ask/not-learned.ts';
import { packageVersion } from '../package-version.ts';

const MASKED_SHOWN = 5;
const EVERY_PARTY = 'every party';

export interface ReportInput {
  readonly protocol: FlagProtocol;
  readonly options: DemoOptions;
  readonly plan: DemoPlan;
  /** In the order of the institutions. */
  readonly runs: readonly FinishedRun[];
}

interface Tables {
  readonly joint: FlagTable;
  readonly alone: FlagTable;
  readonly truth: FlagTable;
  readonly plaintext: FlagTable;
}

export function buildReport({ protocol, options, plan, runs }: ReportInput): DemoReport {
  const { consortium } = plan;
  const tables: Tables = {
    joint: runs.map(({ answer }) => Array.from(answer.flagged, (bit) => bit === 1)),
    alone: aloneFlags(consortium, options),
    truth: truthFlags(consortium, 'truth'),
    plaintext: plaintextFlags(consortium, options),
  };
  const institutions = runs.map((run, index) => institutionReport(run, { runs, tables, index }));
  return {
    kind: 'blindflag-demo',
    version: 1,
    versions: { blindflag: packageVersion(), node: process.versions.node, protocol: protocol.spec.id },
    parameters: demoParameters(protocol, options, plan),
    institutions,
    helpers: plan.helpers.map((name) => ({ name, traffic: trafficOf(name, runs) })),
    totals: totalsReport(institutions, runs, tables),
    whoLearnedWhat: joinStatements(runs),
    advisory: true,
    purpose: runs[0].answer.purpose,
  };
}

/** What is fixed before the runs. */
export function demoParameters(protocol: FlagProtocol, options: DemoOptions, plan: DemoPlan): DemoParameters {
  const { parameters } = plan.runs[0];
  return {
    source: options.source,
    institutions: options.institutions,
    quorum: options.quorum,
    scoreThreshold: options.scoreThreshold,
    scoreMax: SCORE_MAX,
    cappedScores: plan.cappedScores,
    engine: options.engine,
    inMemory: options.inMemory,
    securityModel: protocol.spec.securityModel,
    askerBucket: parameters.askerBucket,
    contributorBucket: parameters.contributorBuckets[0],
    acknowledged: plan.acknowledged,
  };
}

function institutionReport(
  run: FinishedRun,
  { runs, tables, index }: { readonly runs: readonly FinishedRun[]; readonly tables: Tables; readonly index: number },
): InstitutionReport {
  const { name, accounts } = run.asker;
  const joint = tables.joint[index];
  const rows = joint.flatMap((flagged, row) => (flagged ? [row] : []));
  const plaintext = tables.plaintext[index];
  const isEqual = plaintext.length === joint.length && plaintext.every((flagged, row) => flagged === joint[row]);
  const truth = [tables.truth[index]];
  return {
    name,
    accounts: accounts.length,
    flagged: { count: rows.length, rows, masked: rows.slice(0, MASKED_SHOWN).map((row) => maskAccount(accounts[row])) },
    jointly: qualityReport(precisionRecall([joint], truth)),
    alone: qualityReport(precisionRecall([tables.alone[index]], truth)),
    check: {
      plaintextRule: isEqual ? 'equal' : 'different',
      messageShape: run.messageShape,
    },
    run: { ...run.measured, committee: run.parameters.committee },
    traffic: trafficOf(name, runs),
    learned: learnedBy(run),
    notLearned: notLearned(
      name,
      runs.map(({ parameters }): FlagParameters => parameters),
    ),
    ttlDays: run.answer.ttlDays,
    disputeId: run.answer.disputeId,
  };
}

/** What the protocol declares without conditions about the asker itself, then about every party. */
function learnedBy({ parameters, leakage }: FinishedRun): readonly string[] {
  return [parameters.asker, EVERY_PARTY].flatMap((whom) =>
    leakage.filter(({ to }) => to === whom).map(({ learns }) => learns),
  );
}

function trafficOf(party: string | undefined, runs: readonly FinishedRun[]): TrafficReport {
  let sentBytes = 0;
  let receivedBytes = 0;
  for (const { traffic } of runs) {
    for (const [name, own] of traffic) {
      if (party !== undefined && name !== party) continue;
      sentBytes += own.sentBytes;
      receivedBytes += own.receivedBytes;
    }
  }
  return { sentBytes, receivedBytes };
}

function totalsReport(
  institutions: readonly InstitutionReport[],
  runs: readonly FinishedRun[],
  tables: Tables,
): TotalsReport {
  const sum = (of: (institution: InstitutionReport) => number): number =>
    institutions.reduce((total, institution) => total + of(institution), 0);
  return {
    accounts: sum(({ accounts }) => accounts),
    flagged: sum(({ flagged }) => flagged.count),
    jointly: qualityReport(precisionRecall(tables.joint, tables.truth)),
    alone: qualityReport(precisionRecall(tables.alone, tables.truth)),
    traffic: trafficOf(undefined, runs),
    seconds: sum(({ run }) => run.seconds),
    failureLog2: addLog2(institutions.map(({ run }) => run.failureLog2)),
    equalAnswers: institutions.filter(({ check }) => check.plaintextRule === 'equal').length,
  };
}

/** The same statement about several parties, or in several runs, once. */
function joinStatements(runs: readonly FinishedRun[]): readonly LearnedStatement[] {
  const joined = new Map<string, { readonly when: string | undefined; readonly learns: string; to: Set<string> }>();
  for (const { leakage } of runs) {
    for (const { to, learns } of leakage) {
      const { name, when } = splitCondition(to);
      const key = `${when}: ${learns}`;
      const statement = joined.get(key);
      if (statement === undefined) joined.set(key, { when, learns, to: new Set([name]) });
      else statement.to.add(name);
    }
  }
  return [...joined.values()].map(({ to, when, learns }) => ({
    to: [...to],
    ...(when === undefined ? {} : { when }),
    learns,
  }));
}

/** The protocol writes a condition behind the party: `bank-a, if its software departs from the protocol`. */
function splitCondition(to: string): { readonly name: string; readonly when: string | undefined } {
  const at = to.indexOf(', if ');
  return at < 0 ? { name: to, when: undefined } : { name: to.slice(0, at), when: to.slice(at + 2) };
}
