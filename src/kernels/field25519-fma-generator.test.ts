import { sha512 } from '@noble/hashes/sha2.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { assemble, compileAssembly, readAssembly } from '../../test/support/compile-assembly.ts';
import { allowRelaxedSimd } from '../../test/support/relaxed-simd.ts';
import { type FmaFieldLimits, generateField25519Fma, LIMITS, UNIT } from './field25519-fma-generator.mjs';
import type { Ristretto255Module } from './hosted-group.ts';
import { groupFromModule } from './ristretto255.ts';
import { type X25519Module, x25519FromModule } from './x25519.ts';

allowRelaxedSimd();

const P = 2n ** 255n - 19n;
const LIMBS = [0, 1, 2, 3, 4];
const modulo = (x: bigint): bigint => ((x % P) + P) % P;

/** An element of two points, as five limbs each. */
type Pair = readonly [readonly bigint[], readonly bigint[]];

interface FieldModule {
  readonly memory: WebAssembly.Memory;
  multiplyWide(w: number, a: number, b: number): void;
  squareWide(w: number, a: number): void;
  narrow(r: number, w: number): void;
  narrowTwice(r: number, w: number): void;
  narrowSumAndDifference(plus: number, minus: number, v: number, w: number): void;
  addMultiple121665(r: number, w: number, e: number): void;
  carry(r: number, a: number): void;
}

const FILES = { 'limbs25519.ts': readAssembly('limbs25519-fma.ts') };
const UNROLLED = 'generated/field25519-fma-unrolled.ts';

let field: FieldModule;
const SLOT = 80;
/** Slots far above the module's constants. */
const [R, A, B, V, W] = [0, 1, 2, 3, 4].map((slot) => 32768 + slot * SLOT);

beforeAll(async () => {
  field = await compileAssembly<FieldModule>('field.ts', { 'field.ts': generateField25519Fma() });
});

function write(slot: number, pair: Pair): void {
  const limbs = new Float64Array(field.memory.buffer, slot, 10);
  for (const k of LIMBS) for (const point of [0, 1] as const) limbs[2 * k + point] = Number(pair[point][k]);
}

function read(slot: number): Pair {
  const limbs = new Float64Array(field.memory.buffer, slot, 10);
  const of = (point: number): bigint[] => LIMBS.map((k) => BigInt(limbs[2 * k + point]));
  return [of(0), of(1)];
}

const valueOf = (limbs: readonly bigint[]): bigint =>
  limbs.reduce((sum, limb, k) => sum + (limb << BigInt(51 * k)), 0n);
const isOneUnit = (pair: Pair): boolean => pair.every((limbs) => limbs.every((limb) => limb <= UNIT && limb >= -UNIT));

/** Limbs at their largest magnitude in `units`, with the signs of `pattern`'s bits. */
const extreme = (units: bigint, pattern: number): bigint[] =>
  LIMBS.map((k) => ((pattern >> k) & 1 ? -1n : 1n) * units * UNIT);
/** Limbs at the places where rounding changes: halves of 2^51, one off them, powers of two, zero. */
const EDGES = [2n ** 50n, -(2n ** 50n), 2n ** 50n - 1n, 1n - 2n ** 50n, 2n ** 49n, 2n ** 25n, 1n, -1n, 0n];
const SIGNS = [0x00, 0x1f, 0x0a, 0x15, 0x07, 0x1c];
function pairsOf(units: bigint): Pair[] {
  const extremes = SIGNS.map((signs) => extreme(units, signs));
  const edges = EDGES.map((_, i) => LIMBS.map((k) => units * EDGES[(i + k * (i % 3)) % EDGES.length]));
  const all = [...extremes, ...edges];
  return all.map((limbs, i) => [limbs, all[(i + 5) % all.length]]);
}

/** Whether the slot holds what `expected` makes of the operands of each point, within one unit. */
function expectSlot(slot: number, operands: readonly Pair[], expected: (...values: bigint[]) => bigint): void {
  const result = read(slot);
  for (const point of [0, 1] as const) {
    expect(modulo(valueOf(result[point]))).toBe(modulo(expected(...operands.map((pair) => valueOf(pair[point])))));
  }
  expect(isOneUnit(result)).toBe(true);
}

