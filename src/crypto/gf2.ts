/**
 * The binary fields of VOLE:
 *
 *     GF(2^64)  = GF(2)[x] / (x^64 + x^4 + x^3 + x + 1)
 *     GF(2^128) = GF(2^64)[y] / (y^2 + y + x^61)
 *
 * The second is a field because x^61 has trace 1 (x^61 is the lowest power of x that has). An element of GF(2^64) is 8
 * bytes, little-endian, bit i the coefficient of x^i; an element a + b y of GF(2^128) is the bytes of a, then of b. So
 * GF(2^64) is a subfield, and multiplying by one of its elements works on both halves alike.
 *
 * Products with one fixed element use tables of its multiples (Blahut-style, a table per byte of the other factor). The
 * tables are built without branches or look-ups on the fixed element; they are *read* at places that the rows give, so
 * the rows must be public or the caller's own data. `multiplyGf128` uses neither branches nor tables.
 */
import { asBytes, asWords } from './bytes.ts';
import type { Steps } from './steps.ts';

export type VoleField = 'gf64' | 'gf128';

/** Bytes of an element of GF(2^128). */
export const GF128_BYTES = 16;
const WORDS = 4;
const HALF_BITS = 64;
/** x^64 = x^4 + x^3 + x + 1. */
const REDUCTION = 0x1b;
/** x^61, the constant of the extension, as high and low word. */
const BETA = { low: 0, high: 1 << 29 };
const BYTE_VALUES = 256;
/** Rows between two pauses: about 2 ms. */
const SLICE = 16_384;

/** Many field elements and the one to multiply them by. */
export interface ScaledRows {
  readonly field: VoleField;
  /** n elements of `field`, row-major; public or own data. */
  readonly rows: Uint8Array;
  /** 16 bytes: an element of GF(2^128). Secret. */
  readonly delta: Uint8Array;
}

/** Bulk arithmetic; the reference or its twin in WebAssembly. */
export interface Gf2 {
  /** Adds to `sum` (n x 16 bytes), in place, each row times delta: K' = K + D delta. */
  addScaledRows(sum: Uint8Array, scaled: ScaledRows): Steps<void>;
}

/** Bytes of an element of the field that a VOLE's first component is in. */
export function fieldBytes(field: VoleField): number {
  return field === 'gf64' ? 8 : 16;
}

/** Rows of n elements, checked against a sum of n rows of 16 bytes. @throws RangeError */
export function countScaledRows(sum: Uint8Array, { field, rows, delta }: ScaledRows): number {
  const count = sum.length / GF128_BYTES;
  if (!Number.isInteger(count) || rows.length !== count * fieldBytes(field)) {
    throw new RangeError('Cannot scale rows: sum and rows differ in number');
  }
  if (delta.length !== GF128_BYTES) throw new RangeError('Cannot scale rows: factor is not 16 bytes');
  return count;
}

/** Each row times delta: n x 16 bytes, the caller's. */
export function* scaleRows(gf2: Gf2, scaled: ScaledRows): Steps<Uint8Array> {
  const products = new Uint8Array((scaled.rows.length / fieldBytes(scaled.field)) * GF128_BYTES);
  yield* gf2.addScaledRows(products, scaled);
  return products;
}

export const referenceGf2: Gf2 = {
  *addScaledRows(sum, scaled) {
    const count = countScaledRows(sum, scaled);
    const { rows } = scaled;
    const rowBytes = fieldBytes(scaled.field);
    const tables = multiplesTables(scaled.delta, rowBytes);
    const words = sum.byteOffset % WORDS === 0 ? asWords(sum) : ownWords(sum);
    for (let from = 0; from < count; from += SLICE) {
      for (let i = from; i < Math.min(from + SLICE, count); i++) {
        for (let b = 0; b < rowBytes; b++) {
          const at = (b * BYTE_VALUES + rows[i * rowBytes + b]) * WORDS;
          for (let w = 0; w < WORDS; w++) words[i * WORDS + w] ^= tables[at + w];
        }
      }
      yield;
    }
    if (words.buffer !== sum.buffer) sum.set(new Uint8Array(words.buffer, words.byteOffset, sum.length));
  },
};

/** For every byte of a row, delta times the 256 elements that have no other byte: rowBytes x 256 x 4 words. */
export function multiplesTables(delta: Uint8Array, rowBytes: number): Uint32Array {
  const tables = new Uint32Array(rowBytes * BYTE_VALUES * WORDS);
  let multiple: Uint32Array = ownWords(delta);
  for (let bit = 0; bit < 8 * rowBytes; bit++) {
    if (bit === HALF_BITS) multiple = timesY(ownWords(delta));
    const table = (bit >>> 3) * BYTE_VALUES;
    const own = 1 << (bit & 7);
    for (let rest = 0; rest < own; rest++) {
      for (let w = 0; w < WORDS; w++) {
        tables[(table + own + rest) * WORDS + w] = tables[(table + rest) * WORDS + w] ^ multiple[w];
      }
    }
    timesXInto(multiple);
  }
  multiple.fill(0);
  return tables;
}

/** Multiplies an element of GF(2^128), or two of GF(2^64), by x in place. */
export function timesXInto(words: Uint32Array): void {
  for (let at = 0; at < words.length; at += 2) {
    const carry = -(words[at + 1] >>> 31);
    words[at + 1] = (words[at + 1] << 1) | (words[at] >>> 31);
    words[at] = (words[at] << 1) ^ (carry & REDUCTION);
  }
}

