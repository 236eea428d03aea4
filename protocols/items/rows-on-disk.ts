/**
 * A list on disk: rows as digests by bucket, joined to distinct items one bucket at a time; under a run id they are written
 * again by shard, and read shard by shard. In memory are four bytes a row, and a bucket or a shard.
 */
import { asBytes, concatBytes, firstIntegers } from '../../src/crypto/bytes.ts';
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import { UsageError } from '../../src/errors.ts';
import type { ListDisk, ListFile } from '../../src/kit/list-disk.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';
import { type DigestedRows, DistinctItems, type ItemSet, type ReadOptions, tooMany } from './distinct-items.ts';
import type { ItemList, ShardIo, ShardItems, ShardOptions } from './item-list.ts';
import { partsJob } from './list-root.ts';
import { noRoom, shardNumberJob } from './shards.ts';

/** Rows at most, for each account that the list may have: some lists repeat theirs, and room is planned before the first. */
const ROWS_PER_ITEM = 4;
/** Place in the list, number that the source gives to the row, score. */
const ROW_COLUMNS = 3;
/** Item of the list, score. */
const ITEM_COLUMNS = 2;

/** One bucket of a list. */
interface BucketItems extends ItemSet {
  /** Of each row of the bucket, its place in the list. */
  readonly places: Uint32Array;
}

export class RowsOnDisk {
  readonly #file: ListFile;
  readonly #disk: ListDisk;
  readonly #options: ReadOptions;
  readonly #context: PrepareContext;
  #rows = 0;

  private constructor(file: ListFile, disk: ListDisk, options: ReadOptions, context: PrepareContext) {
    this.#file = file;
    this.#disk = disk;
    this.#options = options;
    this.#context = context;
  }

  /** @throws UsageError `resource-limit`, with numbers, where the disk has no room */
  static async open(disk: ListDisk, options: ReadOptions, context: PrepareContext): Promise<RowsOnDisk> {
    const file = await disk.open({ rows: ROWS_PER_ITEM * options.capacity, columns: ROW_COLUMNS });
    return new RowsOnDisk(file, disk, options, context);
  }

  roomFor(rowCount: number): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(rowCount * HASH_BYTES));
  }

  async add({ digests, scores, rowNumbers }: DigestedRows): Promise<void> {
    const places = firstIntegers(digests.length / HASH_BYTES, this.#rows);
    this.#rows += places.length;
    if (this.#rows > ROWS_PER_ITEM * this.#options.capacity) throw tooManyRows(this.#options, this.#context);
    await this.#file.add({ digests, columns: [places, rowNumbers, scores ?? new Uint32Array(places.length)] });
  }

  /** All rows are there. @throws UsageError `malformed-row`, `duplicate-item`, `too-many-items` */
  async list(): Promise<ItemList> {
    const { compute, signal } = this.#context;
    const itemOfRow = new Uint32Array(this.#rows);
    const hashes: Uint8Array[] = [];
    /** The number of each bucket's first item. */
    const firstItems: number[] = [];
    let count = 0;
    for (let number = 0; number < this.#file.buckets; number++) {
      signal.throwIfAborted();
      const bucket = await this.#bucket(number);
      for (let k = 0; k < bucket.places.length; k++) itemOfRow[bucket.places[k]] = count + bucket.itemOfRow[k];
      firstItems.push(count);
      count += bucket.digests.length / HASH_BYTES;
      if (count > this.#options.capacity) throw tooMany(this.#options, this.#context);
      hashes.push(await compute.run(partsJob, { parts: [bucket.digests, asBytes(bucket.scores)] }, signal));
    }
    return {
      count,
      itemOfRow,
      hashes: concatBytes(...hashes),
      shards: (io, options) => this.#shards(io, { ...options, count, firstItems }),
      close: () => this.close(),
    };
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Its items, numbered within it. */
  async #bucket(number: number): Promise<BucketItems> {
    const { digests, columns } = await this.#file.read(number);
    const [places, numbers, scores] = columns;
    // Room for what is added at once; a bucket is never looked at by another rule than a whole list.
    const items = new DistinctItems(2 * Math.max(1, places.length), this.#options, this.#context);
    await items.roomFor(places.length);
    items.add({ digests, scores, rowNumbers: numbers });
    return { ...(await items.items()), places };
  }

  async *#shards(
    io: ShardIo,
    {
      shards,
      capacity,
      count,
      firstItems,
    }: ShardOptions & { readonly count: number; readonly firstItems: readonly number[] },
  ): AsyncGenerator<ShardItems> {
    const cut = await this.#disk.open({ rows: count, columns: ITEM_COLUMNS, buckets: shards });
    try {
      const sizes = new Uint32Array(shards);
      for (const [number, first] of firstItems.entries()) {
        const { digests, scores } = await this.#bucket(number);
        const items = firstIntegers(digests.length / HASH_BYTES, first);
        const shardOf = await io.compute(shardNumberJob, { digests, sid: io.sid, shards });
        for (const shard of shardOf) sizes[shard]++;
        const own = scores.length === 0 ? new Uint32Array(items.length) : scores;
        await cut.add({ digests, columns: [items, own] }, shardOf);
      }
      if (sizes.some((size) => size > capacity)) throw noRoom(io);
      for (let shard = 0; shard < shards; shard++) {
        const { digests, columns } = await cut.read(shard);
        const [items, scores] = columns;
        yield { digests, items, scores: this.#options.maxScore === undefined ? new Uint32Array(0) : scores };
      }
    } finally {
      await cut.close();
    }
  }
}

function tooManyRows({ capacity }: ReadOptions, { self }: PrepareContext): UsageError {
  const rows = ROWS_PER_ITEM * capacity;
  return new UsageError(`Cannot use list: more than ${rows} rows, for the declared ${capacity} different accounts`, {
    code: 'resource-limit',
    phase: 'input',
    party: self,
    remedy: 'leave out rows that repeat an account, or agree on a larger size bucket',
  });
}
