/**
 * A list that need not fit in memory: rows of a source as digests in files by bucket, joined to distinct accounts one
 * bucket at a time. Memory is bounded by the plan, whatever the number of rows; what a row is takes 44 bytes on disk.
 */
import { DigestIndex } from '../../crypto/digest-index.ts';
import type { Rng } from '../../crypto/rng.ts';
import { finish } from '../../crypto/steps.ts';
import { accountDigests } from '../account-digests.ts';
import type { DuplicatePolicy } from '../account-tally.ts';
import { LARGEST_SCORE } from '../cells.ts';
import type { AccountBatch, Source } from '../source.ts';
import { BucketFiles, type BucketRecords, DIGEST_WORDS } from './bucket-files.ts';
import type { SpillFolder } from './spill-folder.ts';
import { type Machine, moreThanPlanned, planSpill, requireRoom } from './spill-plan.ts';

export interface SpillOptions {
  readonly folder: SpillFolder;
  /** Tells several lists of one folder apart. */
  readonly name: string;
  readonly rng: Rng;
  /** Of the digests: 1 to 32 bytes. Lists that are compared have the same one. */
  readonly digestKey: Uint8Array;
  /** Rows at most: what memory and disk are planned for. */
  readonly rows: number;
  /** What several rows of one account mean where rows have scores; undefined: they share their item. */
  readonly duplicates?: DuplicatePolicy | undefined;
  /** Of a sum; undefined means 2^32 - 1. */
  readonly maxScore?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** undefined means the machine that this runs on. */
  readonly machine?: Machine | undefined;
}

/** Distinct accounts of one bucket, in the order in which they first came. */
export interface SpilledItems {
  /** n x 32. */
  readonly digests: Uint8Array;
  /** Joined by the policy; zeros where the source has none. */
  readonly scores: Uint32Array;
  /** Of each row of this bucket, in their order: which of these items it is, and its place in the list, from 0. */
  readonly itemOfRow: Uint32Array;
  readonly places: Uint32Array;
  /** Rows that repeat an account, and those from which on the sum of its scores is too large, as the source numbers them. */
  readonly repeated: readonly number[];
  readonly tooLarge: readonly number[];
}

/** Rows of one kind: how many, and the first of them. */
export interface FoundRows {
  readonly count: number;
  readonly first: readonly number[];
}

export interface SpillSurvey {
  readonly distinct: number;
  readonly repeated: FoundRows;
  readonly tooLarge: FoundRows;
}

/** Place in the list, number that the source gives to the row, score. */
const COLUMNS = 3;
const RECORD_BYTES = 4 * (DIGEST_WORDS + COLUMNS);
const ROWS_NAMED = 10;

export class SpilledList {
  readonly #files: BucketFiles;
  readonly #options: SpillOptions;

  private constructor(files: BucketFiles, options: SpillOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** An empty list. @throws UsageError `resource-limit`, with numbers, where memory, disk or time are too little */
  static async open(options: SpillOptions): Promise<SpilledList> {
    const { folder, name, rng, rows, memoryBytes, deadlineMs, machine } = options;
    const plan = planSpill({ rows, recordBytes: RECORD_BYTES, memoryBytes, deadlineMs });
    await requireRoom(plan, folder.path, machine);
    const { buckets } = plan;
    return new SpilledList(new BucketFiles({ folder: folder.path, name, buckets, columns: COLUMNS, rng }), options);
  }

  /** All rows of a source. @throws also what the source throws */
  static async of(source: Source, options: SpillOptions): Promise<SpilledList> {
    const list = await SpilledList.open(options);
    try {
      for await (const batch of source) await list.add(batch);
      return list;
    } catch (error) {
      await list.close();
      throw error;
    }
  }

  get rows(): number {
    return this.#files.records;
  }

  get buckets(): number {
    return this.#files.buckets;
  }

  /** What accounts are hashed under. */
  get digestKey(): Uint8Array {
    return this.#options.digestKey;
  }

  /** Not after the first look at a bucket. @throws UsageError `resource-limit` where more come than planned, or the disk is full */
  async add({ accounts, scores, rows }: AccountBatch): Promise<void> {
    const { signal, digestKey: key, rows: planned } = this.#options;
    signal?.throwIfAborted();
    const before = this.rows;
    if (before + accounts.length > planned) throw moreThanPlanned(planned);
    const places = Uint32Array.from(accounts, (_, k) => before + k);
    await this.#files.add({
      digests: finish(accountDigests(accounts, key)),
      columns: [
        places,
        rows === undefined ? places.map((place) => place + 1) : Uint32Array.from(rows),
        scores ?? new Uint32Array(accounts.length),
      ],
    });
  }

  /** @throws UsageError `unreadable-source` where the files were damaged */
  async bucket(number: number): Promise<SpilledItems> {
    this.#options.signal?.throwIfAborted();
    return joined(await this.#files.read(number), this.#options);
  }

  /** Goes through all buckets, and says what a report or a refusal needs. */
  async survey(): Promise<SpillSurvey> {
    let distinct = 0;
    const repeated = new RowsFound();
    const tooLarge = new RowsFound();
    for (let number = 0; number < this.buckets; number++) {
      const items = await this.bucket(number);
      distinct += items.scores.length;
      repeated.add(items.repeated);
      tooLarge.add(items.tooLarge);
    }
    return { distinct, repeated, tooLarge };
  }

  /** Nothing can be read any more; the files go with their folder. */
  close(): Promise<void> {
    return this.#files.close();
  }
}

class RowsFound implements FoundRows {
  count = 0;
  first: readonly number[] = [];

  add(rows: readonly number[]): void {
    this.count += rows.length;
    const candidates = [...this.first, ...rows.slice(0, ROWS_NAMED)];
    this.first = candidates.sort((a, b) => a - b).slice(0, ROWS_NAMED);
  }
}

function joined(
  { digests, columns: [places, sourceRows, rowScores] }: BucketRecords,
  { duplicates, maxScore = LARGEST_SCORE }: SpillOptions,
): SpilledItems {
  const index = new DigestIndex(capacityFor(rowScores.length));
  const itemOfRow = index.addAll(digests);
  const scores = new Uint32Array(index.size);
  const repeated: number[] = [];
  const tooLarge: number[] = [];
  let known = 0;
  for (let k = 0; k < itemOfRow.length; k++) {
    const item = itemOfRow[k];
    if (item === known) {
      scores[known++] = rowScores[k];
      continue;
    }
    repeated.push(sourceRows[k]);
    if (duplicates === 'max') scores[item] = Math.max(scores[item], rowScores[k]);
    if (duplicates !== 'sum') continue;
    const sum = Math.min(scores[item] + rowScores[k], LARGEST_SCORE);
    if (scores[item] <= maxScore && sum > maxScore) tooLarge.push(sourceRows[k]);
    scores[item] = sum;
  }
  return { digests: index.digests(), scores, itemOfRow, places, repeated, tooLarge };
}

/** A power of two: the index has room for all records and never grows. */
function capacityFor(records: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, records)));
}
