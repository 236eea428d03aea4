/**
 * All that a protocol role sees of the world: parties, channels, randomness, computing, progress. No socket, no file,
 * no clock, no log.
 */
import { PEER_SOFTWARE_REMEDY, MpcError } from '../errors.ts';
import type { Rng } from '../crypto/rng.ts';
import type { Verifier } from '../crypto/signature.ts';
import type { Cancellation } from './cancellation.ts';
import type { Compute, Job } from './compute.ts';
import type { Message } from './message.ts';
import type { PartyId } from './party.ts';
import type { Randomness } from './randomness.ts';
import type { RunSession } from './run-session.ts';

/** Sends to one party on the current channel. */
export interface Outbox {
  /** Resolves when the whole message has left, which may wait for the receiver. */
  send<V, C>(message: Message<V, C>, value: V, context: C): Promise<void>;
}

/** Receives from one party on the current channel, in the order in which it sends. */
export interface Inbox {
  /** @throws ProtocolError or TransportError that names the phase and the party */
  recv<V, C>(message: Message<V, C>, context: C): Promise<V>;
  /** The same for a byte string as long as `room`, in which it is put together. */
  recvInto(message: Message<Uint8Array, number>, room: Uint8Array): Promise<void>;
}

/** Progress of one phase at one party, for people. */
export interface Progress {
  readonly party: PartyId;
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

export interface Io {
  readonly self: PartyId;
  /** All parties of the run, in the offer's order. */
  readonly parties: readonly PartyId[];
  /** The run id: 32 bytes that both salt and bind everything of this run. */
  readonly sid: Uint8Array;
  readonly rng: Rng;
  /** The run can be executed again from its seed: nothing of an earlier run may enter it, and nothing of it is kept. */
  readonly isSeeded: boolean;
  readonly signal: AbortSignal;
  /** The channel's path, which is also the phase that errors name: `flag/shard:0/match/oprf`. */
  readonly phase: string;
  /** Sending to oneself is allowed and crosses no wire: a party may hold two roles. */
  to(party: PartyId): Outbox;
  from(party: PartyId): Inbox;
  /** The same parties on channels of their own. */
  sub(label: string): Io;
  /** The same channels with randomness of its own: for a task beside others that draw on the same channel. */
  apart(label: string): Io;
  /** Runs tasks side by side; the first failure ends the run, and so the others. */
  all<const T extends readonly (() => Promise<unknown>)[]>(
    tasks: T,
  ): Promise<{ -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> }>;
  compute<I, O>(job: Job<I, O>, input: I): Promise<O>;
  progress(done: number, total: number): void;
  /**
   * A role awaits this before it sends the first value from which an answer opens; one that only takes such values, when all are
   * there and before it combines them. So the record of who learns an answer says that a run opened only where those of the
   * senders do. Later calls share the result of the first. @throws what the surroundings refuse with
   */
  opening(): Promise<void>;
  /** Signs as this party, bound to the run id and this channel. */
  sign(message: Uint8Array): Uint8Array;
  /** Checks another party's signature of the same run and channel. */
  verify(party: PartyId, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

export interface IoOptions {
  readonly session: RunSession;
  readonly parties: readonly PartyId[];
  readonly sid: Uint8Array;
  readonly randomness: Randomness;
  readonly compute: Compute;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Called once, however many roles and channels of this party are about to open something. */
  readonly beforeOpening?: (() => Promise<void>) | undefined;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly verify: Verifier;
  readonly publicKey: (party: PartyId) => Uint8Array;
  /** H(sid, phase, message): what signatures are made over. */
  readonly signed: (phase: string, message: Uint8Array) => Uint8Array;
}

export function createIo(options: IoOptions, phase: string): Io {
  return new RunIo(options, phase, new OfAllChannels(options));
}

/** What the channels of a run share. */
class OfAllChannels {
  readonly #options: IoOptions;
  readonly loopback: Loopback = new Loopback();
  #opening: Promise<void> | undefined;

  constructor(options: IoOptions) {
    this.#options = options;
  }

  async opening(): Promise<void> {
    const { session, beforeOpening } = this.#options;
    session.signal.throwIfAborted();
    if (beforeOpening === undefined) return;
    this.#opening ??= beforeOpening();
    try {
      await session.cancellation.until(this.#opening);
    } catch (error) {
      session.fail(error);
      throw session.signal.reason;
    }
    // A run that was ended while its record was written opens nothing.
    session.signal.throwIfAborted();
  }
}

class RunIo implements Io {
  readonly #options: IoOptions;
  readonly #shared: OfAllChannels;
  readonly phase: string;
  /** What it draws for: its phase, unless it was set apart. */
  readonly #purpose: string;

  constructor(options: IoOptions, phase: string, shared: OfAllChannels, purpose: string = phase) {
    this.#options = options;
    this.#shared = shared;
    this.phase = phase;
    this.#purpose = purpose;
  }

  get self(): PartyId {
    return this.#options.session.self;
  }
  get parties(): readonly PartyId[] {
    return this.#options.parties;
  }
  get sid(): Uint8Array {
    return this.#options.sid;
  }
  get rng(): Rng {
    return this.#options.randomness.of(this.#purpose);
  }
  get isSeeded(): boolean {
    return this.#options.randomness.isSeeded;
  }
  get signal(): AbortSignal {
    return this.#options.session.signal;
  }

  to(party: PartyId): Outbox {
    return {
      send: (message, value, context) => {
        const body = message.encode(value, context);
        if (party === this.self) return this.#shared.loopback.send(this.phase, body.slice());
        return this.#options.session.send(party, this.phase, message.name, body);
      },
    };
  }

  from(party: PartyId): Inbox {
    return {
      recv: (message, context) => this.#receive(party, message, context),
      recvInto: async (message, room) => {
        const body = await this.#receive(party, message, room.length, room);
        // What comes from oneself, or is played back, has memory of its own.
        if (body.buffer !== room.buffer) room.set(body);
      },
    };
  }

  async #receive<V, C>(party: PartyId, message: Message<V, C>, context: C, room?: Uint8Array): Promise<V> {
    const { session } = this.#options;
    if (party === this.self) {
      return message.decode(await this.#shared.loopback.recv(this.phase, session.cancellation), context);
    }
    const expected = { name: message.name, bytes: message.bytes(context), variable: message.variable ?? false, room };
    const body = await session.receive(party, this.phase, expected);
    return this.#blaming(party, () => message.decode(body, context));
  }

  sub(label: string): Io {
    return new RunIo(this.#options, `${this.phase}/${label}`, this.#shared);
  }

  apart(label: string): Io {
    // A phase has no spaces, so no other purpose reads the same.
    return new RunIo(this.#options, this.phase, this.#shared, `${this.#purpose} ${label}`);
  }

  async all<const T extends readonly (() => Promise<unknown>)[]>(
    tasks: T,
  ): Promise<{ -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> }> {
    const settled = await Promise.allSettled(
      tasks.map(async (task) => {
        try {
          return await task();
        } catch (error) {
          this.#options.session.fail(error);
          throw error;
        }
      }),
    );
    this.signal.throwIfAborted();
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    }) as { -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> };
  }

  compute<I, O>(job: Job<I, O>, input: I): Promise<O> {
    const { compute, session } = this.#options;
    return session.computing(compute.run(job, input, this.signal));
  }

  progress(done: number, total: number): void {
    this.#options.onProgress?.({ party: this.self, phase: this.phase, done, total });
  }

  opening(): Promise<void> {
    return this.#shared.opening();
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#options.sign(this.#options.signed(this.phase, message));
  }

  async verify(party: PartyId, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const { publicKey, signed, verify } = this.#options;
    return await verify(signature, signed(this.phase, message), publicKey(party));
  }

  /** A decoder knows what is wrong; whose side and which phase is known here. */
  #blaming<T>(party: PartyId, decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof MpcError) || error.party !== undefined) throw error;
      const blamed = new (error.constructor as typeof MpcError)(error.message, {
        code: error.code,
        phase: this.phase,
        party,
        remedy: error.remedy ?? PEER_SOFTWARE_REMEDY,
        cause: error.cause,
      });
      this.#options.session.fail(blamed);
      throw blamed;
    }
  }
}

/** Messages of a party to itself, by channel. */
class Loopback {
  readonly #queues = new Map<string, { ready: Uint8Array[]; waiting: ((body: Uint8Array) => void)[] }>();

  #queue(channel: string): { ready: Uint8Array[]; waiting: ((body: Uint8Array) => void)[] } {
    let queue = this.#queues.get(channel);
    if (queue === undefined) this.#queues.set(channel, (queue = { ready: [], waiting: [] }));
    return queue;
  }

  send(channel: string, body: Uint8Array): Promise<void> {
    const queue = this.#queue(channel);
    const waiting = queue.waiting.shift();
    if (waiting === undefined) queue.ready.push(body);
    else waiting(body);
    return Promise.resolve();
  }

  recv(channel: string, cancellation: Cancellation): Promise<Uint8Array> {
    const queue = this.#queue(channel);
    const ready = queue.ready.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return cancellation.wait((resolve) => void queue.waiting.push(resolve));
  }
}
