/**
 * A list cut into shards by a hash of its items under the run id: the same shard at every party, and none that anybody
 * could choose items for. One shard at a time, so that besides the list only that is in memory.
 */
import { asBytes, asWords, firstIntegers } from '../../src/crypto/bytes.ts';
import { countsToPlaces } from '../../src/crypto/counting-places.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { uniformIndex } from '../../src/crypto/uniform-index.ts';
import { InternalError } from '../../src/errors.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { ItemSet } from './distinct-items.ts';
import type { ShardIo, ShardItems, ShardOptions } from './item-list.ts';

/** A job has a copy of its input. */
const ITEMS_PER_JOB: number = 2 ** 18;
const ITEMS_PER_STEP = 65_536;

/** The shards of a list in memory, of which there may be one. @throws InternalError `table-full` where one has no room */
export async function* shardsOf(
  io: ShardIo,
  { digests, scores }: ItemSet,
  { shards, capacity }: ShardOptions,
): AsyncGenerator<ShardItems> {
  const count = digests.length / HASH_BYTES;
  // Whoever read the list has seen that a single one has room for it.
  if (shards === 1) return yield { digests, items: firstIntegers(count), scores };
  const shardOf = new Uint16Array(count);
  for (const [from, to] of ranges(count, ITEMS_PER_JOB)) {
    const part = digests.subarray(from * HASH_BYTES, to * HASH_BYTES);
    shardOf.set(await io.compute(shardNumberJob, { digests: part, sid: io.sid, shards }), from);
  }
  const { order, ends } = await io.compute(shardOrderJob, { shardOf, shards });
  const itemsOf = (shard: number): Uint32Array => order.subarray(shard === 0 ? 0 : ends[shard - 1], ends[shard]);
  // All are looked at before the first one is worked on.
  for (let shard = 0; shard < shards; shard++) if (itemsOf(shard).length > capacity) throw noRoom(io);
  for (let shard = 0; shard < shards; shard++) {
    const items = itemsOf(shard);
    // Without a score rule none were read.
    const own = scores.length === 0 ? scores : asWords(pickRows(asBytes(scores), items, { stride: 4 }));
    yield { digests: pickRows(digests, items, { stride: HASH_BYTES }), items, scores: own };
  }
}

/** Digests under the run id, H(sid, local digest): equal items of two runs have nothing in common. */
export const runDigestJob: Job<{ readonly digests: Uint8Array; readonly sid: Uint8Array }, Uint8Array> = defineJob(
  'items/run-digest',
  ({ digests, sid }): Steps<Uint8Array> => runHash(sid).digests(digests),
);

function runHash(sid: Uint8Array): RecordHash {
  return new RecordHash('item', { widths: [HASH_BYTES], context: [sid], blake2s: blake2sKernel() });
}

/** The shard of each item. */
export const shardNumberJob: Job<
  { readonly digests: Uint8Array; readonly sid: Uint8Array; readonly shards: number },
  Uint16Array
> = defineJob('items/shard-number', function* ({ digests, sid, shards }): Steps<Uint16Array> {
  const shardOf = new Uint16Array(digests.length / HASH_BYTES);
  yield* runHash(sid).batches([digests], (hashes, from) => {
    const words = asWords(hashes);
    // Bytes 24..31 choose the shard; a table's positions come from bytes 0..23.
    for (let k = 0; 8 * k < words.length; k++) {
      shardOf[from + k] = uniformIndex(words[8 * k + 6], words[8 * k + 7], shards);
    }
  });
  return shardOf;
});

interface ShardOrder {
  /** All items, those of each shard together and ascending. */
  readonly order: Uint32Array;
  /** Where each shard ends in `order`. */
  readonly ends: Uint32Array;
}

export const shardOrderJob: Job<{ readonly shardOf: Uint16Array; readonly shards: number }, ShardOrder> = defineJob(
  'items/shard-order',
  function* ({ shardOf, shards }): Steps<ShardOrder> {
    const ends = new Uint32Array(shards);
    for (const shard of shardOf) ends[shard]++;
    countsToPlaces(ends);
    yield;
    const order = new Uint32Array(shardOf.length);
    for (const [from, to] of ranges(shardOf.length, ITEMS_PER_STEP)) {
      place(shardOf, { order, ends }, from, to);
      yield;
    }
    return { order, ends };
  },
  { inPlace: () => true },
);

/** Puts items `from` to `to` behind those of their shards that are there. */
function place(shardOf: Uint16Array, { order, ends }: ShardOrder, from: number, to: number): void {
  for (let item = from; item < to; item++) order[ends[shardOf[item]]++] = item;
}

export function noRoom({ phase, self }: ShardIo): InternalError {
  return new InternalError('Cannot run: a shard has no room, with the probability that the report states', {
    code: 'table-full',
    phase,
    party: self,
    remedy: 'start a new run',
  });
}
