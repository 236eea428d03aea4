/** BLAKE2s-256 of many texts under one key, in slices; a text's UTF-8 bytes are what is hashed. */
import type { Blake2s, ByteStrings } from './blake2s.ts';
import { HASH_BYTES } from './hash.ts';
import type { Steps } from './steps.ts';

/** Texts between two pauses: below a millisecond with the kernel, two on the plain reference. */
const TEXTS_PER_STEP = 1024;

/** n x 32 bytes, row-major. `key` has 0 to 32 bytes; texts have 1 to 1,365 characters. */
export function* stringDigests(
  texts: readonly string[],
  { key, blake2s }: { readonly key: Uint8Array; readonly blake2s: Blake2s },
): Steps<Uint8Array> {
  const out = new Uint8Array(texts.length * HASH_BYTES);
  for (let from = 0; from < texts.length; from += TEXTS_PER_STEP) {
    const part = texts.slice(from, from + TEXTS_PER_STEP);
    const digests = out.subarray(from * HASH_BYTES, (from + part.length) * HASH_BYTES);
    blake2s.hashStringsInto(digests, key, encoded(part));
    yield;
  }
  return out;
}

const encoder = new TextEncoder();

/** The texts' UTF-8 bytes, one behind the other. */
function encoded(texts: readonly string[]): ByteStrings {
  const joined = texts.join('');
  const bytes = encoder.encode(joined);
  const ends = new Uint32Array(texts.length);
  let end = 0;
  if (bytes.length === joined.length) {
    // Every other character takes more bytes than UTF-16 units: all are ASCII, and lengths are those of the strings.
    for (let k = 0; k < ends.length; k++) ends[k] = end += texts[k].length;
  } else {
    for (let k = 0; k < ends.length; k++) ends[k] = end += encoder.encode(texts[k]).length;
  }
  return { bytes, ends };
}
