/** Reading the own input: accounts to distinct digests, scores joined by policy. */
import { asWords, firstIntegers } from '../../src/crypto/bytes.ts';
import { DigestIndex } from '../../src/crypto/digest-index.ts';
import { HASH_BYTES, hashTuple, RecordHash } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { stringDigests } from '../../src/crypto/string-digests.ts';
import { uniformIndex } from '../../src/crypto/uniform-index.ts';
import { UsageError } from '../../src/errors.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';
import { bucketFor } from './buckets.ts';

/** One bounded batch of rows: canonical account names, and scores at a contributor. */
export interface AccountRows {
  readonly accounts: readonly string[];
  readonly scores?: Uint32Array;
  /** Which row of the source each is, for errors; undefined: counted from 1. */
  readonly rows?: readonly number[];
}

/** Rows as a stream: only one batch is held at a time. */
export type AccountSource = AsyncIterable<AccountRows> | Iterable<AccountRows>;

/** Distinct items of one party. Digests are local: they never leave without the run id hashed in. */
export interface ItemSet {
  /** n x 32. */
  readonly digests: Uint8Array;
  /** One per item; empty at the asker. */
  readonly scores: Uint32Array;
  /** The item of each input row, in the order of the source. */
  readonly itemOfRow: Uint32Array;
}

/** How several rows of one account that carry scores become one item. Rows without scores share their item as they are. */
export type DuplicatePolicy = 'first' | 'max' | 'sum' | 'reject';

/** Longest canonical account name: IBAN and card numbers are below 40 characters. */
const MAX_ACCOUNT_CHARACTERS = 128;
/** Rows that one job digests; a source may give larger batches. */
const ROWS_PER_JOB = 4096;
/** Room for distinct items at the start, 40 MB of addresses at most: what is not used is never touched. */
const FIRST_CAPACITY: number = 2 ** 20;

export interface ReadOptions {
  /** Largest allowed score, or undefined where the rows have none. */
  readonly maxScore: number | undefined;
  readonly duplicates: DuplicatePolicy;
  /** The declared bucket: more distinct items are refused. */
  readonly capacity: number;
}

/** @throws UsageError `malformed-row`, `duplicate-item`, `too-many-items`; texts give the row, never its content */
export async function readItems(
  source: AccountSource,
  options: ReadOptions,
  context: PrepareContext,
): Promise<ItemSet> {
  const index = new DigestIndex(Math.min(bucketFor(options.capacity), FIRST_CAPACITY));
  const rows = new GrowingWords();
  const scores = new GrowingWords();
  for await (const batch of source) {
    context.signal.throwIfAborted();
    const firstRow = rows.length;
    const rowNumber = (at: number): number => batch.rows?.[at] ?? firstRow + at + 1;
    for (let from = 0; from < batch.accounts.length; from += ROWS_PER_JOB) {
      const accounts = batch.accounts.slice(from, from + ROWS_PER_JOB);
      checkRows(accounts, batch.scores?.subarray(from, from + ROWS_PER_JOB), {
        rowNumber: (k) => rowNumber(from + k),
        ...options,
      });
      const digests = await context.compute.run(digestJob, { accounts }, context.signal);
      const items = index.addAll(digests);
      rows.append(items);
      if (options.maxScore !== undefined) {
        const own = batch.scores?.subarray(from, from + ROWS_PER_JOB) ?? new Uint32Array(items.length);
        joinAll(scores, items, own, { rowNumber: (k) => rowNumber(from + k), ...options });
      }
      if (index.size > options.capacity) {
        throw new UsageError(`Cannot use list: more than the declared ${options.capacity} different accounts`, {
          code: 'too-many-items',
          phase: 'input',
          party: context.self,
          remedy: 'agree on a larger size bucket, or split the list',
        });
      }
    }
  }
  return { digests: index.digests(), scores: scores.values(), itemOfRow: rows.values() };
}

interface NumberedRows extends ReadOptions {
  readonly rowNumber: (k: number) => number;
}

/** The scores of a batch's rows, joined to those of their items. */
function joinAll(scores: GrowingWords, items: Uint32Array, own: Uint32Array, options: NumberedRows): void {
  for (let k = 0; k < items.length; k++) {
    const item = items[k];
    if (item === scores.length) scores.push(own[k]);
    else scores.set(item, joinScores(scores.get(item), own[k], options.rowNumber(k), options));
  }
}