/** (a + b y) y = x^61 b + (a + b) y. */
export function timesY(words: Uint32Array): Uint32Array {
  const out = new Uint32Array(WORDS);
  addHalfProduct(out, 0, { low: words[2], high: words[3] }, BETA);
  out[2] = words[0] ^ words[2];
  out[3] = words[1] ^ words[3];
  return out;
}

/** The product of two elements of GF(2^128); no branch or address depends on either. */
export function multiplyGf128(a: Uint8Array, b: Uint8Array): Uint8Array {
  const [a0, a1] = halves(a);
  const [b0, b1] = halves(b);
  const out = new Uint32Array(WORDS);
  const upper = new Uint32Array(2);
  // (a0 + a1 y)(b0 + b1 y) = a0 b0 + x^61 a1 b1 + ((a0 + a1)(b0 + b1) + a0 b0) y, as y^2 = y + x^61.
  addHalfProduct(upper, 0, a1, b1);
  addHalfProduct(out, 0, a0, b0);
  addHalfProduct(
    out,
    2,
    { low: a0.low ^ a1.low, high: a0.high ^ a1.high },
    { low: b0.low ^ b1.low, high: b0.high ^ b1.high },
  );
  out[2] ^= out[0];
  out[3] ^= out[1];
  addHalfProduct(out, 0, { low: upper[0], high: upper[1] }, BETA);
  return asBytes(out);
}

/** For sums of rows by the values of their weights' bytes: `weightBytes` x 256 x 4 words, all zero. */
export function weightTables(weightBytes: number): Uint32Array {
  return new Uint32Array(weightBytes * BYTE_VALUES * WORDS);
}

/**
 * Adds each row (4 words), for every byte of its weight, to the sum of that byte and value. Weights are public: they alone
 * choose addresses, and rows may be secret.
 */
export function addByWeight(tables: Uint32Array, rows: Uint32Array, weights: Uint8Array): void {
  const weightBytes = tables.length / (BYTE_VALUES * WORDS);
  for (let at = 0, weight = 0; at < rows.length; at += WORDS, weight += weightBytes) {
    const a = rows[at];
    const b = rows[at + 1];
    const c = rows[at + 2];
    const d = rows[at + 3];
    for (let byte = 0; byte < weightBytes; byte++) {
      const sum = (byte * BYTE_VALUES + weights[weight + byte]) * WORDS;
      tables[sum] ^= a;
      tables[sum + 1] ^= b;
      tables[sum + 2] ^= c;
      tables[sum + 3] ^= d;
    }
  }
}

/** For every bit of the weights, from the lowest on, the sum (4 words) of the rows whose weight has it. */
export function sumsByBit(tables: Uint32Array): Uint32Array {
  const table = BYTE_VALUES * WORDS;
  const sums = new Uint32Array((tables.length / table) * 8 * WORDS);
  for (let from = 0, at = 0; from < tables.length; from += table, at += 8 * WORDS) {
    const rest = tables.slice(from, from + table);
    // From the highest bit on: the upper half of the values has it, and is then added to the lower one.
    for (let half = rest.length / 2, sum = at + 7 * WORDS; half >= WORDS; half /= 2, sum -= WORDS) {
      for (let k = 0; k < half; k++) {
        sums[sum + (k % WORDS)] ^= rest[half + k];
        rest[k] ^= rest[half + k];
      }
    }
    rest.fill(0);
  }
  return sums;
}

/** The sum of all rows that were added times their weights, elements of GF(2^128) in their first bytes, of which there may be fewer than 16. */
export function sumOfMultiples(tables: Uint32Array): Uint8Array {
  const sums = sumsByBit(tables);
  const total = evaluateAtX(sums.subarray(0, HALF_BITS * WORDS));
  const upper = timesY(evaluateAtX(sums.subarray(HALF_BITS * WORDS)));
  for (let w = 0; w < WORDS; w++) total[w] ^= upper[w];
  for (const secret of [sums, upper]) secret.fill(0);
  return asBytes(total);
}

/** The sum of x^i times element i. */
function evaluateAtX(elements: Uint32Array): Uint32Array {
  const total = new Uint32Array(WORDS);
  for (let at = elements.length - WORDS; at >= 0; at -= WORDS) {
    timesXInto(total);
    for (let w = 0; w < WORDS; w++) total[w] ^= elements[at + w];
  }
  return total;
}

/** A copy as words, also of a Buffer, whose slice() would share memory. */
function ownWords(bytes: Uint8Array): Uint32Array {
  return asWords(new Uint8Array(bytes));
}

interface Half {
  readonly low: number;
  readonly high: number;
}

function halves(element: Uint8Array): readonly [Half, Half] {
  if (element.length !== GF128_BYTES) throw new RangeError('Cannot multiply: an element is not 16 bytes');
  const words = ownWords(element);
  return [
    { low: words[0], high: words[1] },
    { low: words[2], high: words[3] },
  ];
}

/** Adds the product of a and b in GF(2^64) to the two words from `at` on: shift and masked add, bit by bit. */
function addHalfProduct(out: Uint32Array, at: number, a: Half, b: Half): void {
  let low = 0;
  let high = 0;
  for (let bit = HALF_BITS - 1; bit >= 0; bit--) {
    const carry = -(high >>> 31);
    high = (high << 1) | (low >>> 31);
    low = (low << 1) ^ (carry & REDUCTION);
    const chosen = -(((bit < 32 ? b.low : b.high) >>> (bit & 31)) & 1);
    low ^= a.low & chosen;
    high ^= a.high & chosen;
  }
  out[at] ^= low;
  out[at + 1] ^= high;
}
