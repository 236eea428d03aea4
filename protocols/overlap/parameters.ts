/** Parameters of an overlap run: what both parties agree on before anything is sent. */
import { UsageError } from '../../src/errors.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { AGREED_SIZES_PER_OCTAVE, bucketFor, isBucket, MIN_BUCKET, type SizesPerOctave } from '../items/index.ts';

/**
 * Who learns what: `receiver` — the receiver, which of its accounts the holder has; `both` — the holder as well, which
 * of its accounts the receiver has; `size-only` — the receiver, how many accounts both have, and not which.
 */
export type OverlapMode = 'receiver' | 'both' | 'size-only';

/** What a contract has to say in words because the answer gives it away. */
export type OverlapDisclosure =
  | 'receiver-learns-row-level-overlap'
  | 'holder-learns-row-level-overlap'
  | 'receiver-learns-payload-columns'
  | 'receiver-learns-exact-overlap-size';

/**
 * Several rows of one account. `join`: as SQL does it — an account counts once without payload columns, and with them
 * every row of the receiver meets every row of the holder. `reject`: such a list is refused.
 */
export type OverlapDuplicatePolicy = 'join' | 'reject';

/**
 * Against whom: `semi-honest` — parties that follow the protocol and learn what they can from what they see; `malicious` —
 * also parties that do not, which end the run or get what they would from honest lists.
 */
export type OverlapSecurity = 'semi-honest' | 'malicious';

/** A column of the holder that goes to the receiver for common accounts: byte strings of 0 to `bytes` bytes. */
export interface PayloadColumn {
  readonly name: string;
  readonly bytes: number;
}

export interface OverlapParameters {
  readonly receiver: PartyId;
  readonly holder: PartyId;
  readonly mode: OverlapMode;
  /** Empty where the answer is about accounts alone. */
  readonly columns: readonly PayloadColumn[];
  readonly duplicates: OverlapDuplicatePolicy;
  /** Declared sizes, out of 32 an octave: all that the other side learns of a list. The holder's counts rows where there are columns. */
  readonly receiverBucket: number;
  readonly holderBucket: number;
  /** Rows of one message at most: a power of two. */
  readonly batchRows: number;
  /** Rows of the longer list that a shard has on average: a power of two. Up to twice as many go over in one piece. */
  readonly shardRows: number;
  /** Different accounts of a list that a party learns about, at least; an empty list is one too. */
  readonly smallestBatch: number;
  /** What evaluates the function that tags come from. */
  readonly engine: string;
  readonly security: OverlapSecurity;
  /** Days for which an answer may be used. */
  readonly ttlDays: number;
  readonly purpose: string;
  readonly acknowledged: readonly OverlapDisclosure[];
}

/** What a caller has to say; the rest has defaults. */
export interface OverlapOptions {
  readonly receiver: string;
  readonly holder: string;
  readonly mode: OverlapMode;
  /** The most different accounts of each side, for the holder the most rows where there are columns; rounded up to buckets. */
  readonly receiverItems: number;
  readonly holderItems: number;
  /** Every disclosure that the mode needs; there is no default. */
  readonly acknowledged: readonly OverlapDisclosure[];
  /** Default none. */
  readonly columns?: readonly PayloadColumn[];
  /** Default `join`. */
  readonly duplicates?: OverlapDuplicatePolicy;
  /** Default `vole`; `dh` in mode `size-only`, where only that one is, and for small buckets. */
  readonly engine?: string;
  /** Default `malicious` with engine `vole`; `semi-honest` with `dh`, which has no other. */
  readonly security?: OverlapSecurity;
  /** Default 7. */
  readonly ttlDays?: number;
  /** Default: comparison of own accounts with another institution's. */
  readonly purpose?: string;
  /** Smallest size bucket. Default 1,024; smaller ones tell more about small lists and cost less. */
  readonly smallestBucket?: number;
  /**
   * Into how many sizes an octave the numbers above are rounded up. Default 1: a list's own size then shows to a factor of
   * two. More of them cost less and tell no more where the numbers are agreed on before the lists are known.
   */
  readonly sizesPerOctave?: SizesPerOctave;
  /** Default 16,384: half a megabyte of group elements. */
  readonly batchRows?: number;
  /** Default 2^19, the most that is allowed. */
  readonly shardRows?: number;
  /** Default 32, the least that is allowed. */
  readonly smallestBatch?: number;
}

