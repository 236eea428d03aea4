/** What a party makes of an account at home, as protocols/items/README.md says it, by another implementation. */
import { blake2s } from '@noble/hashes/blake2.js';
import { utf8 } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';

/** Keyed with what everybody knows, so it hides an account no better than a plain hash. */
export function localDigest(account: string): Uint8Array {
  return blake2s(utf8(account), { key: hashTuple('account') });
}
