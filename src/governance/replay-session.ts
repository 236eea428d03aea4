/**
 * A session without links: what the record says was received is received again, in the order of each channel, and what is
 * sent is held against what the record says was sent. Roles cannot tell it from the run itself.
 */
import { toHex } from '../crypto/bytes.ts';
import type { NewStreamHash } from '../crypto/stream-hash.ts';
import { InternalError, MpcError, ProtocolError, TransportError } from '../errors.ts';
import { Cancellation } from '../kit/cancellation.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import type { ExpectedMessage, RunSession } from '../kit/run-session.ts';
import { type AuditRecord, laneOf, type RecordBytes, type SentMessage, type TakenMessage } from './audit-record.ts';
import { type DigestedMessage, isOfRun, Transcript } from './transcript.ts';

/** A message that the party sent in the run and does not send when its roles are executed, or the other way round. */
export type Difference =
  | { readonly kind: 'content'; readonly message: SentMessage }
  /** It was sent, and is not when the roles are executed. */
  | { readonly kind: 'missing'; readonly message: SentMessage }
  /** It was not sent, although the roles send it. */
  | { readonly kind: 'withheld'; readonly message: Omit<SentMessage, 'digest'> };

export interface ReplayOptions {
  readonly record: AuditRecord;
  readonly bytes: RecordBytes;
  readonly newHash?: NewStreamHash | undefined;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'timer'> | undefined;
}

/** Time for a role to send what it had sent before it took a message; one that follows the protocol needs to compute only. */
const PATIENCE_MS = 60_000;

export class ReplaySession implements RunSession {
  readonly self: PartyId;
  readonly signal: AbortSignal;
  readonly cancellation: Cancellation;
  readonly #options: ReplayOptions;
  readonly #failure = new AbortController();
  readonly #transcript: Transcript;
  /** Next message of each lane. */
  readonly #next = new Map<string, number>();
  readonly #sentOn = new Map<string, number>();
  /** Who waits for a message to be sent. */
  readonly #waiting = new Set<() => void>();
  readonly #sentAgain = new Set<SentMessage>();
  readonly #differences: Difference[] = [];

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.self = options.record.head.self;
    this.signal = this.#failure.signal;
    this.cancellation = new Cancellation(this.signal);
    const { newHash } = options;
    this.#transcript = new Transcript({
      self: this.self,
      onMessage: (message) => this.#compare(message),
      ...(newHash === undefined ? {} : { newHash }),
    });
  }

  send(to: PartyId, channel: string, name: string, body: Uint8Array): Promise<void> {
    if (this.signal.aborted) return Promise.reject(this.signal.reason as Error);
    this.#transcript.sent({ peer: to, channel, message: name, last: true, body });
    const lane = laneOf(to, channel);
    this.#sentOn.set(lane, (this.#sentOn.get(lane) ?? 0) + 1);
    for (const look of this.#waiting) look();
    return Promise.resolve();
  }

  async receive(from: PartyId, channel: string, expected: ExpectedMessage): Promise<Uint8Array> {
    this.signal.throwIfAborted();
    // What is said about the run was not recorded: it is no part of what is executed again.
    if (!isOfRun(channel)) return new Uint8Array(0);
    const found = this.#take(from, channel);
    if (found === undefined) return this.#stop(endOfRecord(channel));
    await this.#caughtUp(laneOf(from, channel), found.sentBefore);
    const body = await this.#read(found);
    const fits = expected.variable ? body.length <= expected.bytes : body.length === expected.bytes;
    if (found.message !== expected.name || !fits) return this.#stop(violation(from, channel));
    this.#transcript.taken({ peer: from, channel, message: found.message, last: true, body });
    return body;
  }

  computing<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  fail(error: unknown): void {
    if (this.signal.aborted) return;
    this.#failure.abort(
      error instanceof MpcError
        ? error
        : new InternalError('Cannot run: a defect of this software', { code: 'internal', cause: error }),
    );
  }

  close(): void {
    this.fail(new TransportError('Cannot use run: it has ended', { code: 'cancelled' }));
  }

  /** The roles have ended: what they did not send again is missing. */
  endRoles(): void {
    for (const lane of this.#options.record.sent.values()) {
      for (const message of lane) {
        if (!this.#sentAgain.has(message)) this.#differences.push({ kind: 'missing', message });
      }
    }
  }

  /** Messages that were sent again as they were. */
  get equalMessages(): number {
    return this.#sentAgain.size - this.#differences.filter(({ kind }) => kind === 'content').length;
  }

  /** The first in the order in which they left in the run. */
  get firstDifference(): Difference | undefined {
    return this.#differences.toSorted((a, b) => a.message.order - b.message.order).at(0);
  }

  digest(peer: PartyId): Uint8Array {
    return this.#transcript.digest(peer);
  }

  #compare({ direction, peer, channel, message, number, digest }: DigestedMessage): void {
    if (direction === 'taken') return;
    const recorded = this.#options.record.sent.get(laneOf(peer, channel))?.at(number);
    if (recorded === undefined) {
      // A run that failed was cut off somewhere between two messages.
      if (this.#options.record.sid === undefined) return;
      const order = this.#lastOrder(peer, channel) + 0.5;
      this.#differences.push({ kind: 'withheld', message: { peer, channel, message, number, order } });
      return;
    }
    this.#sentAgain.add(recorded);
    if (recorded.message === message && recorded.digest === toHex(digest)) return;
    this.#differences.push({ kind: 'content', message: recorded });
  }

  /** A message that was never sent stands behind the last one of its channel that was. */
  #lastOrder(peer: PartyId, channel: string): number {
    return this.#options.record.sent.get(laneOf(peer, channel))?.at(-1)?.order ?? -1;
  }

  #take(from: PartyId, channel: string): TakenMessage | undefined {
    const lane = laneOf(from, channel);
    const at = this.#next.get(lane) ?? 0;
    this.#next.set(lane, at + 1);
    return this.#options.record.taken.get(lane)?.at(at);
  }

  /** An answer comes after what it answers: until then a role may not be ready for it. */
  async #caughtUp(lane: string, count: number): Promise<void> {
    const isReady = (): boolean => (this.#sentOn.get(lane) ?? 0) >= count;
    if (isReady()) return;
    const { clock = systemClock } = this.#options;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancelTimer();
        this.#waiting.delete(look);
        this.signal.removeEventListener('abort', end);
        resolve();
      };
      const look = (): void => {
        if (isReady() || this.signal.aborted) end();
      };
      // What was sent in the run and is not sent now is missing in the end, and no reason to wait for ever.
      const cancelTimer = clock.timer(PATIENCE_MS, end);
      this.#waiting.add(look);
      this.signal.addEventListener('abort', end, { once: true });
    });
    this.signal.throwIfAborted();
  }

  async #read({ parts }: TakenMessage): Promise<Uint8Array> {
    const body = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const { offset, length } of parts) {
      body.set(await this.#options.bytes.read(offset, length), at);
      at += length;
    }
    return body;
  }

  #stop(error: MpcError): never {
    this.fail(error);
    throw this.signal.reason;
  }
}

/** Code and phase by which the end of what was recorded is told from an error of a role. */
export const END_OF_RECORD = 'audit/end-of-record';

function endOfRecord(channel: string): TransportError {
  return new TransportError('Cannot execute run: the record has no further message of this channel', {
    code: 'peer-closed',
    phase: END_OF_RECORD,
    cause: channel,
  });
}

function violation(party: PartyId, phase: string): ProtocolError {
  return new ProtocolError('Cannot execute run: another message was received than the protocol has there', {
    code: 'unexpected-message',
    phase,
    party,
  });
}
