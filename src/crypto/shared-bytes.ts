/** Memory for long lists that several computations read one after the other. */

/** Zeros, in memory that threads share where the engine has such: they reach other threads as they are, not as a copy. */
export function sharedBytes(length: number): Uint8Array {
  if (typeof SharedArrayBuffer === 'undefined') return new Uint8Array(length);
  return new Uint8Array(new SharedArrayBuffer(length));
}
