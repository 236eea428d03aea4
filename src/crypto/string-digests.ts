/** BLAKE2s-256 of many texts under one key, in slices; a text's UTF-8 bytes are what is hashed. */
import type { Blake2s, ByteStrings } from './blake2s.ts';
import { HASH_BYTES } from './hash.ts';
import { ranges, type Steps } from './steps.ts';

/** Texts between two pauses: below a millisecond with the kernel, two on the plain reference. */
const TEXTS_PER_STEP = 1024;
/** Texts that are encoded at once; their bytes stay in the first-level cache. */
const TEXTS = 512;
/** UTF-8 bytes of one UTF-16 unit at most. */
const UNIT_BYTES = 3;

export interface StringHash {
  /** 0 to 32 bytes. */
  readonly key: Uint8Array;
  readonly blake2s: Blake2s;
}

/** n x 32 bytes, row-major; texts have 1 to 1,365 characters. */
export function* stringDigests(texts: readonly string[], hash: StringHash): Steps<Uint8Array> {
  const out = new Uint8Array(texts.length * HASH_BYTES);
  yield* stringDigestsInto(out, texts, hash);
  return out;
}

/** The same to `out`, n x 32 bytes. */
export function* stringDigestsInto(
  out: Uint8Array,
  texts: readonly string[],
  { key, blake2s }: StringHash,
): Steps<void> {
  for (const [from, to] of ranges(texts.length, TEXTS)) {
    const digests = out.subarray(from * HASH_BYTES, to * HASH_BYTES);
    blake2s.hashStringsInto(digests, key, encoder.encode(texts.slice(from, to)));
    if (to % TEXTS_PER_STEP === 0) yield;
  }
}

/** Encodes some texts at a time, always into the same room: what it gave before is overwritten. */
class TextBytes {
  readonly #encoder = new TextEncoder();
  readonly #ends = new Uint32Array(TEXTS);
  #bytes = new Uint8Array(0);

  /** The texts' UTF-8 bytes, one behind the other. */
  encode(texts: readonly string[]): ByteStrings {
    const joined = texts.join('');
    if (this.#bytes.length < UNIT_BYTES * joined.length) this.#bytes = new Uint8Array(UNIT_BYTES * joined.length);
    const ends = this.#ends.subarray(0, texts.length);
    let end = 0;
    if (this.#encoder.encodeInto(joined, this.#bytes).written === joined.length) {
      // Every other character takes more bytes than UTF-16 units: all are ASCII, and lengths are those of the strings.
      for (let k = 0; k < ends.length; k++) ends[k] = end += texts[k].length;
    } else {
      // Each by itself: halves of a character that meet where two texts do are no character.
      for (let k = 0; k < ends.length; k++) {
        ends[k] = end += this.#encoder.encodeInto(texts[k], this.#bytes.subarray(end)).written;
      }
    }
    return { bytes: this.#bytes.subarray(0, end), ends };
  }
}

/** For all: what is encoded is hashed before another computation of this thread goes on. */
const encoder = new TextBytes();
