/**
 * What a link does to bytes: it takes them one after the other at its rate, and each arrives after a delay that varies, in order. And how
 * long a run takes over it by the model that papers use.
 */

export interface LinkShape {
  readonly name: string;
  /** There and back, without jitter. */
  readonly roundTripMs: number;
  readonly bitsPerSecond: number;
  /** Each piece comes later by up to so much. */
  readonly jitterMs: number;
}

/** Between two machines of a data centre, two of a city, and two of a continent. */
export const LINK_SHAPES: readonly LinkShape[] = [
  { name: 'lan', roundTripMs: 0.5, bitsPerSecond: 1e9, jitterMs: 0 },
  { name: 'metro', roundTripMs: 5, bitsPerSecond: 1e9, jitterMs: 0.2 },
  { name: 'wan', roundTripMs: 40, bitsPerSecond: 1e8, jitterMs: 1 },
];

/** One direction of a link. */
export class ShapedDirection {
  readonly #shape: LinkShape;
  readonly #random: () => number;
  /** When the last byte taken has left. */
  #freeMs = 0;
  #lastArrivalMs = 0;

  constructor(shape: LinkShape, random: () => number = Math.random) {
    this.#shape = shape;
    this.#random = random;
  }

  /** When the last of `bytes` arrives that are given to the link now. */
  arrivalMs(nowMs: number, bytes: number): number {
    const { roundTripMs, bitsPerSecond, jitterMs } = this.#shape;
    this.#freeMs = Math.max(nowMs, this.#freeMs) + (8000 * bytes) / bitsPerSecond;
    const arrivalMs = this.#freeMs + roundTripMs / 2 + jitterMs * this.#random();
    // TCP gives bytes in their order, whatever their packets do.
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    return this.#lastArrivalMs;
  }
}

export interface RunOverLink {
  /** Time of the same run on this machine without a link. */
  readonly computeMs: number;
  /** The longest chain of messages; each of them takes half a round trip. */
  readonly messages: number;
  /** Bytes through the busiest direction of a link. */
  readonly bytes: number;
}

/** Computing, latency and transfer one after the other: above what overlaps, below what waits for windows. */
export function modelMs(
  { computeMs, messages, bytes }: RunOverLink,
  { roundTripMs, bitsPerSecond }: LinkShape,
): number {
  return computeMs + (messages * roundTripMs) / 2 + (8000 * bytes) / bitsPerSecond;
}
