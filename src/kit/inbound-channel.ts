/** The receiving half of a channel: a bounded queue of parts and the credit owed for what was taken. */
import type { ErrorCode } from '../errors.ts';
import { maxFrameBytes } from '../wire/frame.ts';
import type { Cancellation } from './cancellation.ts';
import { type Part, partBytes } from './outbound-channel.ts';

export interface Arrival extends Part {
  readonly frameBytes: number;
}

/** What a frame carries besides its part: header fields of bounded length. */
const HEADER_BYTES = 512;
/** What a queued frame costs besides its bytes, so that many small ones count too. */
const QUEUED_BYTES = 512;

export class InboundChannel {
  readonly #windowBytes: number;
  readonly #creditFrom: number;
  readonly #queue: Arrival[] = [];
  /** What all channels of the peer hold together. */
  readonly #held: { bytes: number };
  #buffered = 0;
  #owed = 0;
  #sequence = 0;
  #waiting: ((arrival: Arrival) => void) | undefined;

  constructor(windowBytes: number, held: { bytes: number } = { bytes: 0 }) {
    this.#windowBytes = windowBytes;
    this.#held = held;
    // A blocked sender has more than window - part under way; credit at the latest then, else both would wait.
    this.#creditFrom = Math.max(1, Math.min(windowBytes >>> 1, windowBytes - partBytes(windowBytes) - HEADER_BYTES));
  }

  /** Someone waits and nothing is there. */
  get waiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Accepts the next part in order, or says what is wrong with it. */
  push(arrival: Arrival): { readonly code: ErrorCode; readonly text: string } | undefined {
    if (arrival.sequence !== this.#sequence) {
      return { code: 'unexpected-message', text: 'a part is missing, repeated or out of order' };
    }
    this.#sequence++;
    if (this.#waiting !== undefined) {
      const deliver = this.#waiting;
      this.#waiting = undefined;
      deliver(arrival);
      return undefined;
    }
    if (this.#buffered > 0 && this.#buffered + arrival.frameBytes > this.#windowBytes + maxFrameBytes) {
      return { code: 'oversize-message', text: 'more was sent than the window allows' };
    }
    this.#buffered += arrival.frameBytes;
    this.#held.bytes += arrival.frameBytes + QUEUED_BYTES;
    this.#queue.push(arrival);
    return undefined;
  }

  /** The next part, if it is there. */
  take(): Arrival | undefined {
    const arrival = this.#queue.shift();
    if (arrival === undefined) return undefined;
    this.#buffered -= arrival.frameBytes;
    this.#held.bytes -= arrival.frameBytes + QUEUED_BYTES;
    return arrival;
  }

  /** The next part when it comes; one caller at a time. */
  next(cancellation: Cancellation): Promise<Arrival> {
    return cancellation.wait<Arrival>(
      (resolve) => {
        this.#waiting = resolve;
      },
      () => {
        this.#waiting = undefined;
      },
    );
  }

  /** Counts a part as taken; returns the credit to send now, 0 while it can wait. */
  release(frameBytes: number): number {
    this.#owed += frameBytes;
    if (this.#owed < this.#creditFrom) return 0;
    const bytes = this.#owed;
    this.#owed = 0;
    return bytes;
  }
}
