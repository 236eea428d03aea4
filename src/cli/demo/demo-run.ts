/** Runs what was planned: one question after another, all parties of each in this process. */
import type { FlagAnswer, FlagProtocol } from '../../../protocols/flag/index.ts';
import { toHex } from '../../crypto/bytes.ts';
import { InternalError } from '../../errors.ts';
import { systemClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import type { Leakage } from '../../kit/protocol.ts';
import { DEFAULT_LIMITS } from '../../kit/session-limits.ts';
import { accountRulesId } from '../../data/identifiers.ts';
import { runInMemory, succeeded } from '../../testing/in-memory.ts';
import type { DemoOptions } from './demo-options.ts';
import type { MessageShape, RunMeasurements, TrafficReport } from './demo-report.ts';
import { loadConsortium, planDemo, type PlannedRun } from './demo-plan.ts';
import { PlannedFlow } from './planned-flow.ts';
import type { FaultTexts } from '../texts.ts';

export interface FinishedRun extends PlannedRun {
  readonly answer: FlagAnswer;
  /** By the asker. */
  readonly measured: Omit<RunMeasurements, 'committee'>;
  /** Who learns what, as the asker's report says it. */
  readonly leakage: readonly Leakage[];
  /** Of every party. */
  readonly traffic: ReadonlyMap<PartyId, TrafficReport>;
  readonly messageShape: MessageShape;
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Time that the run is expected to take. */
  readonly expectedSeconds?: number;
  /** Called with every message that leaves; 0 to 1. */
  readonly onFraction?: (fraction: number) => void;
}

/** A run may take so many times longer than expected before it is given up. */
export const PATIENCE = 10;

/** @throws MpcError the cause of the failure, when any party failed */
export async function ask(protocol: FlagProtocol, planned: PlannedRun, options: AskOptions): Promise<FinishedRun> {
  const { parameters, inputs } = planned;
  const { signal, expectedSeconds = 0, onFraction } = options;
  signal.throwIfAborted();
  const flow = new PlannedFlow(protocol.spec.id.split('/')[0], protocol.spec.flow(parameters));
  const outcomes = await runInMemory(
    protocol,
    { parameters, inputs, initiator: parameters.asker },
    {
      signal: () => signal,
      inputRules: accountRulesId(),
      limits: { deadlineMs: Math.max(DEFAULT_LIMITS.deadlineMs, PATIENCE * 1000 * expectedSeconds) },
      observers: (party) => [flow.observer(party), { sent: () => onFraction?.(flow.fraction) }],
    },
  );
  signal.throwIfAborted();
  const results = succeeded(outcomes);
  const { output: answer, report } = results.get(parameters.asker) ?? {};
  if (answer === undefined || report === undefined) {
    throw new InternalError('Cannot show answer: the asker has none', { code: 'internal' });
  }
  const { seconds, rounds, failureLog2, leakage, traffic } = report;
  const { sentBytes, receivedBytes, sentMessages, receivedMessages } = traffic;
  return {
    ...planned,
    answer,
    leakage,
    measured: {
      runId: toHex(report.sid),
      seconds,
      rounds,
      failureLog2,
      sentBytes,
      receivedBytes,
      sentMessages,
      receivedMessages,
    },
    traffic: new Map([...results].map(([party, { report: own }]) => [party, own.traffic])),
    messageShape: flow.isComplete() ? 'as-planned' : 'different',
  };
}

/** Accounts of the run that measures this machine: small against any demo, large enough to time. */
const PROBE_ACCOUNTS = 128;

/** Seconds that a run of the plan takes, from a small run with as many institutions: time grows as the messages do. */
export async function estimateRunSeconds(
  protocol: FlagProtocol,
  { options, run, faults }: { readonly options: DemoOptions; readonly run: PlannedRun; readonly faults: FaultTexts },
  signal: AbortSignal,
): Promise<number> {
  const accounts = options.source.kind === 'generated' ? options.source.accountsPerInstitution : PROBE_ACCOUNTS;
  const accountsPerInstitution = Math.min(PROBE_ACCOUNTS, accounts);
  const source = { kind: 'generated', accountsPerInstitution, seed: 'probe' } as const;
  const small = planDemo(await loadConsortium({ ...options, source }, signal), { ...options, source }, faults);
  const bytes = (of: PlannedRun): number => protocol.spec.flow(of.parameters).reduce((sum, row) => sum + row.bytes, 0);
  // The first run compiles; where much is to be scaled from it, a second one is measured.
  if (bytes(run) > bytes(small.runs[0])) await ask(protocol, small.runs[0], { signal });
  const startMs = systemClock.now();
  await ask(protocol, small.runs[0], { signal });
  return (((systemClock.now() - startMs) / 1000) * bytes(run)) / bytes(small.runs[0]);
}
