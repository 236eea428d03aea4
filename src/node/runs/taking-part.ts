/** One run at this node from its links to its record, whoever began it. */
import { type ErrorCode, MpcError } from '../../errors.ts';
import type { Seal } from '../../governance/ledger-entry.ts';
import { compareLedgers, sealRun } from '../../governance/seal.ts';
import { Transcript } from '../../governance/transcript.ts';
import type { Link } from '../../kit/link.ts';
import type { PartyId } from '../../kit/party.ts';
import type { Policy } from '../../kit/policy.ts';
import type { Progress } from '../../kit/io.ts';
import type { RunResult } from '../../kit/run.ts';
import type { TrafficObserver } from '../../kit/traffic.ts';
import { TrafficMeter } from '../../kit/traffic-meter.ts';
import { verifyWith } from '../../kit/verify.ts';
import type { ActiveRun } from './active-runs.ts';
import type { Agreement } from '../agreements/agreements.ts';
import { locationFields } from '../lists/dataset-location.ts';
import { errorFields } from '../log.ts';
import type { QuestionTerms } from '../config/node-config.ts';
import type { NodeContext } from '../node-context.ts';
import { platformHash } from '../platform-hash.ts';
import { BUSY_PHASE } from '../phases.ts';
import type { Outcome, OwnRows, PlannedRun } from '../questions/question.ts';
import { rulesOf } from '../questions/question-identifiers.ts';
import { explainToAsker } from './refused-ask.ts';
import type { RunEntries } from '../ledger/run-entries.ts';
import { beginRecording, type RunRecording } from './run-recording.ts';

export interface Part {
  readonly run: ActiveRun;
  readonly terms: QuestionTerms;
  readonly agreement: Agreement;
  readonly planned: PlannedRun;
  /** What the ledger says of it so far: that it was admitted. */
  readonly entries: RunEntries;
  readonly links: ReadonlyMap<PartyId, Link>;
  readonly rows: OwnRows;
  readonly policy: Policy;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly observers?: readonly TrafficObserver[];
  /** Called when this party is about to open something; what it throws ends the run. */
  readonly requireConsent?: () => void;
  /** The run has an id that all parties confirmed. */
  readonly onOpened?: () => void;
}

/** Joins the run with all its links open; the run has a record before its first byte leaves. */
export async function takePart(context: NodeContext, part: Part): Promise<RunResult<Outcome | undefined>> {
  const { config, records, log } = context;
  const { run, planned, terms } = part;
  const { runName, initiator } = run.begun;
  const meter = new TrafficMeter();
  let key: string | undefined;
  let recording: RunRecording | undefined;
  let transcript: Transcript | undefined;
  let opened = false;
  const onOpened = (): void => {
    opened = true;
    part.onOpened?.();
  };
  try {
    key = await recordStart(context, part);
    recording = await beginRecording(context, { ...part, inputRules: rulesOf(terms) });
    transcript = transcriptFor(context, part, recording);
    const result = await planned.join({ ...joinOptions(context, part, { meter, recording, transcript }), onOpened });
    const { sid, seconds } = result.report;
    await part.entries.end({ outcome: 'done', sid });
    const { sentBytes, receivedBytes } = meter.totals();
    await records.ended(key, { outcome: 'done', sid, sentBytes, receivedBytes });
    log.write('info', 'run-ended', { run: runName, question: terms.name, seconds, sentBytes, receivedBytes });
    return result;
  } catch (caught) {
    const error = initiator === config.name ? explainToAsker(caught, { planned, self: config.name }) : caught;
    // Whatever failed, the other parties are not left waiting; after a run that began this does nothing.
    for (const link of part.links.values()) link.close();
    await recordFailure(context, part, { failure: reasonOf(error, part.signal), key, opened, meter });
    throw error;
  } finally {
    transcript?.wipe();
    // Of a run that never had an id there is nothing to show.
    await recording?.close({ keep: opened });
  }
}

/** The record's key. */
async function recordStart({ config, records, log }: NodeContext, { run, planned, terms }: Part): Promise<string> {
  const { runName, initiator } = run.begun;
  const { protocol, roles, askerBucket, disclosures } = planned;
  const question = terms.name;
  const parties = [...roles.keys()];
  const key = await records.started({ runName, question, protocol, initiator, parties, askerBucket, disclosures });
  log.write('info', initiator === config.name ? 'run-started' : 'run-joined', {
    run: runName,
    peer: initiator,
    question,
    ...(disclosures.length === 0 ? {} : { disclosures }),
  });
  return key;
}

interface Failed {
  readonly failure: unknown;
  /** undefined where the run has no record yet. */
  readonly key: string | undefined;
  readonly opened: boolean;
  readonly meter: TrafficMeter;
}

