/** Compares an answer with the expected one; a party that gets no answer expects none. */
export function sameElements(
  actual: ArrayLike<unknown> | undefined,
  expected: ArrayLike<unknown> | undefined,
): boolean {
  if (actual === undefined || expected === undefined) return actual === expected;
  if (actual.length !== expected.length) return false;
  for (let k = 0; k < actual.length; k++) if (actual[k] !== expected[k]) return false;
  return true;
}
