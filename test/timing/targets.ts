/** What computes on secrets, and the same with a shortcut planted, as a leak that must be found. */
import { andLocalInto } from '../../src/crypto/bit-shares.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import type { Group } from '../../src/crypto/group.ts';
import { multiplyLocalInto } from '../../src/crypto/ring-shares.ts';
import type { X25519 } from '../../src/crypto/x25519.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import type { TimingTarget } from './leak-test.ts';

const SCALAR_BYTES = 32;
/** One: all windows but the last are zero, so whoever skips zeros is fast. */
const ONE: Uint8Array = Uint8Array.from({ length: SCALAR_BYTES }, (_, i) => (i === 0 ? 1 : 0));

/** Both rows of a pair get the secret: the kernels compute two at a time. */
function twice(secret: Uint8Array): Uint8Array {
  const rows = new Uint8Array(2 * SCALAR_BYTES);
  rows.set(secret);
  rows.set(secret, SCALAR_BYTES);
  return rows;
}

/** Below the group's order, and not zero but with probability 2^-252. */
function belowOrder(scalar: Uint8Array): void {
  scalar[SCALAR_BYTES - 1] &= 0x0f;
}

export function multiplyTarget(name: string, group: Group): TimingTarget {
  const points = group.fromUniform(insecureSeededRng('timing', 'points')(128));
  return {
    name: `${name}: ristretto255 multiply`,
    secretBytes: SCALAR_BYTES,
    fixed: ONE,
    shape: belowOrder,
    run: (secret) => void group.multiply(points, twice(secret)),
  };
}

export function multiplyBaseTarget(name: string, group: Group): TimingTarget {
  return {
    name: `${name}: ristretto255 multiplyBase`,
    secretBytes: SCALAR_BYTES,
    fixed: ONE,
    shape: belowOrder,
    run: (secret) => void group.multiplyBase(twice(secret)),
  };
}

export function x25519Target(name: string, x25519: X25519): TimingTarget {
  const points = insecureSeededRng('timing', 'coordinates')(2 * SCALAR_BYTES);
  return {
    name: `${name}: X25519`,
    secretBytes: SCALAR_BYTES,
    // Clamped to 2^254: one swap in the whole ladder.
    fixed: new Uint8Array(SCALAR_BYTES),
    run: (secret) => void x25519.multiply(secret, points),
  };
}

const WORDS = 256;
/** A call takes a fraction of a microsecond: the clock reads tens of nanoseconds. */
const CALLS = 30;

interface Step {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}
type AndStep = (out: Uint32Array, x: Step, y: Step, zeroShare: Uint32Array) => void;

/** A committee member's AND of words that it holds shares of; the secret is its share of one operand. */
export function andTarget(name: string, and: AndStep = andLocalInto): TimingTarget {
  const rng = insecureSeededRng('timing', 'and');
  const [first, second, zeroShare] = [0, 1, 2].map(() => asWords(rng(4 * WORDS)));
  const out = new Uint32Array(WORDS);
  return {
    name: `${name}: bit-sliced AND`,
    secretBytes: 8 * WORDS,
    fixed: new Uint8Array(8 * WORDS),
    run(secret) {
      const words = asWords(secret);
      const x = { first: words.subarray(0, WORDS), second: words.subarray(WORDS) };
      for (let call = 0; call < CALLS; call++) and(out, x, { first, second }, zeroShare);
    },
  };
}

/** Shares of zero cost nothing here. */
export const leakyAnd: AndStep = (out, x, y, zeroShare) => {
  for (let k = 0; k < out.length; k++) {
    out[k] = zeroShare[k];
    if (x.first[k] !== 0) out[k] ^= x.first[k] & (y.first[k] ^ y.second[k]);
    if (x.second[k] !== 0) out[k] ^= x.second[k] & y.first[k];
  }
};

/** A committee member's product modulo 2^64, as `andTarget`. */
export function productTarget(name: string): TimingTarget {
  const rng = insecureSeededRng('timing', 'product');
  const elements = (bytes: Uint8Array): BigUint64Array => new BigUint64Array(bytes.slice().buffer);
  const [first, second, zeroShare] = [0, 1, 2].map(() => elements(rng(8 * WORDS)));
  const out = new BigUint64Array(WORDS);
  return {
    name: `${name}: product modulo 2^64`,
    secretBytes: 16 * WORDS,
    fixed: new Uint8Array(16 * WORDS),
    run(secret) {
      const words = new BigUint64Array(secret.buffer, secret.byteOffset, 2 * WORDS);
      const x = { first: words.subarray(0, WORDS), second: words.subarray(WORDS) };
      for (let call = 0; call < CALLS; call++) multiplyLocalInto(out, x, { first, second }, zeroShare);
    },
  };
}
