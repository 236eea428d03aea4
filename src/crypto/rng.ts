/** Randomness is a parameter everywhere: nothing here reaches for the platform. */

/** Returns `length` fresh bytes from a cryptographic source; the caller owns them. */
export type Rng = (length: number) => Uint8Array;
