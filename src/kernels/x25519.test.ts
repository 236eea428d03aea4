import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sharedVectors } from '../../test/shared-vectors.ts';
import { allowRelaxedSimd } from '../../test/support/relaxed-simd.ts';
import { concatBytes, fromHex, toHex } from '../crypto/bytes.ts';
import { referenceX25519, type X25519 } from '../crypto/x25519.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { x25519FmaWasm } from './generated/x25519-fma-wasm.ts';
import { x25519Wasm } from './generated/x25519-wasm.ts';
import { instantiate } from './twin.ts';
import { x25519FromModule, x25519Kernel, type X25519Module } from './x25519.ts';

allowRelaxedSimd();

const MODULES: [string, string][] = [
  ['wasm-fma', x25519FmaWasm],
  ['wasm-simd', x25519Wasm],
];
const KERNELS: [string, X25519][] = MODULES.map(([engine, module]) => {
  const x25519 = x25519FromModule(module);
  if (x25519 === undefined) throw new Error(`Cannot test ${engine}: this engine does not run it`);
  return [engine, x25519];
});
const ALL: [string, X25519][] = [['reference', referenceX25519], ...KERNELS];

/** RFC 7748 §5.2: scalar, u-coordinate, product. */
const PRODUCTS = [
  [
    'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  ],
  [
    '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  ],
];
const BASE = '09'.padEnd(64, '0');
/** §5.2: the base point multiplied by itself again and again, after 1 and after 1,000 times. */
const ITERATED: [number, string][] = [
  [1, '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'],
  [1000, '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'],
];
/** §6.1: private key and public key of both parties, and what they share. */
const PARTIES = [
  [
    '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
    '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
  ],
  [
    '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
    'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  ],
];
const SHARED = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
/** u-coordinates of small order: 0, 1, the two of order 8, p - 1, and p and p + 1, which are not canonical. */
const SMALL_ORDER = [
  '00'.padEnd(64, '0'),
  '01'.padEnd(64, '0'),
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
];

interface Wycheproof {
  readonly testGroups: readonly {
    readonly tests: readonly { readonly public: string; readonly private: string; readonly shared: string }[];
  }[];
}
const wycheproof = sharedVectors('x25519_wycheproof.json') as Wycheproof | undefined;

const hexOf = (bytes: Uint8Array | undefined): string | undefined => bytes && toHex(bytes);
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

describe.each(ALL)('%s', (_name, x25519) => {
  it('gives the products of RFC 7748 §5.2 when they are asked for one by one and at once', () => {
    for (const [scalar, point, product] of PRODUCTS) {
      expect(hexOf(x25519.multiply(fromHex(scalar), fromHex(point)))).toBe(product);
    }
    const [scalars, points, products] = [0, 1, 2].map((column) => PRODUCTS.map((row) => row[column]).join(''));
    expect(hexOf(x25519.multiply(fromHex(scalars), fromHex(points)))).toBe(products);
  });

  it('gives the values of RFC 7748 §5.2 when it is iterated', () => {
    let [k, u] = [fromHex(BASE), fromHex(BASE)];
    for (let i = 1; i <= 1000; i++) {
      [k, u] = [x25519.multiply(k, u) ?? k, k];
      for (const [count, expected] of ITERATED) if (i === count) expect(toHex(k)).toBe(expected);
    }
  });

  it('gives the keys and the secret of RFC 7748 §6.1', () => {
    for (const [i, [privateKey, publicKey]] of PARTIES.entries()) {
      expect(hexOf(x25519.multiply(fromHex(privateKey), fromHex(BASE)))).toBe(publicKey);
      expect(hexOf(x25519.multiply(fromHex(privateKey), fromHex(PARTIES[1 - i][1])))).toBe(SHARED);
    }
  });

  it('is undefined when any point is of small order', () => {
    const [scalar, good] = PRODUCTS[0].map(fromHex);
    for (const bad of SMALL_ORDER.map(fromHex)) {
      for (const rows of [[bad], [bad, good], [good, bad], [good, good, bad]]) {
        expect(x25519.multiply(scalar, concatBytes(...rows))).toBeUndefined();
      }
    }
  });

  it('multiplies every point when there is one scalar', () => {
    const scalar = fromHex(PRODUCTS[0][0]);
    const points = PRODUCTS.map((row) => fromHex(row[1]));
    const each = points.map((point) => hexOf(x25519.multiply(scalar, point)));
    expect(hexOf(x25519.multiply(scalar, concatBytes(...points)))).toBe(each.join(''));
  });

  it('throws when lengths do not fit', () => {
    expect(() => x25519.multiply(new Uint8Array(64), new Uint8Array(32))).toThrow(RangeError);
    expect(() => x25519.multiply(new Uint8Array(31), new Uint8Array(31))).toThrow(RangeError);
    expect(() => x25519.multiply(new Uint8Array(0), new Uint8Array(32))).toThrow(RangeError);
  });

  it.skipIf(wycheproof === undefined)('gives the results of Wycheproof, zeros as undefined', () => {
    const cases = wycheproof?.testGroups.flatMap((group) => group.tests) ?? [];
    expect(cases.length).toBeGreaterThan(500);
    for (const { private: scalar, public: point, shared } of cases) {
      const expected = /^0+$/.test(shared) ? undefined : shared;
      expect(hexOf(x25519.multiply(fromHex(scalar), fromHex(point)))).toBe(expected);
    }
  });
});

describe.each(KERNELS)('%s', (engine, x25519) => {
  it.each([0, 1, 2, 3, 64, 65, 129])(`gives the bytes of the reference (seed ${engine}) when n = %i`, (n) => {
    const rng = insecureSeededRng(engine, n);
    const [scalars, points] = [rng(32 * n), rng(32 * n)];
    const products = x25519.multiply(scalars, points);
    expect(hexOf(products)).toBe(hexOf(referenceX25519.multiply(scalars, points)));
    expect(products?.length).toBe(32 * n);
    if (n === 0) return;
    const one = scalars.subarray(0, 32);
    expect(hexOf(x25519.multiply(one, points))).toBe(hexOf(referenceX25519.multiply(one, points)));
    // The comparison can fail: another scalar gives another product.
    expect(hexOf(x25519.multiply(rng(32), points))).not.toBe(hexOf(x25519.multiply(one, points)));
  });

  it('gives the secrets of OpenSSL when keys are random (seed openssl)', () => {
    const rng = insecureSeededRng('openssl');
    for (let i = 0; i < 20; i++) {
      const [scalar, other] = [rng(32), rng(32)];
      const [own, peer] = [scalar, other].map((key) => x25519.multiply(key, fromHex(BASE)) ?? key);
      const jwk = { kty: 'OKP', crv: 'X25519' };
      const privateKey = createPrivateKey({
        key: { ...jwk, d: base64url(scalar), x: base64url(own) },
        format: 'jwk',
      });
      const publicKey = createPublicKey({ key: { ...jwk, x: base64url(peer) }, format: 'jwk' });
      expect(hexOf(x25519.multiply(scalar, peer))).toBe(diffieHellman({ privateKey, publicKey }).toString('hex'));
    }
  });

  it('gives the bytes of the reference when coordinates and scalars are extreme', () => {
    const values = [2n, 9n, 2n ** 255n - 20n, 2n ** 255n - 1n, 2n ** 254n, 2n ** 51n - 1n, 2n ** 204n, 2n ** 256n - 1n];
    const rows = values.map((value) =>
      Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)),
    );
    for (const scalar of [...rows, new Uint8Array(32)]) {
      for (const point of rows) {
        expect(hexOf(x25519.multiply(scalar, point))).toBe(hexOf(referenceX25519.multiply(scalar, point)));
      }
    }
  });

  it('is undefined when the only point of small order is in any row of several chunks', () => {
    const rng = insecureSeededRng('rows');
    const [scalars, points] = [rng(32 * 131), rng(32 * 131)];
    expect(x25519.multiply(scalars, points)).toBeDefined();
    for (let row = 0; row < 131; row += 13) {
      const bad = points.slice();
      bad.set(fromHex(SMALL_ORDER[row % SMALL_ORDER.length]), 32 * row);
      expect(x25519.multiply(scalars, bad)).toBeUndefined();
    }
  });

  it('leaves its inputs as they were', () => {
    const rng = insecureSeededRng('inputs');
    const [scalars, points] = [rng(96), rng(96)];
    const before = [scalars.slice(), points.slice()];
    x25519.multiply(scalars, points);
    expect([scalars, points]).toEqual(before);
  });
});

describe.each(MODULES)('%s module', (_engine, text) => {
  it('is refused when it is damaged', () => {
    const module = Uint8Array.from(Buffer.from(text, 'base64'));
    expect(x25519FromModule(Buffer.from(module.subarray(0, 1000)).toString('base64'))).toBeUndefined();
    expect(x25519FromModule('no base64 at all')).toBeUndefined();
  });

  it('leaves nothing in memory when wiped', () => {
    const kernel = instantiate<X25519Module>(text);
    const memory = new Uint8Array(kernel.memory.buffer);
    const untouched = memory.slice();
    const rng = insecureSeededRng('wiped');
    memory.set(rng(64 * 32), kernel.scalars.value);
    memory.set(rng(64 * 32), kernel.points.value);
    expect(kernel.multiplyPoints(32)).toBe(0);
    expect(memory.filter((byte, i) => byte !== untouched[i]).length).toBeGreaterThan(8_000);
    kernel.wipe();
    expect(Buffer.compare(memory, untouched)).toBe(0);
  });
});

it('x25519Kernel is no reference when Node runs it', () => {
  expect(x25519Kernel()).not.toBe(referenceX25519);
});
