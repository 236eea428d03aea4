/** Randomness that repeats: for tests and for demo data, never for a run whose input matters. */
import { utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import { Prg } from '../crypto/prg.ts';
import type { Rng } from '../crypto/rng.ts';

/** A deterministic Rng: equal seeds give equal bytes. */
export function insecureSeededRng(...seed: readonly (string | number)[]): Rng {
  const prg = new Prg(hashTuple('test-rng', ...seed.map((part) => utf8(String(part)))), new Uint8Array(0), 'test');
  return (length) => prg.bytes(length);
}
