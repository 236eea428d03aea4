/**
 * Tells a dead peer from a busy one. While some role waits for the peer and nothing comes, the peer's session is asked
 * whether it lives; its answer names the parties that its own roles wait for, so that blame can follow the chain.
 */
import type { Clock } from './clock.ts';

export interface PeerWatchOptions {
  readonly clock: Clock;
  readonly stallMs: number;
  readonly graceMs: number;
  probe(): void;
  /** `silent`: no answer to a probe. `lost`: each side waits for the other, so a message between them is gone. */
  giveUp(why: 'silent' | 'lost'): void;
}

/** The first mutual answer may cross a message that is under way; only a repeated one is a loss. */
const MUTUAL_ANSWERS_FOR_LOSS = 2;

export class PeerWatch {
  readonly #options: PeerWatchOptions;
  #waiters = 0;
  #lastArrivalMs = 0;
  #mutualAnswers = 0;
  #probing = false;
  #cancelTimer: (() => void) | undefined;
  /** Whom the peer said, when last asked, that it waits for. */
  waitsFor: readonly string[] = [];

  constructor(options: PeerWatchOptions) {
    this.#options = options;
  }

  /** Some role waits for the peer. */
  get waiting(): boolean {
    return this.#waiters > 0;
  }

  waitStarts(): void {
    this.#waiters++;
    if (this.#waiters > 1) return;
    this.#lastArrivalMs = this.#options.clock.now();
    this.#mutualAnswers = 0;
    this.#schedule(this.#options.stallMs);
  }

  waitEnds(): void {
    this.#waiters--;
    if (this.#waiters === 0) this.stop();
  }

  /** A frame of data or of credit came from the peer. */
  arrived(): void {
    this.#lastArrivalMs = this.#options.clock.now();
    this.#mutualAnswers = 0;
  }

  /** The peer answered a probe; `mutual` when it and we do nothing but wait for each other. */
  answered(waitsFor: readonly string[], mutual: boolean): void {
    this.waitsFor = waitsFor;
    if (!this.#probing) return;
    this.#probing = false;
    this.#mutualAnswers = mutual ? this.#mutualAnswers + 1 : 0;
    if (this.#mutualAnswers >= MUTUAL_ANSWERS_FOR_LOSS) this.#options.giveUp('lost');
    else this.#schedule(this.#options.stallMs);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#probing = false;
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.timer(delayMs, () => this.#elapsed());
  }

  #elapsed(): void {
    const { clock, stallMs, graceMs } = this.#options;
    if (this.#probing) {
      this.#options.giveUp('silent');
      return;
    }
    const quietMs = clock.now() - this.#lastArrivalMs;
    if (quietMs < stallMs) {
      this.#schedule(stallMs - quietMs);
      return;
    }
    this.#probing = true;
    this.#options.probe();
    this.#schedule(graceMs);
  }
}
