/**
 * Puts a list into its declared bucket: every row in a uniformly random slot, fillers in the others. From here on all
 * that crosses the wire goes by slots, so it is independent of the list's order and size.
 */
import { asWords } from '../../src/crypto/bytes.ts';
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

/** Slots whose fillers are drawn at once: a power of two, as every bucket, and whole blocks even for the smallest. */
const SLOTS_PER_STEP = 512;
const DIGEST_WORDS: number = HASH_BYTES / 4;

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

  const placed: Placed = {
    records: new Uint8Array(bucket * RECORD_BYTES),
    entryOfSlot: entriesBySlot(slotOfEntry, itemOfEntry.length),
    occurrences: new Uint32Array(bucket),
  };
  // Where no account repeats there is nothing to number: two reads less at random places, for every entry.
  const repeats = itemOfEntry.some((item, entry) => item !== entry);
  const numbering = repeats ? { itemOfEntry, seen: new Uint32Array(digests.length / HASH_BYTES) } : undefined;
  const fillers = new Uint8Array(Math.min(bucket, SLOTS_PER_STEP) * HASH_BYTES);
  for (let from = 0; from < bucket; from += SLOTS_PER_STEP) {
    fillFromDraw(input.fillers, from * HASH_BYTES, fillers, chacha20Kernel());
    fillSlots(placed, from, { numbering, underRun: asWords(underRun), fillers: asWords(fillers) });
    yield;
  }
  fillers.fill(0);
  return placed;
});

/** -1 where there is none. */
function entriesBySlot(slotOfEntry: Uint32Array, count: number): Int32Array {
  const entryOfSlot = new Int32Array(slotOfEntry.length).fill(-1);
  for (let entry = 0; entry < count; entry++) entryOfSlot[slotOfEntry[entry]] = entry;
  return entryOfSlot;
}

interface SlotSources {
  /** Undefined where entry k is of account k, for every k. */
  readonly numbering:
    | {
        readonly itemOfEntry: Uint32Array;
        /** Entries of each account so far. */
        readonly seen: Uint32Array;
      }
    | undefined;
  /** By account. */
  readonly underRun: Uint32Array;
  /** By slot, one step of them. */
  readonly fillers: Uint32Array;
}

/** A plain function: V8 compiles a long loop of one while it runs, that of a generator not. */
function fillSlots({ records, entryOfSlot, occurrences }: Placed, from: number, sources: SlotSources): void {
  const { numbering, underRun, fillers } = sources;
  const out = new DataView(records.buffer);
  const items = entryOfSlot.slice(from, from + fillers.length / DIGEST_WORDS);
  if (numbering !== undefined) {
    const { itemOfEntry, seen } = numbering;
    for (let k = 0; k < items.length; k++) {
      if (items[k] < 0) continue;
      items[k] = itemOfEntry[items[k]];
      occurrences[from + k] = seen[items[k]]++;
    }
  }
  touchDigests(underRun, items);
  for (let k = 0; k < items.length; k++) {
    const item = items[k];
    const at = (from + k) * RECORD_BYTES;
    records[at] = item < 0 ? FILLER_TAG : ITEM_TAG;
    if (item < 0) copyDigest(out, at + 1, fillers, k);
    else copyDigest(out, at + 1, underRun, item);
  }
}

/** Reads one word of each digest. With so little to do for each, many reads are on their way at once; copying waits less. */
function touchDigests(digests: Uint32Array, items: Int32Array): number {
  let sum = 0;
  for (let k = 0; k < items.length; k++) sum ^= digests[Math.max(0, items[k]) * DIGEST_WORDS];
  return sum;
}

/** By words, at any place: a view and a `set` for every row would take many times as long. */
function copyDigest(out: DataView, to: number, digests: Uint32Array, row: number): void {
  for (let k = 0; k < DIGEST_WORDS; k++) out.setUint32(to + 4 * k, digests[row * DIGEST_WORDS + k], true);
}