describe('generateField25519Fma', () => {
  it.each([
    [LIMITS.product, 1n],
    [1n, LIMITS.product],
    [1n, 1n],
  ])('multiplies exactly when limbs are at %i and %i units and on edges', (left, right) => {
    for (const a of pairsOf(left)) {
      for (const b of pairsOf(right)) {
        write(A, a);
        write(B, b);
        field.multiplyWide(W, A, B);
        field.narrow(R, W);
        expectSlot(R, [a, b], (x, y) => x * y);
      }
    }
  });

  it('squares exactly when limbs are at their limit and on edges', () => {
    for (const a of pairsOf(LIMITS.square)) {
      write(A, a);
      field.squareWide(W, A);
      field.narrow(R, W);
      expectSlot(R, [a], (x) => x * x);
      field.narrowTwice(R, W);
      expectSlot(R, [a], (x) => 2n * x * x);
    }
  });

  it('adds and subtracts wide values exactly when they come from limbs at their limit', () => {
    const pairs = pairsOf(1n);
    for (const [i, a] of pairs.entries()) {
      for (const b of pairsOf(LIMITS.product)) {
        const c = pairs[(i + 1) % pairs.length];
        write(A, a);
        write(B, b);
        field.multiplyWide(V, A, B);
        write(A, c);
        field.multiplyWide(W, A, B);
        field.narrowSumAndDifference(R, A, V, W);
        expectSlot(R, [a, b, c], (x, y, z) => x * y + z * y);
        expectSlot(A, [a, b, c], (x, y, z) => x * y - z * y);
      }
    }
  });

  it('adds a multiple of 121665 exactly when limbs are at their limit and on edges', () => {
    for (const a of pairsOf(LIMITS.square)) {
      for (const e of pairsOf(LIMITS.multiple)) {
        write(A, a);
        write(B, e);
        field.squareWide(W, A);
        field.addMultiple121665(R, W, B);
        expectSlot(R, [a, e], (x, y) => x * x + 121665n * y);
      }
    }
  });

  it('carries exactly when limbs are at their limit and on edges', () => {
    for (const a of [...pairsOf(LIMITS.weak), ...pairsOf(1n)]) {
      write(A, a);
      field.carry(R, A);
      expectSlot(R, [a], (x) => x);
    }
  });

  it('gives a wrong product when an operand is above its limit', () => {
    const a: Pair = [extreme(2n, 0), extreme(2n, 0)];
    write(A, a);
    field.multiplyWide(W, A, A);
    field.narrow(R, W);
    expect(modulo(valueOf(read(R)[0]))).not.toBe(modulo(valueOf(a[0]) ** 2n));
  });

  it('refuses limits under which a limb, product or column could overflow', () => {
    for (const [limit, least] of Object.entries({ product: 4n, square: 2n, multiple: 2n ** 36n, weak: 8n })) {
      expect(() => generateField25519Fma({ ...LIMITS, [limit]: least })).toThrow('exceeds its bound');
    }
  });
});

/**
 * Text that keeps the number of units of every slot beside it, from its operands' alone, and traps where one is above
 * its limit. The schedule does not depend on values, so one run speaks for all inputs.
 */
