/** Sizes that are declared instead of the length of a list: the one rule of contracts, configurations and protocols. */

/** Sizes from one power of two to the next. */
export type SizesPerOctave = 1 | 2 | 4 | 8;

/**
 * A whole number out of so many an octave: with 1 a power of two, with 8 also 9/8 to 15/8 of one. The finer ones are for
 * sizes that are agreed on before the lists are known, which say nothing of them.
 */
export function isDeclaredSize(size: number, sizesPerOctave: SizesPerOctave): boolean {
  if (!Number.isSafeInteger(size) || size < 1) return false;
  return size % (octaveOf(size) / sizesPerOctave) === 0;
}

/** The largest power of two that is not above. */
export function octaveOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size));
}
