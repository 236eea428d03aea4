/**
 * A list cut into shards by a hash of its items under the run id: the same shard at every party, and none that anybody
 * could choose items for. One shard at a time, so that besides the list only that is in memory.
 */
import { asWords } from '../../src/crypto/bytes.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { uniformIndex } from '../../src/crypto/uniform-index.ts';
import { InternalError } from '../../src/errors.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';

export interface ShardItems {
  /** Local digests, k x 32. */
  readonly digests: Uint8Array;
  /** Which item of the list each is, ascending. */
  readonly items: Uint32Array;
}

export interface ShardOptions {
  readonly shards: number;
  /** Items that a shard has room for. */
  readonly capacity: number;
}

interface ShardOrder {
  /** All items, those of each shard together. */
  readonly order: Uint32Array;
  /** Where each shard ends in `order`. */
  readonly ends: Uint32Array;
}

/** The shards of a list in memory. @throws InternalError `table-full` where one has no room */
export async function* shardsOf(
  io: Io,
  digests: Uint8Array,
  { shards, capacity }: ShardOptions,
): AsyncGenerator<ShardItems> {
  const { order, ends } = await io.compute(shardOrderJob, { digests, sid: io.sid, shards });
  for (let shard = 0; shard < shards; shard++) {
    const from = shard === 0 ? 0 : ends[shard - 1];
    if (ends[shard] - from > capacity) throw noRoom(io);
  }
  for (let shard = 0; shard < shards; shard++) {
    const items = order.subarray(shard === 0 ? 0 : ends[shard - 1], ends[shard]);
    yield { items, digests: pickRows(digests, items, { stride: HASH_BYTES }) };
  }
}

const ITEMS_PER_STEP = 65_536;

/** Sorts items by their shards. */
export const shardOrderJob: Job<
  { readonly digests: Uint8Array; readonly sid: Uint8Array; readonly shards: number },
  ShardOrder
> = defineJob('items/shard-order', function* ({ digests, sid, shards }): Steps<ShardOrder> {
  const count = digests.length / HASH_BYTES;
  const shardOf = new Uint16Array(count);
  const ends = new Uint32Array(shards);
  const hash = new RecordHash('item', { widths: [HASH_BYTES], context: [sid], blake2s: blake2sKernel() });
  yield* hash.batches([digests], (hashes, from) => {
    const words = asWords(hashes);
    for (let k = 0; k < hashes.length / HASH_BYTES; k++) {
      // Bytes 24..31 choose the shard; what else comes from such a hash, like places in a table, from bytes 0..23.
      const shard = uniformIndex(words[8 * k + 6], words[8 * k + 7], shards);
      shardOf[from + k] = shard;
      ends[shard]++;
    }
  });
  let sum = 0;
  for (let shard = 0; shard < shards; shard++) {
    const own = ends[shard];
    ends[shard] = sum;
    sum += own;
  }
  const order = new Uint32Array(count);
  for (const [from, to] of ranges(count, ITEMS_PER_STEP)) {
    for (let item = from; item < to; item++) order[ends[shardOf[item]]++] = item;
    yield;
  }
  return { order, ends };
});

function noRoom(io: Io): InternalError {
  return new InternalError('Cannot run: a shard has no room, with the probability that the report states', {
    code: 'table-full',
    phase: io.phase,
    party: io.self,
    remedy: 'start a new run',
  });
}
