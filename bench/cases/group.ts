/**
 * ristretto255 in batches: the plain reference on noble against the WebAssembly kernels. `kernel` is what this engine gets
 * (fused multiply-add on Node 22 and later), `portable` the one without relaxed SIMD.
 */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { concatBytes, utf8 } from '../../src/crypto/bytes.ts';
import {
  ELEMENT_BYTES,
  type ExpandMessages,
  type Group,
  randomScalar,
  referenceExpandMessages,
  referenceGroup,
  scalarFromBytes,
} from '../../src/crypto/group.ts';
import { expandMessagesKernel } from '../../src/kernels/expand-message.ts';
import { ristretto255Wasm } from '../../src/kernels/generated/ristretto255-wasm.ts';
import { groupFromModule, ristretto255Kernel } from '../../src/kernels/ristretto255.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual } from '../bench-case.ts';

const { Point } = ristretto255;
const DOMAIN = utf8('blindflag-bench');
/** noble takes about a millisecond an element, the kernel a twentieth of it. */
const REFERENCE_COUNT = 8;
const KERNEL_COUNT = 256;

const KERNEL_MODEL = 'arithmetic alone; constant time as far as the WebAssembly engine allows';

interface Twin {
  readonly name: string;
  readonly count: number;
  readonly group: () => Group;
  readonly expand: () => ExpandMessages;
  readonly securityModel: string;
}

const TWINS: readonly Twin[] = [
  {
    name: 'reference',
    count: REFERENCE_COUNT,
    group: () => referenceGroup,
    expand: () => referenceExpandMessages,
    securityModel: 'arithmetic alone; not constant time (BigInt)',
  },
  {
    name: 'portable',
    count: KERNEL_COUNT,
    group: () => groupFromModule(ristretto255Wasm) ?? missing(),
    expand: expandMessagesKernel,
    securityModel: KERNEL_MODEL,
  },
  {
    name: 'kernel',
    count: KERNEL_COUNT,
    group: ristretto255Kernel,
    expand: expandMessagesKernel,
    securityModel: KERNEL_MODEL,
  },
];

export const groupCases: readonly BenchCase[] = [
  ...TWINS.map(multiplyCase),
  ...TWINS.map(hashCase),
  ...TWINS.map(multiplyBaseCase),
  ...TWINS.map(sumCase),
];

function missing(): never {
  throw new Error('Cannot bench: this engine has no WebAssembly SIMD');
}

/** Decode, multiply each by a scalar of its own, encode. */
function multiplyCase(twin: Twin): BenchCase {
  const rng = insecureSeededRng('bench', 'group');
  return {
    ...measures('group/multiply', twin),
    setUp() {
      const logarithms = Array.from({ length: twin.count }, () => scalarFromBytes(randomScalar(rng)));
      const factors = Array.from({ length: twin.count }, () => randomScalar(rng));
      const points = concatBytes(...logarithms.map((logarithm) => Point.BASE.multiply(logarithm).toBytes()));
      const scalars = concatBytes(...factors);
      const group = twin.group();
      let product: Uint8Array | undefined;
      return Promise.resolve({
        run() {
          product = group.multiply(points, scalars);
        },
        check() {
          const given = ran(product);
          for (const k of [0, twin.count - 1]) {
            const logarithm = Point.Fn.mul(logarithms[k], scalarFromBytes(factors[k]));
            requireEqual(rowOf(given, k), Point.BASE.multiply(logarithm).toBytes(), 'product');
          }
        },
      });
    },
  };
}

/** The generator times each scalar. */
function multiplyBaseCase(twin: Twin): BenchCase {
  const rng = insecureSeededRng('bench', 'base');
  return {
    ...measures('group/multiply-base', twin),
    setUp() {
      const scalars = concatBytes(...Array.from({ length: twin.count }, () => randomScalar(rng)));
      const group = twin.group();
      let products: Uint8Array | undefined;
      return Promise.resolve({
        run() {
          products = group.multiplyBase(scalars);
        },
        check() {
          for (const k of [0, twin.count - 1]) {
            const expected = Point.BASE.multiply(scalarFromBytes(rowOf(scalars, k))).toBytes();
            requireEqual(rowOf(ran(products), k), expected, 'multiple');
          }
        },
      });
    },
  };
}

/** Decode, multiply each by a scalar of its own, add up: what verifying a batch of evaluations takes. */
function sumCase(twin: Twin): BenchCase {
  const rng = insecureSeededRng('bench', 'sum');
  return {
    ...measures('group/sum-of-products', twin),
    setUp() {
      const logarithms = Array.from({ length: twin.count }, () => randomScalar(rng));
      const points = ristretto255Kernel().multiplyBase(concatBytes(...logarithms));
      const factors = Array.from({ length: twin.count }, () => randomScalar(rng));
      const scalars = concatBytes(...factors);
      const group = twin.group();
      let sum: Uint8Array | undefined;
      return Promise.resolve({
        run() {
          sum = group.sumOfProducts(points, scalars);
        },
        check() {
          const { Fn } = Point;
          const products = factors.map((factor, k) => Fn.mul(scalarFromBytes(factor), scalarFromBytes(logarithms[k])));
          const logarithm = products.reduce((total, product) => Fn.add(total, product));
          requireEqual(ran(sum), Point.BASE.multiply(logarithm).toBytes(), 'sum');
        },
      });
    },
  };
}

/** Message to element: RFC 9380 appendix B, hash_to_ristretto255. */
function hashCase(twin: Twin): BenchCase {
  return {
    ...measures('group/hash-to-group', twin),
    setUp() {
      const messages = Array.from({ length: twin.count }, (_, k) => utf8(`account-${String(k).padStart(8, '0')}`));
      const rows = concatBytes(...messages);
      const [group, expand] = [twin.group(), twin.expand()];
      let elements: Uint8Array | undefined;
      return Promise.resolve({
        run() {
          elements = group.fromUniform(expand(rows, messages[0].length, DOMAIN));
        },
        check() {
          const given = ran(elements);
          for (const k of [0, twin.count - 1]) {
            const expected = ristretto255_hasher.hashToCurve(messages[k], { DST: DOMAIN }).toBytes();
            requireEqual(rowOf(given, k), expected, 'element');
          }
        },
      });
    },
  };
}

function measures(operation: string, twin: Twin): Omit<BenchCase, 'setUp'> {
  return {
    id: `${operation}/${twin.name}-${twin.count}`,
    securityModel: twin.securityModel,
    unit: 'element',
    items: twin.count,
    kind: 'micro',
    selection: 'short',
    ...(twin.name !== 'reference' ? { baseline: `${operation}/reference-${REFERENCE_COUNT}` } : {}),
  };
}

function rowOf(elements: Uint8Array, k: number): Uint8Array {
  return elements.subarray(k * ELEMENT_BYTES, (k + 1) * ELEMENT_BYTES);
}
