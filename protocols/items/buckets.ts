/**
 * Declared sizes: all that others learn of a list's length. Powers of two show it to a factor of two at most; where a size
 * is agreed on before the lists are known, up to eight sizes an octave cost less and tell no more.
 */

export const MIN_BUCKET: number = 2 ** 6;
export const MAX_BUCKET: number = 2 ** 26;

/** Sizes from one power of two to the next. */
export type SizesPerOctave = 1 | 2 | 4 | 8;

/** A size out of so many an octave; by default a power of two. */
export function isBucket(size: number, sizesPerOctave: SizesPerOctave = 1): boolean {
  if (!Number.isSafeInteger(size) || size < MIN_BUCKET || size > MAX_BUCKET) return false;
  return size % (octaveOf(size) / sizesPerOctave) === 0;
}

/** The smallest bucket that `items` fit in, at least `floor`. */
export function bucketFor(items: number, floor: number = MIN_BUCKET, sizesPerOctave: SizesPerOctave = 1): number {
  if (items <= floor || !isBucket(floor, sizesPerOctave)) return floor;
  const step = octaveOf(items) / sizesPerOctave;
  return Math.ceil(items / step) * step;
}

/** The largest power of two that is not above. */
function octaveOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size));
}
