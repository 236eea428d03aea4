import { describe, expect, it } from 'vitest';
import { elementAt, oracleGf128, oracleGf64 } from '../../test/support/gf2-oracle.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { asBytes, asWords, fromHex, toHex } from './bytes.ts';
import {
  addByWeight,
  fieldBytes,
  multiplyGf128,
  referenceGf2,
  scaleRows,
  sumOfMultiples,
  sumsByBit,
  timesXInto,
  timesY,
  type VoleField,
  weightTables,
} from './gf2.ts';
import { finish } from './steps.ts';

const SEED = 'gf2';
const ALL = (1n << 128n) - 1n;
/** x^64 + x^4 + x^3 + x + 1. */
const MODULUS = (1n << 64n) | 0b11011n;
const BETA = 1n << 61n;
/** Where carries, halves and reductions meet. */
const EXTREMES = [0n, 1n, 2n, 1n << 63n, 1n << 64n, 1n << 127n, (1n << 64n) - 1n, ALL ^ ((1n << 64n) - 1n), ALL, BETA];

function elements(label: string, count: number): bigint[] {
  const random = elementsOf(insecureSeededRng(SEED, label)(16 * count), 16);
  return [...EXTREMES, ...random];
}

function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function fromBytes(bytes: Uint8Array): bigint {
  return elementAt(bytes, 0, bytes.length);
}

function elementsOf(rows: Uint8Array, width: number): bigint[] {
  return Array.from({ length: rows.length / width }, (_, i) => elementAt(rows, i, width));
}

/** Remainder of a polynomial over GF(2). */
function remainder(a: bigint, modulus: bigint): bigint {
  const degree = modulus.toString(2).length;
  let rest = a;
  for (let length = rest.toString(2).length; rest > 0n && length >= degree; length = rest.toString(2).length) {
    rest ^= modulus << BigInt(length - degree);
  }
  return rest;
}

/** Square of a polynomial over GF(2): its bits with zeros between them. */
function square(a: bigint): bigint {
  return BigInt(`0b${a.toString(2).split('').join('0')}`);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, remainder(a, b));
}

/** x^(2^exponent) modulo the modulus. */
function frobenius(exponent: number, modulus: bigint): bigint {
  let power = 2n;
  for (let i = 0; i < exponent; i++) power = remainder(square(power), modulus);
  return power;
}

/** Rabin's test, for degree 64. */
function isIrreducible(modulus: bigint): boolean {
  return frobenius(64, modulus) === 2n && greatestCommonDivisor(modulus, frobenius(32, modulus) ^ 2n) === 1n;
}

function trace(element: bigint): bigint {
  let sum = 0n;
  let power = element;
  for (let i = 0; i < 64; i++, power = oracleGf64(power, power)) sum ^= power;
  return sum;
}

describe('the fields', () => {
  it('GF(2^64) is a field: its modulus is irreducible, and the test can tell', () => {
    expect(isIrreducible(MODULUS)).toBe(true);
    expect(isIrreducible(MODULUS ^ 0b10n)).toBe(false);
    // (x^32 + x^7 + x^3 + x^2 + 1)^2 has no factor of degree below 32.
    expect(isIrreducible(square((1n << 32n) | 0b10001101n))).toBe(false);
  });

  it('GF(2^128) is a field: x^61 has trace 1, and no lower power of x has', () => {
    expect(trace(BETA)).toBe(1n);
    expect(Array.from({ length: 61 }, (_, i) => trace(1n << BigInt(i)))).toEqual(Array.from({ length: 61 }, () => 0n));
  });

  it('x generates no smaller field, so that codes with the factor x are over all of GF(2^64)', () => {
    expect(frobenius(32, MODULUS)).not.toBe(2n);
    expect(oracleGf128(1n << 64n, 1n << 64n)).toBe((1n << 64n) | BETA);
  });
});

describe('multiplyGf128', () => {
  it(`multiplyGf128 equals polynomial arithmetic on random and extreme elements (seed ${SEED})`, () => {
    const left = elements('left', 20);
    const right = elements('right', 20).toReversed();
    for (const a of left) {
      for (const b of right) {
        expect(fromBytes(multiplyGf128(toBytes(a, 16), toBytes(b, 16)))).toBe(oracleGf128(a, b));
      }
    }
  });

  it('multiplyGf128 keeps its published vectors', () => {
    const y = '00000000000000000100000000000000';
    expect(toHex(multiplyGf128(fromHex(y), fromHex(y)))).toBe('00000000000000200100000000000000');
    const a = fromHex('000102030405060708090a0b0c0d0e0f');
    const b = fromHex('f0e0d0c0b0a090807060504030201000');
    expect(toHex(multiplyGf128(a, b))).toBe(toHex(toBytes(oracleGf128(fromBytes(a), fromBytes(b)), 16)));
    expect(toHex(multiplyGf128(a, b))).toBe('00eed16ba0a47121001309690030094a');
  });

  it('timesXInto and timesY multiply by x and y', () => {
    for (const a of elements('steps', 20)) {
      const words = new Uint32Array(toBytes(a, 16).buffer);
      expect(fromBytes(asBytes(timesY(words)))).toBe(oracleGf128(a, 1n << 64n));
      timesXInto(words);
      expect(fromBytes(asBytes(words))).toBe(oracleGf128(a, 2n));
    }
  });

  it('multiplyGf128 refuses an element of another length', () => {
    expect(() => multiplyGf128(new Uint8Array(8), new Uint8Array(16))).toThrow(RangeError);
  });
});

