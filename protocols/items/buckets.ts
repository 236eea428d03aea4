/** Declared sizes: powers of two, so that a list's size shows to a factor of two at most. */

export const MIN_BUCKET: number = 2 ** 6;
export const MAX_BUCKET: number = 2 ** 26;

export function isBucket(size: number): boolean {
  return Number.isSafeInteger(Math.log2(size)) && size >= MIN_BUCKET && size <= MAX_BUCKET;
}

/** The smallest bucket that `items` fit in, at least `floor`. */
export function bucketFor(items: number, floor: number = MIN_BUCKET): number {
  let bucket = floor;
  while (bucket < items) bucket *= 2;
  return bucket;
}
