/** Carries pieces from one socket to another as late as a link would bring them. */
import type { Socket } from 'node:net';
import type { ShapedDirection } from './link-shape.ts';

/** Under way at most, so that a sender feels the link: above what the links here hold, rate times delay. */
const MAX_QUEUED_BYTES = 4_194_304;
/** Timers wake to the millisecond; the rest is waited for turn by turn. */
const TIMER_MS = 2;

export class ShapedQueue {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #direction: ShapedDirection;
  readonly #pieces: { readonly arrivalMs: number; readonly piece: Uint8Array }[] = [];
  #queuedBytes = 0;
  #isWaiting = false;
  #onEmpty: (() => void) | undefined;

  constructor(source: Socket, sink: Socket, direction: ShapedDirection) {
    this.#source = source;
    this.#sink = sink;
    this.#direction = direction;
  }

  add(piece: Uint8Array): void {
    this.#pieces.push({ arrivalMs: this.#direction.arrivalMs(performance.now(), piece.length), piece });
    this.#queuedBytes += piece.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#source.pause();
    if (!this.#isWaiting) this.#wait();
  }

  /** What is under way arrives before the end does. */
  whenEmpty(then: () => void): void {
    if (this.#pieces.length === 0) then();
    else this.#onEmpty = then;
  }

  #wait(): void {
    const [next] = this.#pieces;
    this.#isWaiting = next !== undefined;
    if (next === undefined) {
      this.#onEmpty?.();
      return;
    }
    const leftMs = next.arrivalMs - performance.now();
    if (leftMs <= 0) this.#deliver(next.piece);
    else if (leftMs < TIMER_MS) setImmediate(() => this.#wait());
    else setTimeout(() => this.#wait(), leftMs - TIMER_MS + 1);
  }

  #deliver(piece: Uint8Array): void {
    this.#pieces.shift();
    this.#queuedBytes -= piece.length;
    if (this.#queuedBytes <= MAX_QUEUED_BYTES) this.#source.resume();
    if (this.#sink.destroyed) return;
    if (this.#sink.write(piece)) this.#wait();
    else this.#sink.once('drain', () => this.#wait());
  }
}
