export {
  AGREED_SIZES_PER_OCTAVE,
  bucketFor,
  isBucket,
  MAX_BUCKET,
  MIN_BUCKET,
  type SizesPerOctave,
} from './buckets.ts';
export type { DuplicatePolicy } from './distinct-items.ts';
export { answersByRow, type ItemList, refuseRepeated, type ShardItems, type ShardOptions } from './item-list.ts';
export { type AccountRows, type AccountSource, readList } from './items.ts';
export { itemJobs } from './jobs.ts';
export { listRoot } from './list-root.ts';
export { runDigestJob } from './shards.ts';
