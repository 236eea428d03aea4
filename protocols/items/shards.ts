/**
 * A list cut into shards by a hash of its items under the run id: the same shard at every party, and none that anybody
 * could choose items for. One shard at a time, so that besides the list only that is in memory.
 */
import { asBytes, asWords, firstIntegers } from '../../src/crypto/bytes.ts';
import { NONCE_BYTES } from '../../src/crypto/chacha20.ts';
import { countsToPlaces } from '../../src/crypto/counting-places.ts';
import { HASH_BYTES, hashTuple } from '../../src/crypto/hash.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import { wiping } from '../../src/crypto/secrets.ts';
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
 * Writes the digest under the run id of each local digest to `out`: the first half of the ChaCha block of 8 rounds whose key is the local
 * digest, whose counter is 0, and whose nonce is the first 12 bytes of the tuple hash of `run-digest` and `sid`. Nothing is hidden by it, and
 * it stays where it was made. README.md says what is assumed of it.
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
> = defineJob('items/shard-number', ({ digests, sid, shards }) =>
  wiping(function* (secrets): Steps<Uint16Array> {
    const shardOf = new Uint16Array(digests.length / HASH_BYTES);
    const underRun = runHash(sid);
    const batch = secrets.hold(new Uint8Array(Math.min(digests.length, BYTES_PER_STEP)));
    for (const [from, to] of ranges(digests.length, BYTES_PER_STEP)) {
      const hashes = batch.subarray(0, to - from);
      underRun(hashes, digests.subarray(from, to));
      numberShards(shardOf.subarray(from / HASH_BYTES, to / HASH_BYTES), asWords(hashes), shards);
      yield;
    }
    return shardOf;
  }),
);

/** Bytes 24..31 of a digest choose the shard; a table's positions come from bytes 0..23. */
function numberShards(shardOf: Uint16Array, hashes: Uint32Array, shards: number): void {
  for (let k = 0, at = 0; k < shardOf.length; k++, at += HASH_BYTES / 4) {
    shardOf[k] = uniformIndex(hashes[at + 6], hashes[at + 7], shards);
  }
}

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
