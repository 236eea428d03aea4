/** Values as hashes: of the bin, the record, and whatever an engine evaluated for the two. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { VALUE_BYTES } from './engine.ts';

export interface HashedValues {
  /** n x k. */
  readonly bins: Uint32Array;
  /** n x 32: one for every k bins. */
  readonly records: Uint8Array;
  readonly context: readonly Uint8Array[];
  /** n x k x 32, where the engine has them. */
  readonly elements?: Uint8Array;
}

/** n x k x 16 bytes. */
export function* hashValues(label: string, { bins, records, context, elements }: HashedValues): Steps<Uint8Array> {
  const recordOfBin = yield* recordOfEach(records, bins.length);
  const columns = [asBytes(bins), recordOfBin, ...(elements === undefined ? [] : [elements])];
  const widths = [4, RECORD_BYTES, HASH_BYTES].slice(0, columns.length);
  const hash = new RecordHash(label, { widths, context, blake2s: blake2sKernel() });
  return yield* hash.prefixes(columns, VALUE_BYTES);
}

/** Bins between two pauses: about a millisecond. */
const BINS_PER_STEP = 8192;

/** Each record as often as it has bins. */
function* recordOfEach(records: Uint8Array, binCount: number): Steps<Uint8Array> {
  const count = records.length / RECORD_BYTES;
  if (count === binCount) return records;
  const out = new Uint8Array(binCount * RECORD_BYTES);
  const share = binCount / count;
  for (const [first, last] of ranges(binCount, BINS_PER_STEP)) {
    for (let i = first; i < last; i++) {
      const from = Math.floor(i / share) * RECORD_BYTES;
      out.set(records.subarray(from, from + RECORD_BYTES), i * RECORD_BYTES);
    }
    yield;
  }
  return out;
}
