/**
 * A list cut into shards by a hash of its items under the run id: the same shard at every party, and none that anybody
 * could choose items for. One shard at a time, so that besides the list only that is in memory.
 */
import { asBytes, asWords, firstIntegers } from '../../src/crypto/bytes.ts';
import { countsToPlaces } from '../../src/crypto/counting-places.ts';
import { NONCE_BYTES } from '../../src/crypto/chacha20.ts';
import { HASH_BYTES, hashTuple } from '../../src/crypto/hash.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { uniformIndex } from '../../src/crypto/uniform-index.ts';
import { InternalError } from '../../src/errors.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { ItemSet } from './distinct-items.ts';
import type { ShardIo, ShardItems, ShardOptions } from './item-list.ts';

/** A job has a copy of its input. */
const ITEMS_PER_JOB: number = 2 ** 18;
const ITEMS_PER_STEP = 65_536;
/** Bytes of digests between two pauses: some milliseconds of the plain reference, far below one with a kernel. */
const BYTES_PER_STEP: number = 1024 * HASH_BYTES;

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
  function* ({ digests, sid }): Steps<Uint8Array> {
    const out = new Uint8Array(digests.length);
    const underRun = runHash(sid);
    for (const [from, to] of ranges(digests.length, BYTES_PER_STEP)) {
      underRun(out.subarray(from, to), digests.subarray(from, to));
      yield;
    }
    return out;
  },
);

/**
 * Of local digests, as many to `out`: the first half of the ChaCha block of 8 rounds whose key is the local digest, whose counter is 0
 * and whose nonce is a hash of `sid`. Local digests are hashes of names, and `sid` is drawn when lists are fixed, so nobody chooses
 * either; what a digest is for is to differ where items do, in all its parts. It hides nothing, and stays where it was made.
 */
function runHash(sid: Uint8Array): (out: Uint8Array, digests: Uint8Array) => void {
  const nonce = hashTuple('run-digest', sid).subarray(0, NONCE_BYTES);
  const chacha20 = chacha20Kernel();
  return (out, keys) => chacha20.digestsInto(out, { keys, nonce, counter: 0 });
}

/** The shard of each item. */
export const shardNumberJob: Job<
  { readonly digests: Uint8Array; readonly sid: Uint8Array; readonly shards: number },
  Uint16Array
> = defineJob('items/shard-number', function* ({ digests, sid, shards }): Steps<Uint16Array> {
  const shardOf = new Uint16Array(digests.length / HASH_BYTES);
  const underRun = runHash(sid);
  const batch = new Uint8Array(Math.min(digests.length, BYTES_PER_STEP));
  const words = asWords(batch);
  for (const [from, to] of ranges(digests.length, BYTES_PER_STEP)) {
    underRun(batch.subarray(0, to - from), digests.subarray(from, to));
    // Bytes 24..31 choose the shard; a table's positions come from bytes 0..23.
    for (let k = 0; HASH_BYTES * k < to - from; k++) {
      shardOf[from / HASH_BYTES + k] = uniformIndex(words[8 * k + 6], words[8 * k + 7], shards);
    }
    yield;
  }
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
