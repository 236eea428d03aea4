/** The sending half of a channel: splits messages into frames and waits for credit. */

import { maxDataOverheadBytes } from '../wire/frame.ts';
import type { Cancellation } from './cancellation.ts';

/**
 * Body bytes of one frame: no more than fit one of the transport's records (src/net/record-layer.ts), which is then the
 * frame as it comes, where a longer one would have to be put together first. And with tag, kind and the header of a WebSocket
 * message (17 and 8 bytes) no more than the 65,536 that Node reads of a socket at a time: else each comes in two reads, and is
 * put together of them.
 */
export const MAX_PART_BYTES: number = 65_536 - 8 - 17 - maxDataOverheadBytes;
/** Even the smallest window lets a part of this size through, alone. */
const MIN_PART_BYTES = 1024;

export interface Part {
  readonly name: string;
  readonly sequence: number;
  readonly last: boolean;
  readonly body: Uint8Array;
}

/** The largest body of one frame under a window: two fit, so that sending and crediting overlap. */
export function partBytes(windowBytes: number): number {
  return Math.max(MIN_PART_BYTES, Math.min(MAX_PART_BYTES, windowBytes >>> 1));
}

/** Told when sending begins to wait for credit and when that ends. */
export interface CreditWaits {
  starts(): void;
  ends(): void;
}

const UNSEEN: CreditWaits = { starts: () => undefined, ends: () => undefined };

export class OutboundChannel {
  readonly #windowBytes: number;
  readonly #cancellation: Cancellation;
  /** Hands a part to the link and tells the frame's size. */
  readonly #emit: (part: Part) => number;
  readonly #waits: CreditWaits;
  #sequence = 0;
  #underWay = 0;
  /** Messages leave whole and in the order of the calls. */
  #tail: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(
    windowBytes: number,
    cancellation: Cancellation,
    emit: (part: Part) => number,
    waits: CreditWaits = UNSEEN,
  ) {
    this.#windowBytes = windowBytes;
    this.#cancellation = cancellation;
    this.#emit = emit;
    this.#waits = waits;
  }

  /** A message waits for the peer's credit. */
  get waiting(): boolean {
    return this.#wake !== undefined;
  }

  send(name: string, body: Uint8Array): Promise<void> {
    const sent = this.#tail.then(() => this.#sendParts(name, body));
    this.#tail = sent.catch(() => undefined);
    return sent;
  }

  /** The peer took `bytes`; false when it claims nothing, or more than is under way. */
  credit(bytes: number): boolean {
    if (bytes === 0 || bytes > this.#underWay) return false;
    this.#underWay -= bytes;
    this.#wake?.();
    return true;
  }

  async #sendParts(name: string, body: Uint8Array): Promise<void> {
    const size = partBytes(this.#windowBytes);
    let at = 0;
    do {
      const part = body.subarray(at, Math.min(body.length, at + size));
      at += part.length;
      await this.#credited(part.length);
      this.#underWay += this.#emit({ name, sequence: this.#sequence++, last: at === body.length, body: part });
    } while (at < body.length);
  }

  async #credited(bytes: number): Promise<void> {
    this.#cancellation.signal.throwIfAborted();
    const full = (): boolean => this.#underWay > 0 && this.#underWay + bytes > this.#windowBytes;
    if (!full()) return;
    this.#waits.starts();
    try {
      while (full()) await this.#nextCredit();
    } finally {
      this.#waits.ends();
    }
  }

  async #nextCredit(): Promise<void> {
    try {
      await this.#cancellation.wait<void>((resolve) => {
        this.#wake = () => resolve();
      });
    } finally {
      this.#wake = undefined;
    }
  }
}
