/** Reading the own input: accounts to distinct digests, scores joined by policy. */
import { firstIntegers } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { stringDigestsInto } from '../../src/crypto/string-digests.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';
import { bucketFor } from './buckets.ts';
import { RowsOnDisk } from './rows-on-disk.ts';
import { type ItemList, listInMemory } from './item-list.ts';
import { type DigestedRows, DistinctItems, type ItemSet, malformed, type ReadOptions } from './distinct-items.ts';

/** One bounded batch of rows: canonical account names, and scores at a contributor. */
export interface AccountRows {
  readonly accounts: readonly string[];
  readonly scores?: Uint32Array;
  /** Which row of the source each is, for errors; undefined: counted from 1. */
  readonly rows?: readonly number[];
}

/** Rows as a stream: only one batch is held at a time. */
export type AccountSource = AsyncIterable<AccountRows> | Iterable<AccountRows>;

/** Longest canonical account name: IBAN and card numbers are below 40 characters. */
const MAX_ACCOUNT_CHARACTERS = 128;
/** Rows that one job digests; a source may give larger batches. */
const ROWS_PER_JOB = 4096;
/** Room for rows at the start, 32 MB of addresses at most: what is not used is never touched. */
const FIRST_CAPACITY: number = 2 ** 20;
/** Tells digests of accounts from other BLAKE2s hashes. */
const ACCOUNT_KEY: Uint8Array = hashTuple('account');

/**
 * A list of one party, in memory or, where there may be more of it than that is to hold, on disk. @throws as `readItems`,
 * and UsageError `resource-limit`, with numbers, where the disk has no room or an account of a long list stands there more
 * than four times on average
 */
export async function readList(
  source: AccountSource,
  options: ReadOptions,
  context: PrepareContext,
): Promise<ItemList> {
  const { disk } = context;
  if (disk === undefined || options.capacity <= disk.above) {
    return await listInMemory(await readItems(source, options, context), context);
  }
  const rows = await RowsOnDisk.open(disk, options, context);
  try {
    await readRows(source, rows, { maxScore: options.maxScore, context });
    return await rows.list();
  } catch (error) {
    await rows.close();
    throw error;
  }
}

/** @throws UsageError `malformed-row`, `duplicate-item`, `too-many-items`; texts give the row, never its content */
export async function readItems(
  source: AccountSource,
  options: ReadOptions,
  context: PrepareContext,
): Promise<ItemSet> {
  const room = Math.max(2 * ROWS_PER_JOB, Math.min(bucketFor(options.capacity), FIRST_CAPACITY));
  const list = new DistinctItems(room, options, context);
  await readRows(source, list, { maxScore: options.maxScore, context });
  return await list.items();
}

/** Takes rows batch by batch. */
interface RowSink {
  /** Where the digests of the next rows go. */
  roomFor(rowCount: number): Promise<Uint8Array>;
  /** Rows that `roomFor` was asked for; their digests may lie there already. */
  add(rows: DigestedRows): Promise<void> | void;
}

async function readRows(
  source: AccountSource,
  list: RowSink,
  { maxScore, context }: Pick<ReadOptions, 'maxScore'> & { readonly context: PrepareContext },
): Promise<void> {
  let rowCount = 0;
  for await (const batch of source) {
    context.signal.throwIfAborted();
    const firstRow = rowCount;
    for (let from = 0; from < batch.accounts.length; from += ROWS_PER_JOB) {
      const accounts = batch.accounts.slice(from, from + ROWS_PER_JOB);
      const scores = batch.scores?.subarray(from, from + ROWS_PER_JOB);
      const rowNumbers = numbersOf(batch, { from, count: accounts.length, firstRow });
      checkRows(accounts, { scores, rowNumbers }, maxScore);
      const into = await list.roomFor(accounts.length);
      const digests = await context.compute.run(digestJob, { accounts, into }, context.signal);
      await list.add({ digests, scores, rowNumbers });
    }
    rowCount += batch.accounts.length;
  }
}

/** The numbers of `count` rows of a batch from row `from` of it on; `firstRow` rows lie before it. */
function numbersOf(
  { rows }: AccountRows,
  { from, count, firstRow }: { readonly from: number; readonly count: number; readonly firstRow: number },
): Uint32Array {
  const numbers = firstIntegers(count, firstRow + from + 1);
  if (rows !== undefined) numbers.set(rows.slice(from, from + count));
  return numbers;
}

function checkRows(
  accounts: readonly string[],
  { scores, rowNumbers }: Omit<DigestedRows, 'digests'>,
  maxScore: number | undefined,
): void {
  for (let k = 0; k < accounts.length; k++) {
    if (accounts[k].length === 0 || accounts[k].length > MAX_ACCOUNT_CHARACTERS) {
      throw malformed(rowNumbers[k], 'the account is empty or too long');
    }
    if (maxScore !== undefined && (scores === undefined || k >= scores.length || scores[k] > maxScore)) {
      throw malformed(rowNumbers[k], `the score is missing or above ${maxScore}`);
    }
  }
}

export interface DigestInput {
  readonly accounts: readonly string[];
  /** n x 32: where the digests go. */
  readonly into: Uint8Array;
}

/**
 * Local digests: BLAKE2s-256 of each account's UTF-8 bytes. Gives `into`, the caller's own where the job runs in its thread:
 * a buffer for every batch would be as much garbage as the list has digests.
 */
export const digestJob: Job<DigestInput, Uint8Array> = defineJob(
  'items/digest',
  function* ({ accounts, into }): Steps<Uint8Array> {
    yield* stringDigestsInto(into, accounts, { key: ACCOUNT_KEY, blake2s: blake2sKernel() });
    return into;
  },
  // To post a name takes longer than to hash it.
  { inPlace: () => true },
);
