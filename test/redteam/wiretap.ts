/** Reads what goes over the links of a run in memory, and changes it where a test wants a cheater. */
import type { Interceptor } from '../../src/kit/memory-network.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import { encodeFrame } from '../../src/wire/encode.ts';
import type { DataFrame } from '../../src/wire/frame.ts';

/** One message, its parts joined. */
export interface TappedMessage {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly channel: string;
  readonly name: string;
  readonly body: Uint8Array;
}

export interface TappedFrame {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly bytes: Uint8Array;
}

export class Wiretap {
  readonly frames: TappedFrame[] = [];
  readonly messages: TappedMessage[] = [];
  readonly #parts = new Map<string, Uint8Array[]>();

  readonly intercept: Interceptor = (from, to, bytes) => {
    this.frames.push({ from, to, bytes });
    const frame = decodeFrame(bytes);
    if (frame.kind === 'data') this.#part(from, to, frame);
    return [bytes];
  };

  /** The one message of that kind. @throws Error when there is none or there are several */
  one(wanted: Partial<TappedMessage>): TappedMessage {
    const found = this.all(wanted);
    if (found.length !== 1) throw new Error(`Cannot find message: ${found.length} of ${JSON.stringify(wanted)}`);
    return found[0];
  }

  all({ from, to, channel, name }: Partial<TappedMessage>): TappedMessage[] {
    return this.messages.filter(
      (message) =>
        (from === undefined || message.from === from) &&
        (to === undefined || message.to === to) &&
        (channel === undefined || message.channel === channel) &&
        (name === undefined || message.name === name),
    );
  }

  /**
   * What every channel carries in which order, message by message: all that a party sees of a run but the bodies. The
   * order between channels depends on when a thread was free, so it is left out.
   */
  shape(party?: PartyId): string[] {
    const channels = new Map<string, string[]>();
    for (const { from, to, channel, name, body } of this.messages) {
      if (party !== undefined && from !== party && to !== party) continue;
      const key = `${from} > ${to} ${channel}`;
      channels.set(key, [...(channels.get(key) ?? []), `${name} ${body.length}`]);
    }
    return [...channels].map(([key, messages]) => `${key}: ${messages.join(', ')}`).sort();
  }

  #part(from: PartyId, to: PartyId, { channel, name, last, body }: DataFrame): void {
    const key = `${from}>${to}>${channel}`;
    const parts = [...(this.#parts.get(key) ?? []), body];
    if (!last) {
      this.#parts.set(key, parts);
      return;
    }
    this.#parts.delete(key);
    this.messages.push({ from, to, channel, name, body: new Uint8Array(Buffer.concat(parts)) });
  }
}

export type FrameChange = (frame: DataFrame, from: PartyId, to: PartyId) => DataFrame | undefined;

/** Replaces the data frames for which `change` returns another; counts them. */
export function tampering(change: FrameChange): { readonly intercept: Interceptor; readonly changed: () => number } {
  let changed = 0;
  return {
    changed: () => changed,
    intercept: (from, to, bytes) => {
      const frame = decodeFrame(bytes);
      const other = frame.kind === 'data' ? change(frame, from, to) : undefined;
      if (other === undefined) return [bytes];
      changed++;
      return [encodeFrame(other)];
    },
  };
}

/** A body with other bytes at `offset`. */
export function withBytes(body: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const out = body.slice();
  out.set(bytes, offset);
  return out;
}

/** A body in which one bit is another. */
export function flipped(body: Uint8Array, offset: number): Uint8Array {
  return withBytes(body, offset, Uint8Array.of(body[offset] ^ 1));
}
