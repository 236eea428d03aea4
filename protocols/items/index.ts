export { bucketFor, isBucket, MAX_BUCKET, MIN_BUCKET, type SizesPerOctave } from './buckets.ts';
export type { DuplicatePolicy, ItemSet } from './distinct-items.ts';
export { type AccountRows, type AccountSource, readItems } from './items.ts';
export { itemJobs } from './jobs.ts';
export { listRoot } from './list-root.ts';
export { runDigestJob, type ShardItems, type ShardOptions, shardsOf } from './shards.ts';
