/**
 * Declared sizes: all that others learn of a list's length. Powers of two show it to a factor of two at most; where a size
 * is agreed on before the lists are known, up to 32 sizes an octave cost less and tell no more.
 */
import { isDeclaredSize, octaveOf, type SizesPerOctave } from '../../src/kit/declared-size.ts';

export { AGREED_SIZES_PER_OCTAVE, type SizesPerOctave } from '../../src/kit/declared-size.ts';

export const MIN_BUCKET: number = 2 ** 6;
export const MAX_BUCKET: number = 2 ** 26;

/** A size out of so many an octave; by default a power of two. */
export function isBucket(size: number, sizesPerOctave: SizesPerOctave = 1): boolean {
  return size >= MIN_BUCKET && size <= MAX_BUCKET && isDeclaredSize(size, sizesPerOctave);
}

/** The smallest bucket that `items` fit in, at least `floor`. */
export function bucketFor(items: number, floor: number = MIN_BUCKET, sizesPerOctave: SizesPerOctave = 1): number {
  if (items <= floor || !isBucket(floor, sizesPerOctave)) return floor;
  const step = octaveOf(items) / sizesPerOctave;
  return Math.ceil(items / step) * step;
}
