import { sha512 } from '@noble/hashes/sha2.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileAssembly } from '../../test/support/compile-assembly.ts';
import { type FieldLimits, generateField25519, LIMITS, unitOf } from './field25519-generator.mjs';
import type { Ristretto255Module } from './hosted-group.ts';

const P = 2n ** 255n - 19n;
const LIMBS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const weightOf = (k: number): bigint => 1n << BigInt(Math.ceil(25.5 * k));
const modulo = (x: bigint): bigint => ((x % P) + P) % P;

/** An element of two points, as ten limbs each. */
type Pair = readonly [readonly bigint[], readonly bigint[]];

interface FieldModule {
  readonly memory: WebAssembly.Memory;
  multiply(r: number, a: number, b: number): void;
  square(r: number, a: number): void;
  twiceSquareMinus(r: number, a: number, g: number): void;
  carry(r: number, a: number): void;
  addMultiple121665(r: number, w: number, e: number): void;
}

let field: FieldModule;
const SLOT = 80;
/** Slots far above the module's constants. */
const [R, A, B] = [32768, 32768 + SLOT, 32768 + 2 * SLOT];

beforeAll(async () => {
  field = await compileAssembly<FieldModule>('field.ts', { 'field.ts': generateField25519() });
});

function write(slot: number, pair: Pair): void {
  const limbs = new Int32Array(field.memory.buffer, slot, 20);
  for (const k of LIMBS) for (const point of [0, 1] as const) limbs[2 * k + point] = Number(pair[point][k]);
}

function read(slot: number): Pair {
  const limbs = new Int32Array(field.memory.buffer, slot, 20);
  const of = (point: number): bigint[] => LIMBS.map((k) => BigInt(limbs[2 * k + point]));
  return [of(0), of(1)];
}

const valueOf = (limbs: readonly bigint[]): bigint =>
  modulo(limbs.reduce((sum, limb, k) => sum + limb * weightOf(k), 0n));
const values = (pair: Pair): bigint[] => pair.map(valueOf);
const isOneUnit = (pair: Pair): boolean =>
  pair.every((limbs) => limbs.every((limb, k) => limb <= unitOf(k) && limb >= -unitOf(k)));

/** Limbs at their largest magnitude in `units`, with the signs of `pattern`'s bits. */
const extreme = (units: bigint, pattern: number): bigint[] =>
  LIMBS.map((k) => (((pattern >> k) & 1) === 1 ? -1n : 1n) * units * unitOf(k));

/** Sign patterns: equal, alternating, halves, and a spread of others. */
const PATTERNS = [0x000, 0x3ff, 0x155, 0x2aa, 0x01f, 0x3e0, 0x0f3, 0x19c, 0x266, 0x30d];
const pairsOf = (units: bigint): Pair[] =>
  PATTERNS.map((pattern, i) => [extreme(units, pattern), extreme(units, PATTERNS[(i + 3) % PATTERNS.length])]);

