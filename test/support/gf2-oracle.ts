/** The fields of src/crypto/gf2.ts on BigInt, from their definitions alone: slow, and nothing in common with it. */

const BETA = 1n << 61n;
const MASK = (1n << 64n) - 1n;

/** The product in GF(2)[x] / (x^64 + x^4 + x^3 + x + 1). */
export function oracleGf64(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let [rest, shifted] = [b, a]; rest !== 0n; rest >>= 1n, shifted <<= 1n) if (rest & 1n) product ^= shifted;
  // x^64 = x^4 + x^3 + x + 1: what is above moves down, and what is then still above once more.
  for (let above = product >> 64n; above !== 0n; above = product >> 64n) {
    product = (product & MASK) ^ above ^ (above << 1n) ^ (above << 3n) ^ (above << 4n);
  }
  return product;
}

/** The product in GF(2^64)[y] / (y^2 + y + x^61); an element a + b y is the integer a + 2^64 b. */
export function oracleGf128(a: bigint, b: bigint): bigint {
  const [a0, a1, b0, b1] = [a & MASK, a >> 64n, b & MASK, b >> 64n];
  const high = oracleGf64(a1, b1);
  const low = oracleGf64(a0, b0) ^ oracleGf64(high, BETA);
  return low | ((oracleGf64(a0, b1) ^ oracleGf64(a1, b0) ^ high) << 64n);
}

/** Element `index` of rows of `width` bytes, little-endian. */
export function elementAt(rows: Uint8Array, index: number, width: number): bigint {
  let value = 0n;
  for (let k = width - 1; k >= 0; k--) value = (value << 8n) | BigInt(rows[index * width + k]);
  return value;
}

/** Numbers of the rows where C = A delta + K does not hold; `width` is the bytes of an element of A. */
export function brokenRows(
  { a, c }: { readonly a: Uint8Array; readonly c: Uint8Array },
  { delta, k }: { readonly delta: Uint8Array; readonly k: Uint8Array },
  width: number,
): readonly number[] {
  const factor = elementAt(delta, 0, 16);
  return Array.from({ length: a.length / width }, (_, i) => i).filter((i) => {
    const product = oracleGf128(elementAt(a, i, width), factor);
    return elementAt(c, i, 16) !== (product ^ elementAt(k, i, 16));
  });
}
