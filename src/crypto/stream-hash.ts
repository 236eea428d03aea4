/** SHA-256 (FIPS 180-4) of a byte string whose length nobody knows beforehand, as a port: platforms bring their own. */
import { sha256 } from '@noble/hashes/sha2.js';

/** One hash, piece by piece. */
export interface StreamHash {
  update(piece: Uint8Array): unknown;
  /** 32 bytes; called once. */
  digest(): Uint8Array;
}

export type NewStreamHash = () => StreamHash;

/** The plain reference on @noble/hashes. */
export const referenceStreamHash: NewStreamHash = () => sha256.create();
