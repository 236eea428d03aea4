/** Runs one party's part of one run, from reading its input to the report. */
import { utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import type { Rng } from '../crypto/rng.ts';
import type { Signer, Verifier } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import { type Clock, systemClock, systemRng } from './clock.ts';
import { type Compute, cooperativeCompute } from './compute.ts';
import { createIo, type Io, type IoOptions, type Progress } from './io.ts';
import type { Link } from './link.ts';
import type { ListDisk } from './list-disk.ts';
import { bytesMessage } from './message.ts';
import type { Plain } from './offer.ts';
import { makeOffer, type OfferedRun, pinnedKey } from './offered-run.ts';
import { openRun } from './opening.ts';
import type { PartyId } from './party.ts';
import type { Policy } from './policy.ts';
import {
  addLog2,
  type FailureBound,
  type Leakage,
  type Prepared,
  type ProtocolDefinition,
  type ProtocolSpec,
} from './protocol.ts';
import { type Randomness, seeded, unseeded } from './randomness.ts';
import type { RunSession } from './run-session.ts';
import { Session } from './session.ts';
import { DEFAULT_LIMITS } from './session-limits.ts';
import type { TrafficObserver } from './traffic.ts';
import { TrafficMeter, type TrafficTotals } from './traffic-meter.ts';
import { verifyWith } from './verify.ts';
import type { MessageWitness } from './witness.ts';

/** What the run needs from its surroundings. All have platform defaults. */
export interface Ports {
  readonly rng: Rng;
  readonly clock: Clock;
  readonly compute: Compute;
  readonly verify: Verifier;
  /** Where long lists are kept. Default: in memory. */
  readonly disk: ListDisk | undefined;
}

export interface RunOptions<P, I> extends OfferedRun {
  readonly self: PartyId;
  readonly parameters: P;
  readonly input: I;
  /** Links to every other party of the run; unused where a session is given. */
  readonly links: ReadonlyMap<PartyId, Link>;
  /**
   * What messages go through. Default: a session over the links. With one that is given, `links`, `signal`, `observers`, `witnesses`
   * and `limits` (but `windowBytes`) are unused, and the report's traffic is zero.
   */
  readonly session?: RunSession;
  /** 32 secret bytes that all randomness of the run comes from, so that it can be executed again. Default: `ports.rng`. */
  readonly seed?: Uint8Array;
  readonly signer: Signer;
  readonly policy: Policy;
  /** 16 bytes that name the run on the links; chosen by the initiator. */
  readonly runName: Uint8Array;
  readonly signal?: AbortSignal;
  readonly observers?: readonly TrafficObserver[];
  /** Digests and records of what this party says and hears. */
  readonly witnesses?: readonly MessageWitness[];
  readonly onProgress?: (progress: Progress) => void;
  /**
   * What the parties do together as soon as the run has its id, side by side with the roles and on channels of its own.
   * It has ended before anything opens; a rejection ends the run.
   */
  readonly beginning?: (io: Io) => Promise<void>;
  /**
   * Awaited once before this party sends the first value from which an answer opens, or makes an answer of those that it
   * took; a rejection ends the run with nothing opened. `sid` is the run id. Default: nothing is waited for.
   */
  readonly beforeOpening?: (sid: Uint8Array) => Promise<void>;
  /** What parties still do together once the roles have ended and before anyone counts the run as done. */
  readonly closing?: (io: Io) => Promise<void>;
  readonly ports?: Partial<Ports>;
}

/** A finished run: time and traffic as measured; rounds, failures and leakage as the specification states them. Holds no item. */
export interface RunReport {
  readonly protocol: string;
  readonly party: PartyId;
  readonly roles: readonly string[];
  /** The run id, 32 bytes. */
  readonly sid: Uint8Array;
  readonly seconds: number;
  readonly rounds: number;
  readonly traffic: TrafficTotals;
  readonly failures: readonly FailureBound[];
  /** log2 of the union bound over all failures: what bounds the run's statistical error. */
  readonly failureLog2: number;
  readonly leakage: readonly Leakage[];
}

export interface RunResult<O> {
  readonly output: O;
  readonly report: RunReport;
}

const Done = bytesMessage('done');
/** What `RunOptions.beginning` and `closing` send and take is on this channel and below it. */
export const SEAL_CHANNEL = 'seal';

/**
 * Takes one party through a run: checks the parameters, reads its input, opens the run with the others, plays its roles, and resolves
 * when the initiator has said that all are done. Closes all links, also where the run never began: peers then know at once.
 * @throws MpcError with a code and, where they are known, phase and party
 */
export async function runParty<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  options: RunOptions<P, I>,
): Promise<RunResult<O>> {
  const ports = resolvePorts(options.ports);
  const startMs = ports.clock.now();
  const meter = new TrafficMeter();
  const randomness = options.seed === undefined ? unseeded(ports.rng) : seeded(options.seed);
  const session: RunSession =
    options.session ??
    new Session({
      self: options.self,
      run: options.runName,
      links: options.links,
      clock: ports.clock,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      signal: options.signal,
      observers: [meter, ...(options.observers ?? [])],
      witnesses: options.witnesses,
    });
  let held: Prepared<T> | undefined;
  try {
    const { spec } = protocol;
    const { parameters, prepared } = await prepare(protocol, options, { ports, randomness, session });
    held = prepared;
    const roles = spec.roles(parameters);
    const offer = makeOffer({ id: spec.id, parameters: parameters as Plain, roles }, options);
    const { policy, signer } = options;
    const opening = { session, offer, root: prepared.root, policy, signer, verify: ports.verify };
    const sid = await openRun({ ...opening, rng: randomness.of('open') });
    const surroundings = surroundingsOf(options, { session, ports, randomness, sid, parties: [...roles.keys()] });
    const output = await perform(protocol, options, { surroundings, parameters, value: prepared.value });
    await finishTogether(session, options.initiator, surroundings.parties);
    const seconds = (ports.clock.now() - startMs) / 1000;
    return {
      output,
      report: reportOf(spec, parameters, { party: options.self, sid, seconds, traffic: meter.totals() }),
    };
  } catch (error) {
    session.fail(error);
    throw session.signal.reason;
  } finally {
    session.close();
    if (held !== undefined) await letGo(held);
  }
}

