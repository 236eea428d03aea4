import { describe, expect, it } from 'vitest';
import { isDeclaredSize, type SizesPerOctave } from './declared-size.ts';

describe('isDeclaredSize', () => {
  it.each([1, 2, 4, 8, 16, 32] as const)(
    'takes the sizes of a list that is written out, with %i an octave, and no other',
    (most) => {
      // Of so many equal steps in every octave those that are whole numbers.
      const octaves = Array.from({ length: 15 }, (_, octave) => 2 ** octave);
      const steps = Array.from({ length: most }, (_, step) => 1 + step / most);
      const sizes = octaves.flatMap((octave) => steps.map((step) => octave * step)).filter(Number.isInteger);
      const found = Array.from({ length: 2 ** 15 }, (_, size) => size).filter((size) => isDeclaredSize(size, most));
      expect(found).toEqual(sizes);
    },
  );

  it('takes no number that is not whole, positive and exact', () => {
    const all: readonly SizesPerOctave[] = [1, 2, 4, 8, 16, 32];
    for (const size of [0, -64, 64.5, Number.NaN, Infinity, 2 ** 53]) {
      expect(
        all.filter((sizes) => isDeclaredSize(size, sizes)),
        String(size),
      ).toEqual([]);
    }
  });
});