describe('generateField25519', () => {
  it('multiplies exactly when every limb is at its limit', () => {
    for (const a of pairsOf(LIMITS.left)) {
      for (const b of pairsOf(LIMITS.right)) {
        write(A, a);
        write(B, b);
        field.multiply(R, A, B);
        const [a0, a1] = values(a);
        const [b0, b1] = values(b);
        expect(values(read(R))).toEqual([modulo(a0 * b0), modulo(a1 * b1)]);
        expect(isOneUnit(read(R))).toBe(true);
      }
    }
  });

  it('squares exactly when every limb is at its limit', () => {
    for (const a of pairsOf(LIMITS.square)) {
      write(A, a);
      field.square(R, A);
      expect(values(read(R))).toEqual(values(a).map((x) => modulo(x * x)));
      expect(isOneUnit(read(R))).toBe(true);
    }
  });

  it('doubles a square and subtracts exactly when every limb is at its limit', () => {
    for (const a of pairsOf(LIMITS.doubledSquare)) {
      for (const g of pairsOf(LIMITS.subtrahend)) {
        write(A, a);
        write(B, g);
        field.twiceSquareMinus(R, A, B);
        const minus = values(g);
        expect(values(read(R))).toEqual(values(a).map((x, i) => modulo(2n * x * x - minus[i])));
        expect(isOneUnit(read(R))).toBe(true);
      }
    }
  });

  it('carries exactly when every limb is at its limit', () => {
    for (const a of pairsOf(LIMITS.weak)) {
      write(A, a);
      field.carry(R, A);
      expect(values(read(R))).toEqual(values(a));
      expect(isOneUnit(read(R))).toBe(true);
      expect(isOneUnit(a)).toBe(false);
    }
  });

  it('adds a multiple of 121665 exactly when every limb is at its limit', () => {
    for (const w of pairsOf(1n)) {
      for (const e of pairsOf(LIMITS.multiple)) {
        write(A, w);
        write(B, e);
        field.addMultiple121665(R, A, B);
        const factors = values(e);
        expect(values(read(R))).toEqual(values(w).map((x, i) => modulo(x + 121665n * factors[i])));
        expect(isOneUnit(read(R))).toBe(true);
      }
    }
  });

  it('may write the result over an operand', () => {
    const [a] = pairsOf(1n);
    write(A, a);
    field.multiply(A, A, A);
    expect(values(read(A))).toEqual(values(a).map((x) => modulo(x * x)));
  });

  it('refuses limits under which a limb or a column could overflow', () => {
    expect(() => generateField25519({ ...LIMITS, left: 64n })).toThrow('exceeds its bound');
    expect(() => generateField25519({ ...LIMITS, right: 3n })).toThrow('exceeds its bound');
    expect(() => generateField25519({ ...LIMITS, square: 3n })).toThrow('exceeds its bound');
    expect(() => generateField25519({ ...LIMITS, weak: 64n })).toThrow('exceeds its bound');
  });
});

/**
 * The whole kernel, with products that trap when an operand is above its limit. Limbs of sums are spread over their
 * whole range, so that formulas which break a limit do so in a few thousand products.
 */
function checkedKernel(limits: FieldLimits): Promise<Ristretto255Module> {
  const unchecked = generateField25519().replaceAll(
    /export function (multiply|square|twiceSquareMinus)\(/g,
    'function $1Unchecked(',
  );
  const checks = `
function within(a: usize, units: i64): void {
  for (let i: usize = 0; i < 20; i++) {
    const unit: i64 = (i >> 1) & 1 ? ${unitOf(1)} : ${unitOf(0)};
    if (abs(<i64>load<i32>(a + 4 * i)) > units * unit) unreachable();
  }
}
export function multiply(r: usize, a: usize, b: usize): void {
  within(a, ${limits.left});
  within(b, ${limits.right});
  multiplyUnchecked(r, a, b);
}
export function square(r: usize, a: usize): void {
  within(a, ${limits.square});
  squareUnchecked(r, a);
}
export function twiceSquareMinus(r: usize, a: usize, g: usize): void {
  within(a, ${limits.doubledSquare});
  within(g, ${limits.subtrahend});
  twiceSquareMinusUnchecked(r, a, g);
}
`;
  return compileAssembly<Ristretto255Module>('ristretto255.ts', {
    'generated/field25519-unrolled.ts': unchecked + checks,
  });
}

function runKernel(kernel: Ristretto255Module): number {
  const memory = new Uint8Array(kernel.memory.buffer);
  kernel.prepare();
  for (let i = 0; i < 64; i++) memory.set(sha512(Uint8Array.of(i)), kernel.uniform.value + 64 * i);
  const scalars = Array.from({ length: 64 }, (_, i) => sha512(Uint8Array.of(64 + i)).subarray(0, 31));
  scalars.forEach((scalar, i) => memory.set(scalar, kernel.scalars.value + 32 * i));
  kernel.fromUniform(32);
  return kernel.multiply(32) | kernel.multiplyBase(32);
}

describe('assembly/ristretto255', () => {
  it('keeps every operand within LIMITS when 64 elements are derived and multiplied', async () => {
    expect(runKernel(await checkedKernel(LIMITS))).toBe(0);
  });

  it('is caught by the check when a limit is below what it uses', async () => {
    for (const limit of ['left', 'right', 'square', 'subtrahend'] as const) {
      const kernel = await checkedKernel({ ...LIMITS, [limit]: 1n });
      expect(() => runKernel(kernel)).toThrow(WebAssembly.RuntimeError);
    }
  });
});
