/** Sizes that are declared instead of the length of a list: the one rule of contracts, configurations and protocols. */

/** Sizes from one power of two to the next. */
export type SizesPerOctave = 1 | 2 | 4 | 8 | 16 | 32;

/** Those of sizes that are agreed on before the lists are known: they say nothing of these, so all that more would save is padding, 3 % at most. */
export const AGREED_SIZES_PER_OCTAVE = 32;

/** A whole number out of so many an octave: with 1 a power of two, with 32 also 33/32 to 63/32 of one. */
export function isDeclaredSize(size: number, sizesPerOctave: SizesPerOctave): boolean {
  if (!Number.isSafeInteger(size) || size < 1) return false;
  return size % (octaveOf(size) / sizesPerOctave) === 0;
}

/** The largest power of two that is not above. */
export function octaveOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size));
}