/** The roles, and what parties do together around them. */
async function perform<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  options: RunOptions<P, I>,
  run: { readonly surroundings: IoOptions; readonly parameters: P; readonly value: T },
): Promise<O> {
  const { surroundings, parameters, value } = run;
  const { session, sid } = surroundings;
  const seal = createIo(surroundings, SEAL_CHANNEL);
  const begun = options.beginning?.(seal.sub('beginning')) ?? Promise.resolve();
  begun.catch((error: unknown) => session.fail(error));
  const beforeOpening = async (): Promise<void> => {
    await begun;
    await options.beforeOpening?.(sid);
  };
  const io = createIo({ ...surroundings, beforeOpening }, protocol.spec.id.split('/')[0]);
  const output = await protocol.run(io, parameters, value);
  await session.cancellation.until(begun);
  await options.closing?.(seal);
  return output;
}

function reportOf<P>(
  spec: ProtocolSpec<P>,
  parameters: P,
  run: Pick<RunReport, 'party' | 'sid' | 'seconds' | 'traffic'>,
): RunReport {
  const failures = spec.failures(parameters);
  return {
    ...run,
    protocol: spec.id,
    roles: spec.roles(parameters).get(run.party) ?? [],
    rounds: spec.rounds(parameters),
    failures,
    failureLog2: addLog2(failures.map((failure) => failure.log2)),
    leakage: spec.leakage(parameters),
  };
}

function surroundingsOf<P, I>(
  { onProgress, publicKeys, signer }: RunOptions<P, I>,
  run: {
    readonly session: RunSession;
    readonly ports: Ports;
    readonly randomness: Randomness;
    readonly sid: Uint8Array;
    readonly parties: IoOptions['parties'];
  },
): IoOptions {
  const { session, ports, randomness, sid, parties } = run;
  return {
    session,
    sid,
    parties,
    randomness,
    verify: ports.verify,
    compute: ports.compute,
    onProgress,
    sign: (message) => signer.sign(message),
    publicKey: (party) => pinnedKey(publicKeys, party),
    signed: (phase, message) => hashTuple('signed-message', sid, utf8(phase), message),
  };
}

/** What the caller gave is checked and read: whatever is wrong until here is the caller's to mend. */
async function prepare<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  options: RunOptions<P, I>,
  {
    ports,
    randomness,
    session,
  }: { readonly ports: Ports; readonly randomness: Randomness; readonly session: RunSession },
): Promise<{ readonly parameters: P; readonly prepared: Prepared<T> }> {
  try {
    const parameters = protocol.spec.validate(options.parameters);
    const preparing = protocol.prepare(parameters, options.input, {
      self: options.self,
      rng: randomness.of('input'),
      compute: ports.compute,
      signal: session.signal,
      disk: ports.disk,
    });
    // The source is the caller's and may never end; the run may. What was read by then nobody needs.
    const late = async (prepared: Prepared<T>): Promise<void> => {
      if (session.signal.aborted) await letGo(prepared);
    };
    preparing.then(late).catch(() => undefined);
    return { parameters, prepared: await session.cancellation.until(preparing) };
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new UsageError('Cannot run: a value of the parameters or the input is out of range', {
      code: 'bad-input',
      phase: 'input',
      party: options.self,
      remedy: 'compare what was given with the types that the protocol states',
      cause: error,
    });
  }
}

/** What cannot be removed of the input is removed at the next start: it takes the place of no answer and of no error. */
async function letGo(prepared: Prepared<unknown>): Promise<void> {
  try {
    await prepared.close?.();
  } catch {
    // The caller has the outcome of the run, which this does not change.
  }
}

/** Nobody counts a run as done before the initiator does, so a failure late in the run reaches all. */
async function finishTogether(session: RunSession, initiator: PartyId, parties: readonly PartyId[]): Promise<void> {
  const nothing = new Uint8Array(0);
  if (session.self === initiator) {
    const others = parties.filter((party) => party !== initiator);
    await Promise.all(others.map((party) => session.send(party, 'done', Done.name, nothing)));
  } else {
    await session.receive(initiator, 'done', { name: Done.name, bytes: 0, variable: false });
  }
  // A run that was cancelled with its last frame under way has told the others so.
  session.signal.throwIfAborted();
}

function resolvePorts(given: Partial<Ports> | undefined): Ports {
  const clock = given?.clock ?? systemClock;
  const compute = given?.compute ?? cooperativeCompute(clock);
  const { rng = systemRng, verify = verifyWith(compute), disk } = given ?? {};
  return { clock, compute, rng, verify, disk };
}