describe.each<VoleField>(['gf64', 'gf128'])('scaleRows in %s', (field) => {
  const bytes = fieldBytes(field);

  it(`scaleRows equals polynomial arithmetic on random and extreme rows (seed ${SEED})`, () => {
    const rows = elements('rows', 200).map((row) => row & ((1n << BigInt(8 * bytes)) - 1n));
    for (const delta of [0n, 1n, ALL, 1n << 127n, ...elements('delta', 1)]) {
      const scaled = finish(
        scaleRows(referenceGf2, {
          field,
          rows: Uint8Array.from(rows.flatMap((row) => [...toBytes(row, bytes)])),
          delta: toBytes(delta, 16),
        }),
      );
      expect(elementsOf(scaled, 16)).toEqual(rows.map((row) => oracleGf128(row, delta)));
    }
  });

  it('addScaledRows adds in place, also in a view that is not aligned', () => {
    const rng = insecureSeededRng(SEED, 'in place');
    const rows = rng(5 * bytes);
    const delta = rng(16);
    const backing = rng(1 + 5 * 16);
    const sum = backing.subarray(1);
    const before = elementsOf(sum, 16);
    finish(referenceGf2.addScaledRows(sum, { field, rows, delta }));
    const products = elementsOf(rows, bytes).map((row) => oracleGf128(row, fromBytes(delta)));
    expect(elementsOf(sum, 16)).toEqual(before.map((value, i) => value ^ products[i]));
  });

  it('addScaledRows refuses rows and sums that differ in number, and takes none', () => {
    const delta = new Uint8Array(16);
    expect(() => finish(scaleRows(referenceGf2, { field, rows: new Uint8Array(bytes + 1), delta }))).toThrow(
      RangeError,
    );
    const short = { field, rows: new Uint8Array(bytes), delta };
    expect(() => finish(referenceGf2.addScaledRows(new Uint8Array(32), short))).toThrow(RangeError);
    expect(finish(scaleRows(referenceGf2, { field, rows: new Uint8Array(0), delta }))).toHaveLength(0);
  });
});

describe('sumOfMultiples', () => {
  it.each([8, 12, 16])(
    `sumOfMultiples gives the sum of rows times weights of %i bytes from their sums by weight byte (seed ${SEED})`,
    (width) => {
      const rows = elements('fold rows', 60);
      const weights = elements('fold weights', 60)
        .map((weight) => BigInt.asUintN(8 * width, weight))
        .toReversed();
      const tables = weightTables(width);
      for (const [i, row] of rows.entries()) {
        const words = new Uint32Array(toBytes(row, 16).buffer);
        for (const [byte, value] of toBytes(weights[i], width).entries()) {
          for (let w = 0; w < 4; w++) tables[(byte * 256 + value) * 4 + w] ^= words[w];
        }
      }
      const expected = rows.reduce((sum, row, i) => sum ^ oracleGf128(row, weights[i]), 0n);
      expect(fromBytes(sumOfMultiples(tables))).toBe(expected);
    },
  );
});

describe('addByWeight', () => {
  it.each([8, 16])(
    `addByWeight and sumsByBit sum up the rows whose weight of %i bytes has a bit (seed ${SEED})`,
    (width) => {
      const rows = elements('rows by weight', 60);
      const weights = elements('weights', 60)
        .map((weight) => BigInt.asUintN(8 * width, weight))
        .toReversed();
      const sumsOf = (own: readonly bigint[]): readonly bigint[] => {
        const tables = weightTables(width);
        const bytes = own.map((weight) => toBytes(weight, width));
        // In two calls, as trees come one after another.
        for (const [from, to] of [
          [0, 7],
          [7, rows.length],
        ]) {
          const part = rows.slice(from, to).flatMap((row) => [...toBytes(row, 16)]);
          const weightBytes = bytes.slice(from, to).flatMap((weight) => [...weight]);
          addByWeight(tables, asWords(Uint8Array.from(part)), Uint8Array.from(weightBytes));
        }
        return elementsOf(asBytes(sumsByBit(tables)), 16);
      };
      const expected = Array.from({ length: 8 * width }, (_, bit) =>
        rows.reduce((sum, row, i) => sum ^ ((weights[i] >> BigInt(bit)) & 1n ? row : 0n), 0n),
      );
      expect(sumsOf(weights)).toEqual(expected);
      // One bit of one weight more or less changes the sum of that bit.
      const other = weights.with(40, weights[40] ^ (1n << 5n));
      const changed = sumsOf(other).flatMap((sum, bit) => (sum === expected[bit] ? [] : [bit]));
      expect(changed).toEqual([5]);
    },
  );
});