async function recordFailure(context: NodeContext, part: Part, { failure, key, opened, meter }: Failed): Promise<void> {
  const { config, records, log } = context;
  const { sentBytes, receivedBytes } = meter.totals();
  await endInLedger(context, part, failure);
  if (key !== undefined) await records.ended(key, { ...outcomeOf(failure), opened, sentBytes, receivedBytes });
  log.write('warn', 'run-failed', {
    run: part.run.begun.runName,
    question: part.terms.name,
    ...errorFields(failure),
    ...locationFields(failure, config.datasets),
  });
}

/** What a failure is in records: its code, and where and at whom it was. */
function outcomeOf(failure: unknown): {
  readonly outcome: ErrorCode;
  readonly phase?: string;
  readonly party?: string;
} {
  if (!(failure instanceof MpcError)) return { outcome: 'internal' };
  const { code: outcome, phase, party } = failure;
  return { outcome, ...(phase === undefined ? {} : { phase }), ...(party === undefined ? {} : { party }) };
}

/** The run failed already: that its end cannot be written is logged, and keeps the next run from being admitted. */
async function endInLedger({ config, log }: NodeContext, { entries, run }: Part, failure: unknown): Promise<void> {
  const failed = outcomeOf(failure);
  const { outcome, phase, party } = failed;
  const { initiator } = run.begun;
  const isBusy = outcome === 'peer-aborted' && phase === BUSY_PHASE && party !== config.name && party !== initiator;
  const isAskers = party === initiator || (failure instanceof MpcError && failure.reportedBy === initiator);
  try {
    await entries.fail({ ...failed, isBusy, isAskers });
  } catch (error) {
    log.write('error', 'ledger-failed', { run: run.begun.runName, ...errorFields(error) });
  }
}

/** Of a run that was cancelled here, why. */
function reasonOf(error: unknown, signal: AbortSignal): unknown {
  const cancelled = error instanceof MpcError && error.code === 'cancelled' && signal.reason instanceof MpcError;
  return cancelled ? signal.reason : error;
}

interface Watched {
  readonly meter: TrafficMeter;
  readonly recording: RunRecording | undefined;
  readonly transcript: Transcript | undefined;
}

/** Runs under a contract have one. */
function transcriptFor(
  { config }: NodeContext,
  { agreement }: Part,
  recording: RunRecording | undefined,
): Transcript | undefined {
  if (agreement.kind === 'configured') return undefined;
  const onMessage = recording === undefined ? {} : { onMessage: recording.onMessage };
  return new Transcript({ self: config.name, newHash: platformHash, ...onMessage });
}

/**
 * Runs under a contract are sealed: ledgers are compared before anything opens, and bound to each other at the end. What
 * is recorded is whole by then.
 */
function sealing(
  context: NodeContext,
  { entries }: Part,
  { recording, transcript }: Omit<Watched, 'meter'>,
): Partial<Parameters<PlannedRun['join']>[0]> {
  if (transcript === undefined) return {};
  const { ledger, signer, publicKeys, compute } = context;
  const options = { ledger, signer, publicKeys, verify: context.verify ?? verifyWith(compute), run: entries.name };
  return {
    witnesses: recording === undefined ? [transcript] : [transcript, recording.witness],
    beginning: compareLedgers(options),
    closing: async (io) => {
      await recording?.rolesEnded(io.sid);
      const onSeal = (seal: Seal): void => entries.sealed(seal);
      await sealRun(io, { ...options, transcript: (peer) => transcript.digest(peer), onSeal });
    },
    ...(recording === undefined ? {} : { seed: recording.seed, signer: recording.signer, rows: recording.rows }),
  };
}

function joinOptions(
  context: NodeContext,
  part: Part,
  { meter, recording, transcript }: Watched,
): Parameters<PlannedRun['join']>[0] {
  const { config, signer, publicKeys, rng, clock, compute, disk, verify, log } = context;
  const { run, terms, links, rows, policy, signal } = part;
  return {
    self: config.name,
    initiator: run.begun.initiator,
    runName: run.begun.runName,
    contract: part.agreement.hash,
    inputRules: rulesOf(terms),
    links,
    publicKeys,
    signer,
    policy,
    rows,
    limits: { deadlineMs: config.limits.deadlineMs },
    signal,
    observers: [meter, part.entries.observer, ...(part.observers ?? [])],
    async beforeOpening(sid) {
      await recording?.begun;
      // Behind the wait for the disk: consent may have run out meanwhile.
      part.requireConsent?.();
      await part.entries.opening(sid, recording?.seedCommitment);
    },
    ...sealing(context, part, { recording, transcript }),
    onProgress(progress) {
      run.latest = progress;
      const { phase, done, total } = progress;
      log.write('debug', 'run-progress', { run: run.begun.runName, question: terms.name, phase, done, total });
      part.onProgress?.(progress);
    },
    ports: { rng, clock, compute, disk, ...(verify === undefined ? {} : { verify }) },
  };
}
