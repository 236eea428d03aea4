/** What one party said to another on one channel: whole messages one behind the other, hashed where there is much of it. */
import { concatBytes, u32le } from '../crypto/bytes.ts';
import { HASH_BYTES, hashTuple } from '../crypto/hash.ts';
import type { NewStreamHash, StreamHash } from '../crypto/stream-hash.ts';
import { GrowingBytes } from './growing-bytes.ts';

/** A message of up to so many bytes is kept as it is; a lane that has more than so many goes into its hash. */
export const SHORT_BYTES = 4096;
/** What a message begins with here: name, length and content follow, or its digest. */
const SHORT = 0;
const LONG = 1;

const NO_MESSAGES: Uint8Array = new Uint8Array(HASH_BYTES);
/** Separates what is hashed here from every other hash of this package. */
const MESSAGE_LABEL: Uint8Array = hashTuple('transcript-message');

export interface LaneOptions {
  readonly newHash: NewStreamHash;
  /** Short messages have a digest of their own as well. */
  readonly digests: boolean;
}

export interface LanePart {
  /** Of the message, with its length before it. */
  readonly named: Uint8Array;
  readonly body: Uint8Array;
  readonly last: boolean;
}

export interface WholeMessage {
  readonly bytes: number;
  /** H(name, body), where the message is long or all have one. */
  readonly digest: Uint8Array | undefined;
}

interface MessageUnderWay {
  readonly named: Uint8Array;
  /** Where its body begins in the lane's text. */
  readonly at: number;
  bytes: number;
  hash: StreamHash | undefined;
}

export class TranscriptLane {
  readonly #options: LaneOptions;
  readonly #channel: Uint8Array;
  #count = 0;
  /** Hash of what is not in the text any more. */
  #chain: Uint8Array = NO_MESSAGES;
  readonly #text = new GrowingBytes();
  /** Whole messages end here; what there is of the one under way stands behind it while it is short. */
  #whole = 0;
  #current: MessageUnderWay | undefined;

  /** `channel`: the name with its length before it. */
  constructor(channel: Uint8Array, options: LaneOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** Number of whole messages. */
  get count(): number {
    return this.#count;
  }

  /** The message that this part ends. */
  add({ named, body, last }: LanePart): WholeMessage | undefined {
    const current = (this.#current ??= this.#begin(named));
    current.bytes += body.length;
    if (current.bytes <= SHORT_BYTES) this.#text.put(body);
    else (current.hash ??= this.#takeOut(current)).update(body);
    return last ? this.#end(current) : undefined;
  }

  /** All whole messages, as bytes that say where they end. */
  putInto(out: GrowingBytes): void {
    out.put(this.#channel);
    out.putU32(this.#count);
    out.put(this.#chain);
    out.putU32(this.#whole);
    out.put(this.#text.view(0, this.#whole));
  }

  /** Zeros for what there is of messages; nothing is added after that. */
  wipe(): void {
    this.#text.wipe();
  }

  #begin(named: Uint8Array): MessageUnderWay {
    this.#text.putByte(SHORT);
    this.#text.put(named);
    this.#text.putU32(0);
    return { named, at: this.#text.length, bytes: 0, hash: undefined };
  }

  /** It is no short message. */
  #takeOut(current: MessageUnderWay): StreamHash {
    const hash = this.#hashOf(current);
    this.#text.cut(this.#whole);
    return hash;
  }

  #hashOf({ named, at }: MessageUnderWay): StreamHash {
    return this.#begunWith(MESSAGE_LABEL, named, this.#text.view(at));
  }

  #end(current: MessageUnderWay): WholeMessage {
    const { at, bytes, hash } = current;
    let digest: Uint8Array | undefined;
    if (hash === undefined) {
      if (this.#options.digests) digest = this.#hashOf(current).digest();
      this.#text.setU32(at - 4, bytes);
    } else {
      digest = hash.digest();
      this.#text.putByte(LONG);
      this.#text.put(digest);
    }
    this.#current = undefined;
    this.#count++;
    this.#whole = this.#text.length;
    if (this.#whole > SHORT_BYTES) this.#fold();
    return { bytes, digest };
  }

  #fold(): void {
    this.#chain = this.#begunWith(this.#chain, this.#text.view()).digest();
    this.#text.cut(0);
    this.#whole = 0;
  }

  /** In one piece: each costs as much as some blocks. */
  #begunWith(...parts: readonly Uint8Array[]): StreamHash {
    const hash = this.#options.newHash();
    const text = concatBytes(...parts);
    hash.update(text);
    text.fill(0);
    return hash;
  }
}

/** A name as it stands in hashed text. */
export function namedBytes(name: Uint8Array): Uint8Array {
  return concatBytes(u32le(name.length), name);
}
