/** One run on a connection that many share: a queue to its peer, and an inbox until somebody here takes the run up. */
import { concatBytes } from '../crypto/bytes.ts';
import type { Clock } from '../kit/clock.ts';
import type { Link, LinkEvents } from '../kit/link.ts';
import type { Outgoing } from './connection.ts';

export interface MuxLimits {
  /** Runs with one peer at a time. */
  readonly runs: number;
  /** Bytes held for a run that nobody here has taken up, what each frame costs beside its content included. */
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

/** A frame that is held costs an array and its buffer, however short it is. */
const HELD_FRAME_BYTES = 256;

export interface RunLinkOptions {
  readonly clock: Clock;
  readonly limits: MuxLimits;
  /** Something waits to be sent where nothing did. */
  ready(): void;
  /** The run has ended here. */
  done(): void;
  /** More came than is held for a run that nobody took up, or for too long. */
  refuse(): void;
}

export class RunLink implements Link {
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

  send(pieces: readonly Uint8Array[]): void {
    if (this.#closed || this.#peerEnded) return;
    const lent: Outgoing = { kind: 'frame', pieces };
    this.#queue(lent);
    // Whatever has not left by now waits as a copy: its turn comes when the bytes may be others.
    const at = this.#outgoing.lastIndexOf(lent);
    if (at >= 0) this.#outgoing[at] = { kind: 'frame', pieces: [concatBytes(...pieces)] };
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
    this.#inboxBytes += frame.length + HELD_FRAME_BYTES;
    // What comes between `attach` and the next turn is that turn's traffic and no more.
    if (this.#events === undefined && this.#inboxBytes > this.#options.limits.earlyBytes) {
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