/** Different accounts of a list at least, unless it is empty: a question about a few is one about persons. */
export const MIN_OVERLAP_BATCH = 32;
/** Ten million accounts in 20 shards; what is kept of the whole list is then half a gigabyte. */
export const MAX_OVERLAP_BUCKET: number = 2 ** 24;
/**
 * CPU time for each row is the same for pieces of 2^17 to 2^20 rows. Smaller ones take less memory, but rounds and bytes of
 * their own each: at 2^19 a shard has 1.1 % of padding, and its rows and VOLE are about 2 % of bytes more than at 2^20.
 */
export const MAX_SHARD_ROWS: number = 2 ** 19;
/** Each has messages of its own. */
const MAX_SHARDS = 1024;
export const MAX_BATCH_ROWS: number = 2 ** 14;
export const MAX_COLUMNS = 8;
/** Content bytes of a row over all columns: with eight lengths a row stays near 80 bytes, a message below 1.5 MB. */
export const MAX_PAYLOAD_BYTES = 64;
const DEFAULT_SMALLEST_BUCKET = 1024;
/**
 * Rows of both buckets up to which `dh` is the default engine. Both parties' CPU in ms, dh against vole with base transfers
 * made in the run, for 64, 256 and 1,024 rows a side: 65, 115, 350 against 160, 170, 210 (with kept ones about 50, 50, 100).
 */
const MOST_DH_ROWS = 512;
const COLUMN_NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** Fills in defaults and checks. @throws UsageError `bad-parameter` that names what is wrong */
export function overlapParameters(options: OverlapOptions): OverlapParameters {
  const floor = options.smallestBucket ?? DEFAULT_SMALLEST_BUCKET;
  const receiverBucket = bucketFor(options.receiverItems, floor, options.sizesPerOctave);
  const holderBucket = bucketFor(options.holderItems, floor, options.sizesPerOctave);
  const small = receiverBucket + holderBucket <= MOST_DH_ROWS && options.security !== 'malicious';
  const engine = options.engine ?? (options.mode === 'size-only' || small ? 'dh' : 'vole');
  return checkOverlapParameters({
    receiver: partyId(options.receiver),
    holder: partyId(options.holder),
    mode: options.mode,
    columns: options.columns ?? [],
    duplicates: options.duplicates ?? 'join',
    receiverBucket,
    holderBucket,
    batchRows: options.batchRows ?? MAX_BATCH_ROWS,
    shardRows: options.shardRows ?? MAX_SHARD_ROWS,
    smallestBatch: options.smallestBatch ?? MIN_OVERLAP_BATCH,
    engine,
    security: options.security ?? (engine === 'vole' ? 'malicious' : 'semi-honest'),
    ttlDays: options.ttlDays ?? 7,
    purpose: options.purpose ?? 'comparison of own accounts with another institution’s',
    acknowledged: options.acknowledged,
  });
}

/** @throws UsageError `bad-parameter` */
export function checkOverlapParameters(parameters: OverlapParameters): OverlapParameters {
  const { receiver, holder, mode } = parameters;
  for (const name of [receiver, holder]) partyId(name);
  if (receiver === holder) refuse('one institution is on both sides', 'name two institutions');
  if (!(['receiver', 'both', 'size-only'] as const).includes(mode)) {
    refuse('unknown mode', 'use receiver, both or size-only');
  }
  if (!(['join', 'reject'] as const).includes(parameters.duplicates)) {
    refuse('unknown duplicate policy', 'use join or reject');
  }
  if (!(['semi-honest', 'malicious'] as const).includes(parameters.security)) {
    refuse('unknown security', 'use semi-honest or malicious');
  }
  checkSizes(parameters);
  if (!Number.isInteger(parameters.ttlDays) || parameters.ttlDays < 1 || parameters.ttlDays > 366) {
    refuse('lifetime of an answer out of range', 'use 1 to 366 days');
  }
  checkColumns(parameters);
  for (const disclosure of neededOverlapDisclosures(parameters)) {
    if (!parameters.acknowledged.includes(disclosure)) {
      refuse(`'${disclosure}' applies and is not acknowledged`, 'have the contract say it, or choose another mode');
    }
  }
  return Object.freeze(parameters);
}

