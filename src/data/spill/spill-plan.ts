/** What a list on disk takes: estimated, and refused with numbers, before a row is read. */
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { UsageError } from '../../errors.ts';
import { BUCKET_BUFFER_BYTES, MAX_BUCKETS } from './bucket-files.ts';

export interface SpillSize {
  /** Rows at most, as far as that is known before. */
  readonly rows: number;
  /** Bytes of a record. */
  readonly recordBytes: number;
  /** Memory that may be used besides what the process has already; undefined means `DEFAULT_SPILL_MEMORY`. */
  readonly memoryBytes?: number | undefined;
  /** Time that the work may take; undefined means any. */
  readonly deadlineMs?: number | undefined;
}

export interface SpillPlan {
  /** A power of two. */
  readonly buckets: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly seconds: number;
}

export const DEFAULT_SPILL_MEMORY: number = 512 * 2 ** 20;

/** A bucket that is joined: the file, the same decrypted, in columns, as an index of its digests, and as its result. */
const COPIES = 6;
const FEWEST_BUCKETS = 16;
/** Places of rows are 32-bit words. */
const MAX_ROWS = 0xffff_ffff;
/** Digests spread evenly: in 1,024 buckets of 2^17 records none has a tenth more but with probability below 2^-900. */
const UNEVEN = 1.1;
/** Reading, rules, hashing, writing and joining: 10^8 rows of CSV took 2.9 us each (2026-11, 2-core server), doubled. */
const SECONDS_PER_ROW = 6e-6;
/** A disk that is filled to the last byte stops other programs. */
const DISK_LEFT = 256 * 2 ** 20;

/** @throws UsageError `resource-limit`, with numbers, where memory or time are too little */
export function planSpill(size: SpillSize): SpillPlan {
  const { rows, recordBytes, memoryBytes: allowed = DEFAULT_SPILL_MEMORY, deadlineMs } = size;
  if (rows > MAX_ROWS) throw tooLarge(`${rows} rows are more than can be counted`, 'split the list');
  const diskBytes = rows * recordBytes;
  const seconds = Math.ceil(rows * SECONDS_PER_ROW);
  if (deadlineMs !== undefined && seconds * 1000 > deadlineMs) {
    const state = `${rows} rows take about ${seconds} seconds, and ${Math.floor(deadlineMs / 1000)} are allowed`;
    throw tooLarge(state, 'allow more time, or split the list');
  }
  let buckets = FEWEST_BUCKETS;
  const memoryOf = (count: number): number =>
    count * BUCKET_BUFFER_BYTES + Math.ceil(((UNEVEN * rows) / count) * recordBytes * COPIES);
  // More buckets are smaller ones, up to where their buffers take more than they save.
  while (buckets < MAX_BUCKETS && memoryOf(2 * buckets) < memoryOf(buckets)) buckets *= 2;
  const least = memoryOf(buckets);
  while (buckets > FEWEST_BUCKETS && memoryOf(buckets / 2) <= allowed / 4) buckets /= 2;
  const memoryBytes = memoryOf(buckets);
  if (memoryBytes > allowed) {
    const state = `${rows} rows take ${megabytes(least)} MB of memory, and ${megabytes(allowed)} MB are allowed`;
    throw tooLarge(state, 'allow more memory, or split the list');
  }
  return { buckets, memoryBytes, diskBytes, seconds };
}

/** What the machine has, as far as it matters here. */
export interface Machine {
  /** Bytes that this process may have in all, by the limit of its group or the size of memory. */
  readonly memoryBytes: number;
  /** Bytes that it has. */
  readonly usedBytes: number;
  /** Bytes free on the disk of a folder. */
  freeBytes(folder: string): Promise<number>;
}

export const thisMachine: Machine = {
  get memoryBytes() {
    // Above what there is, or 0, where no group limits it.
    const limit = process.constrainedMemory();
    return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  },
  get usedBytes() {
    return process.memoryUsage.rss();
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** @throws UsageError `resource-limit`, with numbers, where this machine has too little for the plan */
export async function requireRoom(plan: SpillPlan, folder: string, machine: Machine = thisMachine): Promise<void> {
  const memoryLeft = machine.memoryBytes - machine.usedBytes;
  if (plan.memoryBytes > memoryLeft) {
    const state = `it takes ${megabytes(plan.memoryBytes)} MB of memory, and ${megabytes(Math.max(0, memoryLeft))} MB are left`;
    throw tooLarge(state, 'give this process more memory, or split the list');
  }
  const free = await machine.freeBytes(folder);
  if (plan.diskBytes + DISK_LEFT > free) {
    const state = `it takes ${megabytes(plan.diskBytes)} MB in ${folder}, where ${megabytes(free)} MB are free`;
    throw tooLarge(state, 'free space on its disk, or name a folder on another one');
  }
}

/** When more rows come than a plan was made for. */
export function moreThanPlanned(rows: number): UsageError {
  return new UsageError(`Cannot keep rows on disk: more came than the ${rows} that room was planned for`, {
    code: 'resource-limit',
    phase: 'input',
    remedy: 'start again when the list does not change, or split it',
  });
}

function tooLarge(state: string, remedy: string): UsageError {
  return new UsageError(`Cannot keep rows on disk: ${state}`, { code: 'resource-limit', phase: 'input', remedy });
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
