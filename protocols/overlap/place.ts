/**
 * Puts a list into its declared bucket: every row in a uniformly random slot, fillers in the others. From here on all
 * that crosses the wire goes by slots, so it is independent of the list's order and size.
 */
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { fillFromDraw, type Prg, type PrgDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import { FILLER_TAG, ITEM_TAG, RECORD_BYTES } from '../oprf/index.ts';
import { permutationBytes, randomPermutation } from './permutation.ts';

/** A party's list. An entry is what takes a slot: an account, or a row of the holder where there are columns. */
export interface OwnList {
  /** Different accounts: n x 32, local digests. */
  readonly digests: Uint8Array;
  /** The account of each row of the source. */
  readonly itemOfRow: Uint32Array;
  /** The account of each entry. */
  readonly itemOfEntry: Uint32Array;
  /** Packed columns of each entry, at the holder; empty without columns. */
  readonly payload: Uint8Array;
}

export interface Placed {
  /** bucket x 33: an account's digest under the run id, or a filler outside the domain of accounts. */
  readonly records: Uint8Array;
  /** The entry in each slot, -1 where there is none. */
  readonly entryOfSlot: Int32Array;
  /** Numbers the entries of one account 0, 1, 2 … in the order of their slots, which is random. */
  readonly occurrences: Uint32Array;
}

interface PlaceInput {
  readonly digests: Uint8Array;
  readonly itemOfEntry: Uint32Array;
  readonly sid: Uint8Array;
  readonly bucket: number;
  readonly order: PrgDraw;
  readonly fillers: PrgDraw;
}

/** Slots whose fillers are drawn at once: a multiple of a block even for the smallest bucket. */
const SLOTS_PER_STEP = 512;

export function place(io: Io, randomness: Prg, { digests, itemOfEntry }: OwnList, bucket: number): Promise<Placed> {
  const order = randomness.draw(permutationBytes(bucket));
  const fillers = randomness.draw(bucket * HASH_BYTES);
  return io.compute(placeJob, { digests, itemOfEntry, sid: io.sid, bucket, order, fillers });
}

export const placeJob: Job<PlaceInput, Placed> = defineJob('overlap/place', function* (input): Steps<Placed> {
  const { digests, itemOfEntry, bucket } = input;
  const hash = new RecordHash('overlap-item', { widths: [HASH_BYTES], context: [input.sid], blake2s: blake2sKernel() });
  const underRun = yield* hash.digests(digests);
  const slotOfEntry = yield* randomPermutation(input.order, bucket);
  const entryOfSlot = new Int32Array(bucket).fill(-1);
  for (let entry = 0; entry < itemOfEntry.length; entry++) entryOfSlot[slotOfEntry[entry]] = entry;

  const chacha20 = chacha20Kernel();
  const records = new Uint8Array(bucket * RECORD_BYTES);
  const occurrences = new Uint32Array(bucket);
  const seen = new Uint32Array(digests.length / HASH_BYTES);
  for (let from = 0; from < bucket; from += SLOTS_PER_STEP) {
    const to = Math.min(bucket, from + SLOTS_PER_STEP);
    const fillers = fillFromDraw(input.fillers, from * HASH_BYTES, new Uint8Array((to - from) * HASH_BYTES), chacha20);
    for (let slot = from; slot < to; slot++) {
      const entry = entryOfSlot[slot];
      const item = entry < 0 ? -1 : itemOfEntry[entry];
      const [tag, source, row] = item < 0 ? [FILLER_TAG, fillers, slot - from] : [ITEM_TAG, underRun, item];
      records[slot * RECORD_BYTES] = tag;
      records.set(source.subarray(row * HASH_BYTES, (row + 1) * HASH_BYTES), slot * RECORD_BYTES + 1);
      if (item >= 0) occurrences[slot] = seen[item]++;
    }
    yield;
  }
  return { records, entryOfSlot, occurrences };
});
