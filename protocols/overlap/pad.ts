/**
 * Fills a list up to its declared bucket, so that all that is done for a record is done for a whole bucket of them. Records
 * keep the order of the source: nothing that crosses the wire follows it.
 */
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import { fillInSteps, type Prg, type PrgDraw } from '../../src/crypto/prg.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import type { Secrets } from '../../src/crypto/secrets.ts';
import { sharedBytes } from '../../src/crypto/shared-bytes.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallOutput } from '../../src/kit/small-input.ts';
import type { Io } from '../../src/kit/io.ts';
import type { ItemList } from '../items/index.ts';
import { permutationBytes, randomPermutation } from './permutation.ts';

/** A party's list. An entry is an account, or a row of the holder where there are columns. */
export interface OwnList {
  /** Different accounts, and which each row of the source is of. */
  readonly accounts: ItemList;
  /** The account of each entry; undefined where each account is one entry. */
  readonly itemOfEntry: Uint32Array | undefined;
  /** Packed columns of each entry, at the holder; empty without columns. */
  readonly payload: Uint8Array;
}

/** What is worked on at once: the whole list, or a shard of one without columns. */
export interface ListPart extends Omit<OwnList, 'accounts'> {
  /** Different accounts: n x 32, local digests. */
  readonly digests: Uint8Array;
}

export interface PaddedList {
  /** bucket x 32: the digests of all entries, then fillers, which are some account's digest with probability 2^-256. */
  readonly records: Uint8Array;
  /** Numbers the entries of one account 0, 1, 2 … in a random order; all 0 where each account is one entry. */
  readonly occurrences: Uint32Array;
}

interface PadInput {
  readonly digests: Uint8Array;
  readonly itemOfEntry: Uint32Array | undefined;
  readonly bucket: number;
  readonly fillers: PrgDraw;
  readonly order: PrgDraw;
}

/** Has the records wiped at the end, unless they are the list's own. */
export function holdRecords(secrets: Secrets, { records }: PaddedList, { digests, itemOfEntry }: ListPart): void {
  if (itemOfEntry !== undefined || records.length > digests.length) secrets.hold(records);
}

export function pad(io: Io, randomness: Prg, { digests, itemOfEntry }: ListPart, bucket: number): Promise<PaddedList> {
  const fillers = randomness.draw(bucket * HASH_BYTES);
  const order = randomness.draw(permutationBytes(bucket));
  return io.compute(padJob, { digests, itemOfEntry, bucket, fillers, order });
}

export const padJob: Job<PadInput, PaddedList> = defineJob(
  'overlap/pad',
  function* (input): Steps<PaddedList> {
    const { digests, itemOfEntry, bucket, fillers, order } = input;
    const entries = itemOfEntry === undefined ? digests : pickRows(digests, itemOfEntry, { stride: HASH_BYTES });
    const occurrences = new Uint32Array(bucket);
    if (itemOfEntry !== undefined) {
      yield;
      numberEntries(occurrences, itemOfEntry, yield* randomPermutation(order, bucket));
    }
    if (entries.length === bucket * HASH_BYTES) return { records: entries, occurrences };
    const records = sharedBytes(bucket * HASH_BYTES);
    records.set(entries);
    yield* fillInSteps(fillers, records.subarray(entries.length), chacha20Kernel());
    return { records, occurrences };
  },
  { inPlace: ({ itemOfEntry, bucket }) => itemOfEntry === undefined && isSmallOutput(bucket, HASH_BYTES) },
);

/** In the given order of entries, which has more numbers than there are entries. */
function numberEntries(occurrences: Uint32Array, itemOfEntry: Uint32Array, order: Uint32Array): void {
  const seen = new Uint32Array(itemOfEntry.length);
  for (const entry of order) if (entry < itemOfEntry.length) occurrences[entry] = seen[itemOfEntry[entry]]++;
}
