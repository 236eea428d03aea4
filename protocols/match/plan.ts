/** The public numbers of a match, from its parameters alone: every party computes the same ones. */
import { BLOCK_BYTES } from '../../src/crypto/chacha20.ts';
import { ROUNDING_LOG2 } from '../../src/crypto/log-probability.ts';
import { okvsFailureLog2 } from '../../src/crypto/okvs.ts';
import { OPPRF_VALUE_BYTES, type OpprfShape, opprfShape } from '../../src/crypto/opprf.ts';
import { shardLoad, shardOverflowLog2 } from '../../src/crypto/sharding.ts';
import { UsageError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { addLog2, type FailureBound, STATISTICAL_BITS } from '../../src/kit/protocol.ts';
import type { Committee } from '../committee/index.ts';
import { AGREED_SIZES_PER_OCTAVE, isBucket, MAX_BUCKET, MIN_BUCKET } from '../items/index.ts';
import type { OprfEngine, OprfSize } from '../oprf/index.ts';
import { binCount, TABLED_FAILURE_LOG2 } from './bin-counts.ts';

/** Two more for each of two events that sizes are chosen by: place and shard load. */
const EVENT_BITS: number = -TABLED_FAILURE_LOG2;
/** For each of the two events of equal masks, which are as likely as that in a single shard alone, where no load is too much. */
const MASK_BITS = 41.5;
/** Floor for the share of a match by chance: where the other events leave less, no length of targets helps. */
const LEAST_CHANCE_LOG2 = -50;

/** Largest list that is worked on at once; beyond it a run is cut into shards. */
export const MAX_SHARD_ITEMS: number = 2 ** 17;
/** Slices begin at whole blocks of a key stream. */
const LANE_WORDS: number = BLOCK_BYTES / 4;

/** Who matches what: buckets are the declared sizes, out of 32 an octave. */
export interface MatchParameters {
  readonly asker: PartyId;
  readonly contributors: readonly PartyId[];
  readonly committee: Committee;
  readonly askerBucket: number;
  /** One per contributor, in their order. */
  readonly contributorBuckets: readonly number[];
  /** Width of a score; 0 for matching alone. */
  readonly scoreBits: number;
}

export interface MatchPlan extends MatchParameters {
  readonly engine: OprfEngine;
  readonly shards: number;
  /** Items of the asker that a shard has room for. */
  readonly askerCapacity: number;
  /** Items that a shard has room for, per contributor. */
  readonly contributorCapacities: readonly number[];
  readonly bins: number;
  readonly oprfSize: OprfSize;
  /** 32-bit words that hold one bit per bin. */
  readonly laneWords: number;
  /** Length of a target in bits. */
  readonly targetBits: number;
  /** Target and score of one bin, in bytes. */
  readonly valueBytes: number;
  /** One per contributor. */
  readonly opprfShapes: readonly OpprfShape[];
  readonly failures: readonly FailureBound[];
}

export function planMatch(parameters: MatchParameters, engine: OprfEngine): MatchPlan {
  checkSizes(parameters);
  const { askerBucket, contributorBuckets, contributors, scoreBits } = parameters;
  const largest = Math.max(askerBucket, ...contributorBuckets);
  const loadLog2 = -(EVENT_BITS + Math.log2(contributors.length + 1));
  const shards = shardCount(largest, loadLog2);
  const capacity = (bucket: number): number => (shards === 1 ? bucket : shardLoad(bucket, shards, loadLog2));
  const askerCapacity = capacity(askerBucket);
  const contributorCapacities = contributorBuckets.map(capacity);
  const table = binCount(askerCapacity, shards);
  const { bins } = table;

  const perShard = Math.log2(shards);
  const encodings = contributorCapacities.map(okvsFailureLog2);
  const pairs = pairsInBins(bins, { capacities: contributorCapacities, shards });
  const oprfSize = { binCount: bins, collisionLog2: -MASK_BITS - Math.max(...Object.values(pairs)) };
  const collision = engine.collisionLog2(oprfSize);
  const others: readonly FailureBound[] = [
    { event: 'an item finds no place in the table', log2: table.failureLog2 },
    { event: 'a table of targets cannot be encoded', log2: addLog2(encodings) + perShard },
    { event: 'a shard has no room', log2: shards === 1 ? -Infinity : -EVENT_BITS },
    { event: 'two masks of a table are equal', log2: pairs.own + collision },
    { event: 'the asker can form the mask of another account', log2: pairs.asked + collision },
  ];
  const comparisons = Math.log2(bins * contributors.length * shards);
  const targetBits = Math.ceil(comparisons - chanceLog2(others));
  const valueBytes = bytesOfValue(targetBits + scoreBits);
  const failures = [{ event: 'a bin matches by chance', log2: comparisons - targetBits }, ...others];
  checkError(failures);
  return {
    ...parameters,
    engine,
    shards,
    askerCapacity,
    contributorCapacities,
    bins,
    oprfSize,
    laneWords: LANE_WORDS * Math.ceil(bins / (32 * LANE_WORDS)),
    targetBits,
    valueBytes,
    opprfShapes: contributorCapacities.map((items) => opprfShape(items, valueBytes)),
    failures,
  };
}

/** What the other events leave of the error of a run to a match by chance: a bit of a target is a gate for every bin. */
function chanceLog2(others: readonly FailureBound[]): number {
  const sum = addLog2(others.map(({ log2 }) => log2));
  const left = Math.log2(1 - 2 ** Math.min(0, sum + STATISTICAL_BITS)) - STATISTICAL_BITS;
  return Math.max(LEAST_CHANCE_LOG2, left - ROUNDING_LOG2);
}

/** As few shards as have room within the limit: what a shard costs whatever its size is a fifth of a full one. */
function shardCount(largest: number, loadLog2: number): number {
  let shards = Math.ceil(largest / MAX_SHARD_ITEMS);
  while (shards > 1 && shardOverflowLog2(largest, shards, MAX_SHARD_ITEMS) > loadLog2) shards++;
  return shards;
}

/**
 * How many pairs of records meet in one of the `bins` bins in a run, at most, as log2 of the expected number: two of one
 * contributor's, or one of the asker's and one of a contributor's. Where there are shards, the bits of a record that chose
 * its shard are not counted on.
 */
function pairsInBins(
  bins: number,
  { capacities, shards }: { readonly capacities: readonly number[]; readonly shards: number },
): { readonly own: number; readonly asked: number } {
  const records = capacities.map((capacity) => 3 * capacity);
  const own = records.reduce((sum, count) => sum + count ** 2 / (2 * bins), 0);
  const asked = records.reduce((sum, count) => sum + count, 0);
  return { own: Math.log2(own) + 2 * Math.log2(shards), asked: Math.log2(asked) + 2 * Math.log2(shards) };
}

function bytesOfValue(bits: number): number {
  const bytes = Math.ceil(bits / 8);
  if (bytes <= OPPRF_VALUE_BYTES) return bytes;
  throw new UsageError('Cannot plan match: target and score are longer than the mask of a value', {
    code: 'bad-parameter',
    remedy: 'use smaller scores',
  });
}

/** The band of the tables is fixed, so the longest lists at many contributors can exceed the error of a run. */
function checkError(failures: readonly FailureBound[]): void {
  if (addLog2(failures.map(({ log2 }) => log2)) <= -STATISTICAL_BITS) return;
  throw new UsageError(`Cannot plan match: the error of a run would be above 2^-${STATISTICAL_BITS}`, {
    code: 'bad-parameter',
    remedy: 'declare smaller size buckets, or ask in several runs',
  });
}

function checkSizes({ askerBucket, contributorBuckets, contributors }: MatchParameters): void {
  if (contributorBuckets.length !== contributors.length) {
    throw new UsageError('Cannot plan match: one size bucket per contributor is needed', {
      code: 'bad-parameter',
      remedy: 'give one size for each contributor, in their order',
    });
  }
  for (const bucket of [askerBucket, ...contributorBuckets]) checkBucket(bucket);
}

function checkBucket(bucket: number): void {
  if (isBucket(bucket, AGREED_SIZES_PER_OCTAVE)) return;
  throw new UsageError('Cannot plan match: a size bucket is not one of 32 sizes an octave in range', {
    code: 'bad-parameter',
    remedy: `use a power of two, or 33/32 to 63/32 of one, from ${MIN_BUCKET} to ${MAX_BUCKET}`,
  });
}
