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
import type { Link, LinkEvents } from '../kit/link.ts';
import type { PartyId } from '../kit/party.ts';
import { type FrameHead, peekFrame } from '../wire/decode.ts';
import { encodeFrame } from '../wire/encode.ts';
import { runBytes } from '../wire/frame.ts';
import type { Connection, ConnectionEnd, ConnectionUser, Outgoing } from './connection.ts';

export interface MuxLimits {
  /** Runs with one peer at a time. */
  readonly runs: number;
  /** Bytes held for a run that nobody here has taken up. */
  readonly earlyBytes: number;
  /** Time until such a run is dropped. */
  readonly earlyMs: number;
  /** Ended runs whose late frames are still recognised. */
  readonly rememberedRuns: number;
}

export const DEFAULT_MUX_LIMITS: MuxLimits = {
  runs: 64,
  // An offer is at most 64 KiB, and a party that sent one waits for the answer.
  earlyBytes: 128 * 1024,
  earlyMs: 30_000,
  rememberedRuns: 1024,
};

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
      this.#refuse(key, head.run);
      return;
    }
    const link = this.#newLink(key, head.run);
    link.arrived(bytes);
    // Only data begins a run; anything else waits for a run that this side is about to open, or for its end.
    if (head.kind === 'data') onRun({ peer, runName: head.run, link, firstFrame: bytes });
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
    if (!this.#links.delete(key)) return;
    this.#ended.add(key);
    if (this.#ended.size <= this.#options.limits.rememberedRuns) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      return;
    }
  }

  /** Tells the peer that its run is not taken: an abort, so that its session ends with a reason. */
  #refuse(key: string, runName: Uint8Array): void {
    this.#forget(key);
    this.#ended.add(key);
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
    refusal.send(encodeFrame({ kind: 'abort', run: runName, code: 'resource-limit', phase: 'open', party: '' }));
    refusal.close();
  }
}

interface RunLinkOptions {
  readonly clock: Clock;
  readonly limits: MuxLimits;
  /** Something waits to be sent where nothing did. */
  ready(): void;
  /** The run has ended here. */
  done(): void;
  /** More came than is held for a run that nobody took up, or for too long. */
  refuse(): void;
}

class RunLink implements Link {
  readonly #run: Uint8Array;
  readonly #options: RunLinkOptions;
  readonly #outgoing: Outgoing[] = [];
  #events: LinkEvents | undefined;
  /** Whether `attach` was called and what came before it was handed over. */
  #flowing = false;
  readonly #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #taken = false;
  #closed = false;
  #peerEnded = false;
  readonly #cancelTimer: () => void;

  constructor(run: Uint8Array, options: RunLinkOptions) {
    this.#run = run;
    this.#options = options;
    this.#cancelTimer = options.clock.timer(options.limits.earlyMs, () => this.#expired());
  }

  get hasOutgoing(): boolean {
    return this.#outgoing.length > 0;
  }

  /** Somebody here wants the run; false when somebody else has it already. */
  takeUp(): boolean {
    if (this.#taken || this.#closed) return false;
    this.#taken = true;
    this.#cancelTimer();
    return true;
  }

  send(frame: Uint8Array): void {
    if (this.#closed || this.#peerEnded) return;
    this.#queue({ kind: 'frame', bytes: frame });
  }

  attach(events: LinkEvents): void {
    this.#taken = true;
    this.#cancelTimer();
    this.#events = events;
    this.#options.clock.soon(() => {
      this.#flowing = true;
      for (const frame of this.#inbox.splice(0)) if (!this.#closed) events.frame(frame);
      this.#inboxBytes = 0;
      if (this.#peerEnded && !this.#closed) events.closed();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#inbox.length = 0;
    this.#queue({ kind: 'end', run: this.#run });
    this.#options.done();
  }

  shift(): Outgoing | undefined {
    return this.#outgoing.shift();
  }

  arrived(frame: Uint8Array): void {
    if (this.#closed || this.#peerEnded) return;
    if (this.#flowing) {
      this.#events?.frame(frame);
      return;
    }
    this.#inboxBytes += frame.length;
    if (this.#inboxBytes > this.#options.limits.earlyBytes) {
      this.#drop();
      return;
    }
    // A copy: a short frame must not keep the message alive in which it came.
    this.#inbox.push(Uint8Array.from(frame));
  }

  /** Nothing more comes: the peer ended the run, or the connection is gone. */
  lost(): void {
    if (this.#closed || this.#peerEnded) return;
    this.#peerEnded = true;
    this.#outgoing.length = 0;
    if (this.#flowing) this.#events?.closed();
  }

  /** The connection is gone; what nobody took up goes with it. */
  disconnected(): void {
    this.lost();
    if (!this.#taken) this.close();
  }

  #expired(): void {
    if (!this.#taken && !this.#closed) this.#drop();
  }

  #drop(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#inbox.length = 0;
    this.#options.refuse();
    if (this.#events !== undefined) this.#events.closed();
  }

  #queue(outgoing: Outgoing): void {
    this.#outgoing.push(outgoing);
    if (this.#outgoing.length === 1) this.#options.ready();
  }
}
