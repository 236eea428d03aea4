/**
 * Many runs over one connection. Each run is a `Link` of its own; runs take turns, frame by frame.
 *
 * Bounds. Out: a run's session puts at most its credit window per channel here (4 MiB by default), so what waits is
 * windows times the channels that this side's own protocols open. In: frames of a run that a session serves go to it at
 * once and are bounded by its windows; frames that came before there was one, by `earlyBytes` per run.
 */
import { toHex } from '../crypto/bytes.ts';
import { UsageError } from '../errors.ts';
import type { Clock } from '../kit/clock.ts';
import type { Link } from '../kit/link.ts';
import type { PartyId } from '../kit/party.ts';
import { type FrameHead, peekFrame } from '../wire/decode.ts';
import { encodeFrame } from '../wire/encode.ts';
import { runBytes } from '../wire/frame.ts';
import type { Connection, ConnectionUser, Outgoing } from './connection.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { type MuxLimits, RunLink } from './run-link.ts';

/** A run that a peer begins. `link` holds `firstFrame` too; it is to be attached or closed within `earlyMs`. */
export interface IncomingRun {
  readonly peer: PartyId;
  readonly runName: Uint8Array;
  readonly link: Link;
  readonly firstFrame: Uint8Array;
}

export interface MuxOptions {
  readonly peer: PartyId;
  readonly clock: Clock;
  readonly limits: MuxLimits;
  readonly onRun: (run: IncomingRun) => void;
  readonly onClosed: (end: ConnectionEnd) => void;
}

export class RunMux implements ConnectionUser {
  readonly peer: PartyId;
  readonly #connection: Connection;
  readonly #options: MuxOptions;
  readonly #links = new Map<string, RunLink>();
  /** Names of ended runs, oldest first. */
  readonly #ended = new Set<string>();
  /** Links that have something to send, in the order of their turns. */
  #turns: RunLink[] = [];
  #closed = false;

  constructor(connection: Connection, options: MuxOptions) {
    this.peer = options.peer;
    this.#connection = connection;
    this.#options = options;
    connection.serve(this);
  }

  get open(): boolean {
    return this.#connection.open;
  }

  /** Runs that have not ended here. */
  get runCount(): number {
    return this.#links.size;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /**
   * The link of a run to this peer; whatever came for it before is in it.
   * @throws UsageError `resource-limit` when too many runs are going on, `bad-parameter` when the name is used
   */
  run(runName: Uint8Array): Link {
    if (runName.length !== runBytes) {
      throw new UsageError('Cannot open run: its name is not 16 bytes', { code: 'bad-parameter', party: this.peer });
    }
    const key = toHex(runName);
    const waiting = this.#links.get(key);
    if (waiting?.takeUp() === true) return waiting;
    if (waiting !== undefined || this.#ended.has(key)) {
      throw new UsageError('Cannot open run: its name was used before', { code: 'bad-parameter', party: this.peer });
    }
    if (this.#links.size >= this.#options.limits.runs) {
      throw new UsageError('Cannot open run: too many are going on with this party', {
        code: 'resource-limit',
        party: this.peer,
        remedy: 'wait until one of them has ended, or allow more',
      });
    }
    const link = this.#newLink(key, runName);
    link.takeUp();
    if (this.#closed) link.lost();
    return link;
  }

  next(): Outgoing | undefined {
    for (;;) {
      const link = this.#turns.shift();
      if (link === undefined) return undefined;
      const outgoing = link.shift();
      if (link.hasOutgoing) this.#turns.push(link);
      // A link whose run the peer ended has nothing left and loses its turn.
      if (outgoing !== undefined) return outgoing;
    }
  }

  busy(): boolean {
    return this.#links.size > 0 || this.#turns.length > 0;
  }

  frame(bytes: Uint8Array): void {
    const head = peekFrame(bytes);
    const key = toHex(head.run);
    const link = this.#links.get(key);
    if (link !== undefined) link.arrived(bytes);
    else if (!this.#ended.has(key)) this.#early(key, head, bytes);
  }

  ended(run: Uint8Array): void {
    this.#links.get(toHex(run))?.lost();
  }

  closed(end: ConnectionEnd): void {
    this.#closed = true;
    this.#turns = [];
    for (const link of this.#links.values()) link.disconnected();
    this.#options.onClosed(end);
  }

  /** The first frame of a run that is not known here. */
  #early(key: string, head: FrameHead, bytes: Uint8Array): void {
    const { limits, peer, onRun } = this.#options;
    if (this.#links.size >= limits.runs) {
      // Data alone is answered: else two sides that both forgot a run would refuse each other's refusals for ever.
      if (head.kind === 'data') this.#refuse(key, head.run);
      return;
    }
    const link = this.#newLink(key, head.run);
    link.arrived(bytes);
    // Only data begins a run; anything else waits for a run that this side is about to open, or for its end.
    if (head.kind === 'data' && this.#links.has(key)) onRun({ peer, runName: head.run, link, firstFrame: bytes });
  }

  #newLink(key: string, runName: Uint8Array): RunLink {
    const link = new RunLink(runName, {
      clock: this.#options.clock,
      limits: this.#options.limits,
      ready: () => {
        if (this.#closed) return;
        this.#turns.push(link);
        this.#connection.wake();
      },
      done: () => this.#forget(key),
      refuse: () => this.#refuse(key, runName),
    });
    this.#links.set(key, link);
    return link;
  }

  #forget(key: string): void {
    if (this.#links.delete(key)) this.#remember(key);
  }

  #remember(key: string): void {
    this.#ended.add(key);
    if (this.#ended.size <= this.#options.limits.rememberedRuns) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      return;
    }
  }

  /** Tells the peer that its run is not taken: an abort, so that its session ends with a reason. */
  #refuse(key: string, runName: Uint8Array): void {
    this.#links.delete(key);
    this.#remember(key);
    const refusal = new RunLink(runName, {
      clock: this.#options.clock,
      limits: this.#options.limits,
      ready: () => {
        // A peer that floods with run names gets so many answers at a time and no more.
        if (this.#closed || this.#turns.length >= 2 * this.#options.limits.runs) return;
        this.#turns.push(refusal);
        this.#connection.wake();
      },
      done: () => undefined,
      refuse: () => undefined,
    });
    refusal.takeUp();
    refusal.send([encodeFrame({ kind: 'abort', run: runName, code: 'resource-limit', phase: 'open', party: '' })]);
    refusal.close();
  }
}
