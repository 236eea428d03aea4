/** Keyed hashes of accounts, in slices. A hash of an account is personal information, whatever the key. */
import type { Steps } from '../crypto/steps.ts';
import { stringDigests } from '../crypto/string-digests.ts';
import { blake2sKernel } from '../kernels/blake2s.ts';

/** n x 32 bytes. `key` has 1 to 32 bytes. */
export function accountDigests(accounts: readonly string[], key: Uint8Array): Steps<Uint8Array> {
  return stringDigests(accounts, { key, blake2s: blake2sKernel() });
}
