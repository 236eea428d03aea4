import { describe, expect, it } from 'vitest';
import { fieldBytes, type Gf2, referenceGf2, type VoleField } from '../crypto/gf2.ts';
import { finish } from '../crypto/steps.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { gf2Wasm } from './generated/gf2-wasm.ts';
import { gf2FromModule, gf2Kernel } from './gf2.ts';

const SEED = 'gf2-kernel';
/** None, one, a chunk and its neighbours, and more than a slice between two pauses. */
const COUNTS = [0, 1, 1023, 1024, 1025, 70_000];

function sumOf(gf2: Gf2, field: VoleField, sum: Uint8Array, rows: Uint8Array, delta: Uint8Array): Uint8Array {
  const own = sum.slice();
  finish(gf2.addScaledRows(own, { field, rows, delta }));
  return own;
}

describe.each<VoleField>(['gf64', 'gf128'])('gf2Kernel in %s', (field) => {
  it.each(COUNTS)(`addScaledRows equals the reference for %i random rows (seed ${SEED})`, (count) => {
    const rng = insecureSeededRng(SEED, field, count);
    const [sum, rows, delta] = [rng(16 * count), rng(fieldBytes(field) * count), rng(16)];
    const expected = sumOf(referenceGf2, field, sum, rows, delta);
    expect(sumOf(gf2Kernel(), field, sum, rows, delta)).toEqual(expected);
  });

  it('addScaledRows equals the reference for rows and factors of all zeros and all ones', () => {
    for (const row of [0, 255]) {
      for (const factor of [0, 255]) {
        const rows = new Uint8Array(fieldBytes(field) * 3).fill(row);
        const [sum, delta] = [new Uint8Array(48).fill(0x5a), new Uint8Array(16).fill(factor)];
        const expected = sumOf(referenceGf2, field, sum, rows, delta);
        expect(sumOf(gf2Kernel(), field, sum, rows, delta)).toEqual(expected);
      }
    }
  });

  it('addScaledRows takes turns with another one', () => {
    const rng = insecureSeededRng(SEED, 'turns', field);
    const count = 140_000;
    const inputs = [0, 1].map(() => ({ sum: rng(16 * count), rows: rng(fieldBytes(field) * count), delta: rng(16) }));
    const expected = inputs.map(({ sum, rows, delta }) => sumOf(gf2Kernel(), field, sum, rows, delta));
    const runs = inputs.map(({ sum, rows, delta }) => gf2Kernel().addScaledRows(sum, { field, rows, delta }));
    while (runs.map((run) => run.next().done).some((done) => done !== true));
    expect(inputs.map(({ sum }) => sum)).toEqual(expected);
  });
});

describe('gf2FromModule', () => {
  it('gf2FromModule gives the kernel that runs here, and nothing for a module that is damaged or wrong', () => {
    expect(gf2Kernel()).not.toBe(referenceGf2);
    expect(gf2FromModule(gf2Wasm)).toBeDefined();
    expect(gf2FromModule(gf2Wasm.slice(0, 400))).toBeUndefined();
    // The shift that selects a byte: a module that still runs, but multiplies wrongly.
    const bytes = atob(gf2Wasm);
    const wrong = [...bytes].map(
      (_, i) => bytes.slice(0, i) + String.fromCharCode(bytes.charCodeAt(i) ^ 1) + bytes.slice(i + 1),
    );
    for (const damaged of wrong.filter((_, i) => i % 16 === 0)) {
      const gf2 = gf2FromModule(btoa(damaged));
      // A change that the self-test lets pass must not change results.
      if (gf2 === undefined) continue;
      const rows = insecureSeededRng(SEED, 'damaged')(16 * 50);
      const delta = rows.slice(0, 16);
      const expected = sumOf(referenceGf2, 'gf128', rows, rows, delta);
      expect(sumOf(gf2, 'gf128', rows, rows, delta)).toEqual(expected);
    }
  });
});