function checkedField(limits: FmaFieldLimits): string {
  const unchecked = generateField25519Fma().replaceAll(/(@inline )?export function (\w+)\(/g, 'function $2Unchecked(');
  return `${unchecked}
// One byte for every 16 bytes of memory. What was never written is a constant: one unit.
const units: usize = memory.data(131072, 16);
const WIDE: i32 = 200;
function unitsOf(a: usize): i32 { const known = <i32>load<u8>(units + (a >> 4)); return known === 0 ? 1 : known; }
function setUnits(r: usize, count: i32): void { store<u8>(units + (r >> 4), <u8>count); }
function demand(holds: bool): void { if (!holds) unreachable(); }
function sum(r: usize, a: usize, b: usize): void { demand(unitsOf(a) + unitsOf(b) <= 7); setUnits(r, unitsOf(a) + unitsOf(b)); }
export function multiplyWide(w: usize, a: usize, b: usize): void {
  demand(unitsOf(a) * unitsOf(b) <= ${limits.product}); multiplyWideUnchecked(w, a, b); setUnits(w, WIDE);
}
export function squareWide(w: usize, a: usize): void {
  demand(unitsOf(a) <= ${limits.square}); squareWideUnchecked(w, a); setUnits(w, WIDE);
}
export function narrow(r: usize, w: usize): void { demand(unitsOf(w) === WIDE); narrowUnchecked(r, w); setUnits(r, 1); }
export function narrowTwice(r: usize, w: usize): void { demand(unitsOf(w) === WIDE); narrowTwiceUnchecked(r, w); setUnits(r, 1); }
export function narrowSumAndDifference(plus: usize, minus: usize, v: usize, w: usize): void {
  demand(unitsOf(v) === WIDE && unitsOf(w) === WIDE);
  narrowSumAndDifferenceUnchecked(plus, minus, v, w); setUnits(plus, 1); setUnits(minus, 1);
}
export function addMultiple121665(r: usize, w: usize, e: usize): void {
  demand(unitsOf(w) === WIDE && unitsOf(e) <= ${limits.multiple}); addMultiple121665Unchecked(r, w, e); setUnits(r, 1);
}
export function carry(r: usize, a: usize): void { demand(unitsOf(a) <= ${limits.weak}); carryUnchecked(r, a); setUnits(r, 1); }
export function add(r: usize, a: usize, b: usize): void { addUnchecked(r, a, b); sum(r, a, b); }
export function subtract(r: usize, a: usize, b: usize): void { subtractUnchecked(r, a, b); sum(r, a, b); }
export function negate(r: usize, a: usize): void { negateUnchecked(r, a); setUnits(r, unitsOf(a)); }
export function copy(r: usize, a: usize): void { copyUnchecked(r, a); setUnits(r, unitsOf(a)); }
export function swapBoth(r: usize, a: usize): void { swapBothUnchecked(r, a); setUnits(r, unitsOf(a)); }
export function select(r: usize, mask: v128, a: usize, b: usize): void {
  selectUnchecked(r, mask, a, b); setUnits(r, max(unitsOf(a), unitsOf(b)));
}
`;
}

function runRistretto(kernel: Ristretto255Module): void {
  const memory = new Uint8Array(kernel.memory.buffer);
  const fill = (place: WebAssembly.Global, rows: number, rowBytes: number): void => {
    for (let i = 0; i < rows; i++) memory.set(sha512(Uint8Array.of(i)).subarray(0, rowBytes), place.value + i * 32);
  };
  kernel.prepare();
  fill(kernel.uniform, 8, 64);
  kernel.fromUniform(2);
  fill(kernel.scalars, 4, 31);
  expect(kernel.multiply(2)).toBe(0);
  fill(kernel.scalars, 4, 31);
  kernel.beginSum();
  expect(kernel.addToSum(2)).toBe(0);
  kernel.endSum();
  fill(kernel.scalars, 4, 31);
  expect(kernel.multiplyBase(2)).toBe(0);
  memory.copyWithin(kernel.uniform.value, kernel.encodings.value, kernel.encodings.value + 128);
  expect(kernel.add(2, 1)).toBe(0);
}

function runX25519(kernel: X25519Module): void {
  const memory = new Uint8Array(kernel.memory.buffer);
  for (const place of [kernel.scalars, kernel.points])
    memory.set(sha512(Uint8Array.of(place.value & 255)), place.value);
  expect(kernel.multiplyPoints(1)).toBe(0);
}

describe('assembly on fused multiply-add', () => {
  const build = <M>(entry: string, limits: FmaFieldLimits, files: Record<string, string> = {}): Promise<M> =>
    compileAssembly<M>(entry, { ...FILES, [UNROLLED]: checkedField(limits), ...files });

  it('keeps every operand within LIMITS whatever the input when its units are counted', async () => {
    runRistretto(await build<Ristretto255Module>('ristretto255.ts', LIMITS));
    runX25519(await build<X25519Module>('x25519.ts', LIMITS));
  });

  it('is caught by the count when a limit is below what it uses', async () => {
    for (const limit of ['product', 'weak'] as const) {
      const kernel = await build<Ristretto255Module>('ristretto255.ts', { ...LIMITS, [limit]: 1n });
      expect(() => runRistretto(kernel)).toThrow(WebAssembly.RuntimeError);
    }
    const ladder = await build<X25519Module>('x25519.ts', { ...LIMITS, multiple: 1n });
    expect(() => runX25519(ladder)).toThrow(WebAssembly.RuntimeError);
  });

  it('is caught by the count when a formula leaves out a carry', async () => {
    const edwards = readAssembly('edwards25519.ts').replace('  addReduced(X(r)', '  add(X(r)');
    expect(edwards).not.toBe(readAssembly('edwards25519.ts'));
    const kernel = await build<Ristretto255Module>('ristretto255.ts', LIMITS, { 'edwards25519.ts': edwards });
    expect(() => runRistretto(kernel)).toThrow(WebAssembly.RuntimeError);
  });

  it('is refused when multiply-add rounds twice', async () => {
    const twice = (text: string): string =>
      text.replaceAll(/f64x2\.relaxed_madd\((\w+), (\w+), /g, 'f64x2.add(f64x2.mul($1, $2), ');
    const assembleBase64 = async (entry: string, change: (text: string) => string): Promise<string> => {
      const files = {
        'limbs25519.ts': change(readAssembly('limbs25519-fma.ts')),
        [UNROLLED]: change(generateField25519Fma()),
      };
      return Buffer.from(await assemble(entry, files)).toString('base64');
    };
    expect(twice(generateField25519Fma())).not.toContain('relaxed_madd');
    for (const [entry, load] of [
      ['ristretto255.ts', groupFromModule],
      ['x25519.ts', x25519FromModule],
    ] as const) {
      expect(load(await assembleBase64(entry, (text) => text))).toBeDefined();
      expect(load(await assembleBase64(entry, twice))).toBeUndefined();
    }
    const { isExact } = await compileAssembly<{ isExact(): number }>('ristretto255.ts', {
      'limbs25519.ts': twice(FILES['limbs25519.ts']),
      [UNROLLED]: generateField25519Fma(),
    });
    expect(isExact()).toBe(0);
  });
});
