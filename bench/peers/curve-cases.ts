/** Curve25519 in batches: this package's kernels, noble, node:crypto, and libsodium compiled to WebAssembly. */
import { concatBytes } from '../../src/crypto/bytes.ts';
import { type Group, randomScalar, referenceGroup } from '../../src/crypto/group.ts';
import { referenceX25519 } from '../../src/crypto/x25519.ts';
import { ristretto255Kernel } from '../../src/kernels/ristretto255.ts';
import { x25519Kernel } from '../../src/kernels/x25519.ts';
import { sameElements } from '../../src/measure/same-elements.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { ran } from '../bench-case.ts';
import { withOpenSsl } from '../cases/x25519.ts';
import { loadFrom } from '../own-package.ts';
import type { PeerCase, PreparedPeer } from './peer-case.ts';

/** The part of libsodium-wrappers-sumo that is used. */
interface Sodium {
  readonly ready: Promise<void>;
  crypto_scalarmult(scalar: Uint8Array, point: Uint8Array): Uint8Array;
  crypto_scalarmult_ristretto255(scalar: Uint8Array, point: Uint8Array): Uint8Array;
  crypto_core_ristretto255_from_hash(uniform: Uint8Array): Uint8Array;
}

type Products = (scalars: Uint8Array, points: Uint8Array) => Uint8Array | undefined;
type Elements = (uniform: Uint8Array) => Uint8Array;

const COUNT = 64;
const WARM = { samples: 25, warmUps: 20, items: COUNT, short: true } as const;

const OURS = { library: 'blindflag', securityModel: 'constant time as far as the WebAssembly engine allows' } as const;
const NOBLE = { library: '@noble/curves', securityModel: 'not constant time (BigInt)' } as const;
const NODE = { library: 'node:crypto', securityModel: 'constant time (OpenSSL); keys imported as JWK' } as const;
const SODIUM = {
  library: 'libsodium-wrappers-sumo',
  securityModel: 'constant time as far as the engine allows',
} as const;

export const curveCases: readonly PeerCase[] = [
  x25519Case(OURS, () => Promise.resolve((scalars, points) => x25519Kernel().multiply(scalars, points))),
  x25519Case(NOBLE, () => Promise.resolve((scalars, points) => referenceX25519.multiply(scalars, points))),
  x25519Case(NODE, () => Promise.resolve(withOpenSsl)),
  x25519Case(SODIUM, async () => {
    const sodium = await loadSodium();
    return (scalar, points) =>
      concatBytes(...rowsOf(points, 32).map((point) => sodium.crypto_scalarmult(scalar, point)));
  }),
  multiplyCase(OURS, () => Promise.resolve(productsOf(ristretto255Kernel()))),
  multiplyCase(NOBLE, () => Promise.resolve(productsOf(referenceGroup))),
  multiplyCase(SODIUM, async () => {
    const sodium = await loadSodium();
    return (scalars, points) => {
      const own = rowsOf(scalars, 32);
      const products = rowsOf(points, 32).map((point, k) => sodium.crypto_scalarmult_ristretto255(own[k], point));
      return concatBytes(...products);
    };
  }),
  elementsCase(OURS, () => Promise.resolve(elementsOf(ristretto255Kernel()))),
  elementsCase(NOBLE, () => Promise.resolve(elementsOf(referenceGroup))),
  elementsCase(SODIUM, async () => {
    const sodium = await loadSodium();
    return (uniform) =>
      concatBytes(...rowsOf(uniform, 64).map((row) => sodium.crypto_core_ristretto255_from_hash(row)));
  }),
];

type Library = Pick<PeerCase, 'library' | 'securityModel'>;

function x25519Case(library: Library, load: () => Promise<Products>): PeerCase {
  const rng = insecureSeededRng('bench', 'peers-x25519');
  const [scalar, points] = [rng(32), rng(32 * COUNT)];
  return {
    ...library,
    ...WARM,
    task: 'x25519-one-scalar',
    unit: 'product',
    setUp: async () => prepared(await load(), [scalar, points], () => ran(referenceX25519.multiply(scalar, points))),
  };
}

function multiplyCase(library: Library, load: () => Promise<Products>): PeerCase {
  const rng = insecureSeededRng('bench', 'peers-ristretto255');
  const points = referenceGroup.fromUniform(rng(64 * COUNT));
  const scalars = concatBytes(...Array.from({ length: COUNT }, () => randomScalar(rng)));
  return {
    ...library,
    ...WARM,
    task: 'ristretto255-multiply',
    unit: 'element',
    setUp: async () => prepared(await load(), [scalars, points], () => ran(referenceGroup.multiply(points, scalars))),
  };
}

function elementsCase(library: Library, load: () => Promise<Elements>): PeerCase {
  const uniform = insecureSeededRng('bench', 'peers-elements')(64 * COUNT);
  return {
    ...library,
    ...WARM,
    task: 'ristretto255-from-uniform',
    unit: 'element',
    setUp: async () => prepared(await load(), [uniform], () => referenceGroup.fromUniform(uniform)),
  };
}

/** Every row is compared with noble's; where noble is measured, the two calls still agree. */
function prepared<A extends readonly unknown[]>(
  compute: (...inputs: A) => Uint8Array | undefined,
  inputs: A,
  expected: () => Uint8Array,
): PreparedPeer {
  let given: Uint8Array | undefined;
  let known: Uint8Array | undefined;
  return {
    run() {
      given = compute(...inputs);
    },
    check: () => sameElements(ran(given), (known ??= expected())),
  };
}

function productsOf(group: Group): Products {
  return (scalars, points) => group.multiply(points, scalars);
}

function elementsOf(group: Group): Elements {
  return (uniform) => group.fromUniform(uniform);
}

function rowsOf(bytes: Uint8Array, length: number): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / length }, (_, k) => bytes.subarray(k * length, (k + 1) * length));
}

async function loadSodium(): Promise<Sodium> {
  const { default: sodium } = await loadFrom<{ readonly default: Sodium }>('peers', 'libsodium-wrappers-sumo');
  await sodium.ready;
  return sodium;
}
