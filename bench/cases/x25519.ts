/** X25519 in batches: noble, node:crypto (OpenSSL) and the WebAssembly kernels. */
import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { referenceX25519, type X25519 } from '../../src/crypto/x25519.ts';
import { x25519Wasm } from '../../src/kernels/generated/x25519-wasm.ts';
import { x25519FromModule, x25519Kernel } from '../../src/kernels/x25519.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual } from '../bench-case.ts';

const NOBLE_COUNT = 8;
const KERNEL_COUNT = 256;
const MODEL = 'arithmetic alone; constant time as far as the WebAssembly engine allows';
const NODE = `x25519/one-scalar/node-crypto-${KERNEL_COUNT}`;

type Products = (scalars: Uint8Array, points: Uint8Array) => Uint8Array | undefined;

interface Way {
  readonly id: string;
  readonly baseline?: string;
  readonly count: number;
  readonly scalars: 'one' | 'own';
  readonly securityModel: string;
  readonly products: () => Products;
}

const of =
  (load: () => X25519 | undefined): (() => Products) =>
  () => {
    const x25519 = load();
    if (x25519 === undefined) throw new Error('Cannot bench: this engine has no WebAssembly SIMD');
    return (scalars, points) => x25519.multiply(scalars, points);
  };
const noble = {
  count: NOBLE_COUNT,
  securityModel: 'arithmetic alone; not constant time (BigInt)',
  products: of(() => referenceX25519),
};
const portable = {
  count: KERNEL_COUNT,
  securityModel: MODEL,
  products: of(() => x25519FromModule(x25519Wasm)),
};
const kernel = { count: KERNEL_COUNT, securityModel: MODEL, products: of(x25519Kernel) };
const one = { scalars: 'one', baseline: `x25519/one-scalar/noble-${NOBLE_COUNT}` } as const;

export const x25519Cases: readonly BenchCase[] = [
  productsCase({ id: `x25519/one-scalar/noble-${NOBLE_COUNT}`, scalars: 'one', ...noble }),
  productsCase({
    id: NODE,
    ...one,
    count: KERNEL_COUNT,
    securityModel: 'arithmetic alone; constant time (OpenSSL)',
    products: () => withOpenSsl,
  }),
  productsCase({ id: `x25519/one-scalar/portable-${KERNEL_COUNT}`, ...one, ...portable }),
  productsCase({ id: `x25519/one-scalar/kernel-${KERNEL_COUNT}`, ...one, ...kernel }),
  productsCase({ id: `x25519/versus-node/portable-${KERNEL_COUNT}`, ...one, ...portable, baseline: NODE }),
  productsCase({ id: `x25519/versus-node/kernel-${KERNEL_COUNT}`, ...one, ...kernel, baseline: NODE }),
  productsCase({ id: `x25519/pairs/noble-${NOBLE_COUNT}`, scalars: 'own', ...noble }),
  productsCase({
    id: `x25519/pairs/kernel-${KERNEL_COUNT}`,
    scalars: 'own',
    baseline: `x25519/pairs/noble-${NOBLE_COUNT}`,
    ...kernel,
  }),
];

/** One private key, and every public key imported before it is used, as whoever gets keys from a peer must. */
export function withOpenSsl(scalar: Uint8Array, points: Uint8Array): Uint8Array {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const base = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 9 : 0));
  const own = ran(x25519Kernel().multiply(scalar, base));
  const jwk = { kty: 'OKP', crv: 'X25519' };
  const privateKey = createPrivateKey({ key: { ...jwk, d: text(scalar), x: text(own) }, format: 'jwk' });
  const out = new Uint8Array(points.length);
  for (let at = 0; at < points.length; at += 32) {
    const key = createPublicKey({ key: { ...jwk, x: text(points.subarray(at, at + 32)) }, format: 'jwk' });
    out.set(diffieHellman({ privateKey, publicKey: key }), at);
  }
  return out;
}

function productsCase(way: Way): BenchCase {
  return {
    id: way.id,
    securityModel: way.securityModel,
    unit: 'product',
    items: way.count,
    kind: 'micro',
    selection: 'short',
    ...(way.baseline === undefined ? {} : { baseline: way.baseline }),
    setUp() {
      const rng = insecureSeededRng('bench', 'x25519');
      const points = rng(32 * way.count);
      const scalars = rng(way.scalars === 'one' ? 32 : 32 * way.count);
      const products = way.products();
      let given: Uint8Array | undefined;
      return Promise.resolve({
        run() {
          given = products(scalars, points);
        },
        check() {
          for (const k of [0, way.count - 1]) {
            const own = way.scalars === 'one' ? scalars : scalars.subarray(32 * k, 32 * k + 32);
            const expected = ran(referenceX25519.multiply(own, points.subarray(32 * k, 32 * k + 32)));
            requireEqual(ran(given).subarray(32 * k, 32 * k + 32), expected, 'product');
          }
        },
      });
    },
  };
}