function checkSizes(parameters: OverlapParameters): void {
  const { receiverBucket, holderBucket, batchRows, shardRows, smallestBatch } = parameters;
  const longer = Math.max(receiverBucket, holderBucket);
  for (const bucket of [receiverBucket, holderBucket]) {
    if (!isBucket(bucket, AGREED_SIZES_PER_OCTAVE) || bucket > MAX_OVERLAP_BUCKET) {
      refuse(
        'a size bucket is not one of 32 sizes an octave in range',
        `use a power of two, or 33/32 to 63/32 of one, from ${MIN_BUCKET} to ${MAX_OVERLAP_BUCKET}`,
      );
    }
  }
  if (!Number.isInteger(smallestBatch) || smallestBatch < MIN_OVERLAP_BATCH) {
    refuse('the smallest batch is out of range', `use ${MIN_OVERLAP_BATCH} accounts and more`);
  }
  // Below it a bucket would say that the list is empty.
  if (Math.min(receiverBucket, holderBucket) < smallestBatch) {
    refuse('a size bucket is below the smallest batch', 'raise the smallest bucket, or lower the smallest batch');
  }
  if (!isBucket(batchRows) || batchRows > MAX_BATCH_ROWS) {
    refuse('rows of a message are not a power of two in range', `use ${MIN_BUCKET} to ${MAX_BATCH_ROWS}`);
  }
  if (!isBucket(shardRows) || shardRows > MAX_SHARD_ROWS || longer / shardRows > MAX_SHARDS) {
    refuse(
      'rows of a shard are not a power of two in range',
      `use ${MIN_BUCKET} to ${MAX_SHARD_ROWS}, and at most ${MAX_SHARDS} shards`,
    );
  }
  if (!goesInShards(parameters) && longer > 2 * MAX_SHARD_ROWS) {
    refuse(
      'a list of this size goes in shards, and an exact size or payload columns do not',
      `use size buckets of at most ${2 * MAX_SHARD_ROWS}, or another mode without columns`,
    );
  }
}

/**
 * May long lists be cut? The sizes of parts would say more than the size of the whole. And rows of one account, which
 * all come into its shard, have no bound: their number is the holder's own.
 */
export function goesInShards({ mode, columns }: Pick<OverlapParameters, 'mode' | 'columns'>): boolean {
  return mode !== 'size-only' && columns.length === 0;
}

/** What applies to these parameters and has to be acknowledged. */
export function neededOverlapDisclosures({
  mode,
  columns,
}: Pick<OverlapParameters, 'mode' | 'columns'>): readonly OverlapDisclosure[] {
  if (mode === 'size-only') return ['receiver-learns-exact-overlap-size'];
  return [
    'receiver-learns-row-level-overlap',
    ...(mode === 'both' ? (['holder-learns-row-level-overlap'] as const) : []),
    ...(columns.length > 0 ? (['receiver-learns-payload-columns'] as const) : []),
  ];
}

function checkColumns({ mode, columns }: OverlapParameters): void {
  if (columns.length === 0) return;
  if (mode === 'size-only') refuse('payload columns without rows', 'leave the columns out, or use another mode');
  if (columns.length > MAX_COLUMNS) refuse(`${columns.length} payload columns`, `use at most ${MAX_COLUMNS}`);
  if (new Set(columns.map(({ name }) => name)).size !== columns.length) {
    refuse('a payload column is named twice', 'name every column once');
  }
  for (const { name, bytes } of columns) {
    if (!COLUMN_NAME.test(name)) refuse('a payload column has no plain name', 'use 1 to 32 of a-z, 0-9, _ and -');
    if (!Number.isInteger(bytes) || bytes < 1)
      refuse('length of a payload column out of range', 'use 1 and more bytes');
  }
  if (columns.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_PAYLOAD_BYTES) {
    refuse('payload columns are too long', `use at most ${MAX_PAYLOAD_BYTES} bytes a row in all`);
  }
}

function refuse(what: string, remedy: string): never {
  throw new UsageError(`Cannot plan overlap run: ${what}`, { code: 'bad-parameter', phase: 'parameters', remedy });
}
