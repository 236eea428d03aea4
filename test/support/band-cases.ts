/** [records, capacity] of a random band table: none, one, around multiples of four and of a step, one dense band, full, and mostly free. */
export const BAND_CASES: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 1],
  [1, 1000],
  [3, 4],
  [5, 192],
  [192, 192],
  [193, 193],
  [640, 640],
  [1001, 1002],
  [16_383, 16_384],
  [16_385, 20_000],
];
