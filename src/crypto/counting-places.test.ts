import { describe, expect, it } from 'vitest';
import { countsToPlaces } from './counting-places.ts';

describe('countsToPlaces', () => {
  it.each([
    [[], []],
    [[5], [0]],
    [
      [2, 0, 3, 1],
      [0, 2, 2, 5],
    ],
  ])('makes of the counts %j the places %j', (counts, places) => {
    const own = Uint32Array.from(counts);
    countsToPlaces(own);
    expect([...own]).toEqual(places);
  });
});
