/**
 * F_j(x) = H(sid, contributor, j, record, z): what both ends derive for a bin j. The first half is a key of the
 * contributor's table, the second masks the value under it. z is the OPRF's value; record and bin are inside the hash,
 * so equal values of z say nothing.
 */
import { asBytes, asWords, firstIntegers, utf8 } from '../../src/crypto/bytes.ts';
import { RecordHash } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { RECORD_BYTES } from '../oprf/index.ts';

export const MASK_WORDS = 4;

export interface KeyInput {
  readonly sid: Uint8Array;
  /** The match's channel: separates shards. */
  readonly phase: string;
  readonly contributor: string;
  /** Bin of each row; the row's own number where undefined. */
  readonly bins: Uint32Array | undefined;
  /** n x 33. */
  readonly records: Uint8Array;
  /** n x `valueBytes`. */
  readonly oprfValues: Uint8Array;
  readonly oprfValueBytes: number;
}

export interface DerivedKeys {
  /** n x 16. */
  readonly keys: Uint8Array;
  /** n x MASK_WORDS. */
  readonly masks: Uint32Array;
}

export function* deriveKeys(input: KeyInput): Steps<DerivedKeys> {
  const { records, oprfValues, oprfValueBytes } = input;
  const count = records.length / RECORD_BYTES;
  const hash = new RecordHash('match-f', {
    widths: [4, RECORD_BYTES, oprfValueBytes],
    context: [input.sid, utf8(input.phase), utf8(input.contributor)],
    blake2s: blake2sKernel(),
  });
  const bins = input.bins ?? firstIntegers(count);
  const keys = new Uint32Array(count * MASK_WORDS);
  const masks = new Uint32Array(count * MASK_WORDS);
  yield* hash.batches([asBytes(bins), records, oprfValues], (digests, from) => {
    split(asWords(digests), keys, masks, from * MASK_WORDS);
  });
  return { keys: asBytes(keys), masks };
}

/** The first half of each digest to `keys`, the second to `masks`, from word `at` on. */
function split(digests: Uint32Array, keys: Uint32Array, masks: Uint32Array, at: number): void {
  for (let from = 0, to = at; from < digests.length; from += 2 * MASK_WORDS, to += MASK_WORDS) {
    for (let k = 0; k < MASK_WORDS; k++) {
      keys[to + k] = digests[from + k];
      masks[to + k] = digests[from + MASK_WORDS + k];
    }
  }
}
