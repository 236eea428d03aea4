/** Inputs of self-tests: any fixed bytes serve, and nothing there is secret. */
export function fixedBytes(length: number): Uint8Array {
  let state = length;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}
