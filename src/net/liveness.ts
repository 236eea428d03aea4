/** Tells a peer that is gone, or takes nothing of what is sent, from one that is quiet or slow. Times are the caller's. */

export interface LivenessLimits {
  /** Silence after which the peer is asked for a sign of life. */
  readonly heartbeatMs: number;
  /** Time for that sign, and for a peer that does not read to take some byte. */
  readonly answerMs: number;
}

export class Liveness {
  readonly #limits: LivenessLimits;
  #receivedMs: number;
  #drainedMs: number;
  #drainedBytes = 0;
  #buffered = false;
  #askedMs: number | undefined;

  constructor(limits: LivenessLimits, nowMs: number) {
    this.#limits = limits;
    this.#receivedMs = nowMs;
    this.#drainedMs = nowMs;
  }

  /** A question is under way. */
  get asking(): boolean {
    return this.#askedMs !== undefined;
  }

  received(nowMs: number): void {
    this.#receivedMs = nowMs;
    this.#askedMs = undefined;
  }

  asked(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  /** So much was sent since the start, and so much of it has not left yet. */
  sent(bytes: number, bufferedBytes: number, nowMs: number): void {
    const drainedBytes = bytes - bufferedBytes;
    if (drainedBytes > this.#drainedBytes || bufferedBytes === 0) this.#drainedMs = nowMs;
    this.#drainedBytes = drainedBytes;
    this.#buffered = bufferedBytes > 0;
  }

  /**
   * A question waits behind what was sent before it, so a slow peer that takes bytes is given time; one that takes none
   * is not, even if it talks.
   */
  verdict(nowMs: number): 'alive' | 'ask' | 'dead' {
    const { answerMs, heartbeatMs } = this.#limits;
    if (this.#buffered && nowMs - this.#drainedMs >= heartbeatMs + answerMs) return 'dead';
    if (this.#askedMs === undefined) return nowMs - this.#receivedMs >= heartbeatMs ? 'ask' : 'alive';
    const waitsSinceMs = this.#buffered ? Math.max(this.#askedMs, this.#drainedMs) : this.#askedMs;
    return nowMs - waitsSinceMs >= answerMs ? 'dead' : 'alive';
  }
}
