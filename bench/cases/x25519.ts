/** X25519 in batches: noble, node:crypto (OpenSSL) and the WebAssembly kernels; and one thread against two. */
import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { concatBytes } from '../../src/crypto/bytes.ts';
import { referenceX25519, type X25519 } from '../../src/crypto/x25519.ts';
import { x25519Wasm } from '../../src/kernels/generated/x25519-wasm.ts';
import { x25519FromModule, x25519Kernel } from '../../src/kernels/x25519.ts';
import { createWorkerPool } from '../../src/node/workers/worker-pool.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual } from '../bench-case.ts';
import { x25519Job } from './x25519-jobs.ts';

const NOBLE_COUNT = 8;
const KERNEL_COUNT = 256;
const THREADED_COUNT = 8192;
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
  threadsCase(1),
  threadsCase(2),
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

function threadsCase(threads: number): BenchCase {
  const worker = new URL('../../src/node/workers/worker.js', import.meta.url);
  return {
    id: `x25519/threads/${threads}-of-${THREADED_COUNT}`,
    securityModel: MODEL,
    unit: 'product',
    items: THREADED_COUNT,
    kind: 'macro',
    repetitions: 11,
    selection: 'default',
    ...(threads === 1 ? {} : { baseline: `x25519/threads/1-of-${THREADED_COUNT}` }),
    async setUp() {
      if (!existsSync(fileURLToPath(worker))) return { skipped: 'worker threads run compiled files alone' };
      const rng = insecureSeededRng('bench', 'threads');
      const [scalar, points] = [rng(32), rng(32 * THREADED_COUNT)];
      const pool = createWorkerPool({ jobs: new URL('./x25519-jobs.js', import.meta.url), size: threads, worker });
      const { signal } = new AbortController();
      const multiply = async (): Promise<Uint8Array> => {
        const rows = points.length / threads;
        const parts = Array.from({ length: threads }, (_, i) => points.slice(i * rows, (i + 1) * rows));
        const products = await Promise.all(parts.map((part) => pool.run(x25519Job, { scalar, points: part }, signal)));
        return concatBytes(...products);
      };
      // Threads start, and the kernel is compiled in each, before the first run.
      await multiply();
      let given: Uint8Array | undefined;
      return {
        async run() {
          given = await multiply();
        },
        check: () => requireEqual(ran(given), ran(x25519Kernel().multiply(scalar, points)), 'products'),
        close: () => pool.close(),
      };
    },
  };
}
