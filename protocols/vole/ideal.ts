/** The ideal functionality: a trusted party draws everything. For tests of whoever builds on a VOLE. */
import { fieldBytes, GF128_BYTES, referenceGf2, scaleRows, type VoleField } from '../../src/crypto/gf2.ts';
import type { Rng } from '../../src/crypto/rng.ts';
import { finish } from '../../src/crypto/steps.ts';
import type { HeldVole, ReceivedVole } from './roles.ts';

export interface IdealVole {
  readonly receiver: ReceivedVole;
  readonly holder: HeldVole;
}

/** Uniform A, K and Delta, and C = A Delta + K. */
export function idealVole(length: number, field: VoleField, rng: Rng): IdealVole {
  const a = rng(length * fieldBytes(field));
  const k = rng(length * GF128_BYTES);
  const delta = rng(GF128_BYTES);
  const c = finish(scaleRows(referenceGf2, { field, rows: a, delta }));
  for (let i = 0; i < c.length; i++) c[i] ^= k[i];
  return { receiver: { a, c }, holder: { delta, k } };
}
