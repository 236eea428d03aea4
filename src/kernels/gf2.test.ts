import { describe, expect, it } from 'vitest';
import { equalBytes } from '../crypto/bytes.ts';
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
    expect(equalBytes(sumOf(gf2Kernel(), field, sum, rows, delta), expected)).toBe(true);
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
    expect(inputs.map(({ sum }, i) => equalBytes(sum, expected[i]))).toEqual([true, true]);
  });
});

describe('gf2FromModule', () => {
  it('gf2FromModule gives the kernel that runs here', () => {
    expect(gf2Kernel()).not.toBe(referenceGf2);
    expect(gf2FromModule(gf2Wasm)).toBeDefined();
  });

  it('gf2FromModule gives nothing for a module that is cut off, or that reads the table of another byte', () => {
    expect(gf2FromModule(gf2Wasm.slice(0, 400))).toBeUndefined();
    // The offset 4096 of the second byte's table, as LEB128, becomes 8192.
    const wrong = atob(gf2Wasm).replaceAll('\x80\x20', '\x80\x40');
    expect(wrong).not.toBe(atob(gf2Wasm));
    expect(gf2FromModule(btoa(wrong))).toBeUndefined();
  });
});