function checkRows(
  accounts: readonly string[],
  scores: Uint32Array | undefined,
  { rowNumber, maxScore }: NumberedRows,
): void {
  for (let k = 0; k < accounts.length; k++) {
    if (accounts[k].length === 0 || accounts[k].length > MAX_ACCOUNT_CHARACTERS) {
      throw malformed(rowNumber(k), 'the account is empty or too long');
    }
    if (maxScore !== undefined && (scores === undefined || k >= scores.length || scores[k] > maxScore)) {
      throw malformed(rowNumber(k), `the score is missing or above ${maxScore}`);
    }
  }
}

function malformed(row: number, what: string): UsageError {
  return new UsageError(`Cannot read list: row ${row}: ${what}`, {
    code: 'malformed-row',
    phase: 'input',
    remedy: 'correct the row in the source; nothing was sent',
  });
}

function joinScores(before: number, score: number, row: number, { duplicates, maxScore = 0 }: ReadOptions): number {
  switch (duplicates) {
    case 'first':
      return before;
    case 'max':
      return Math.max(before, score);
    case 'sum':
      if (before + score > maxScore) throw malformed(row, `the account's scores sum up to more than ${maxScore}`);
      return before + score;
    case 'reject':
      throw new UsageError(`Cannot read list: row ${row} repeats an account`, {
        code: 'duplicate-item',
        phase: 'input',
        remedy: "remove the repetition, or choose the duplicate policy 'first', 'max' or 'sum'",
      });
    default:
      return duplicates satisfies never;
  }
}

/** Local digests, n x 32: BLAKE2s-256 of each account's UTF-8 bytes. */
export const digestJob: Job<{ readonly accounts: readonly string[] }, Uint8Array> = defineJob(
  'items/digest',
  function* ({ accounts }): Steps<Uint8Array> {
    return yield* stringDigests(accounts, { key: hashTuple('account'), blake2s: blake2sKernel() });
  },
);

/** The items of one shard: run digests H(sid, local digest), and which item each is. */
export interface ShardItems {
  /** k x 32. */
  readonly digests: Uint8Array;
  readonly items: Uint32Array;
}

/** Distributes items over shards by their digest under the run id: the same shard at every party. */
export const shardJob: Job<
  { readonly digests: Uint8Array; readonly sid: Uint8Array; readonly shards: number },
  readonly ShardItems[]
> = defineJob('items/shard', function* ({ digests, sid, shards }): Steps<readonly ShardItems[]> {
  const hash = new RecordHash('item', { widths: [HASH_BYTES], context: [sid], blake2s: blake2sKernel() });
  const underRun = yield* hash.digests(digests);
  const count = digests.length / HASH_BYTES;
  if (shards === 1) return [{ digests: underRun, items: firstIntegers(count) }];
  const shardOf = new Uint16Array(count);
  const sizes = new Uint32Array(shards);
  const words = asWords(underRun);
  for (let i = 0; i < count; i++) {
    // Bytes 24..31 choose the shard; the table's positions come from bytes 0..23.
    shardOf[i] = uniformIndex(words[8 * i + 6], words[8 * i + 7], shards);
    sizes[shardOf[i]]++;
    if (i % 4096 === 4095) yield;
  }
  const out = Array.from(sizes, (size) => ({
    digests: new Uint8Array(size * HASH_BYTES),
    items: new Uint32Array(size),
  }));
  const filled = new Uint32Array(shards);
  for (let i = 0; i < count; i++) {
    const shard = out[shardOf[i]];
    const at = filled[shardOf[i]]++;
    shard.digests.set(underRun.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), at * HASH_BYTES);
    shard.items[at] = i;
    if (i % 4096 === 4095) yield;
  }
  return out;
});

/** A list of 32-bit words that grows. */
class GrowingWords {
  #words = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    this.#reserve(1);
    this.#words[this.length++] = value;
  }

  append(values: Uint32Array): void {
    this.#reserve(values.length);
    this.#words.set(values, this.length);
    this.length += values.length;
  }

  #reserve(count: number): void {
    let room = this.#words.length;
    while (room < this.length + count) room *= 2;
    if (room === this.#words.length) return;
    const grown = new Uint32Array(room);
    grown.set(this.#words);
    this.#words = grown;
  }

  get(index: number): number {
    return this.#words[index];
  }

  set(index: number, value: number): void {
    this.#words[index] = value;
  }

  values(): Uint32Array {
    return this.#words.slice(0, this.length);
  }
}
