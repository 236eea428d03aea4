/** ristretto255 in batches: the plain reference on noble against the WebAssembly kernel. */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { concatBytes, utf8 } from '../../src/crypto/bytes.ts';
import {
  ELEMENT_BYTES,
  expandMessage,
  type Group,
  randomScalar,
  referenceGroup,
  scalarFromBytes,
} from '../../src/crypto/group.ts';
import { ristretto255Kernel } from '../../src/kernels/ristretto255.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual } from '../bench-case.ts';

const { Point } = ristretto255;
const DOMAIN = utf8('blindflag-bench');
/** noble takes about a millisecond an element, the kernel a twentieth of it. */
const REFERENCE_COUNT = 8;
const KERNEL_COUNT = 256;

interface Twin {
  readonly name: string;
  readonly count: number;
  readonly group: () => Group;
  readonly securityModel: string;
}

const TWINS: readonly Twin[] = [
  {
    name: 'reference',
    count: REFERENCE_COUNT,
    group: () => referenceGroup,
    securityModel: 'arithmetic alone; not constant time (BigInt)',
  },
  {
    name: 'kernel',
    count: KERNEL_COUNT,
    group: ristretto255Kernel,
    securityModel: 'arithmetic alone; constant time as far as the WebAssembly engine allows',
  },
];

export const groupCases: readonly BenchCase[] = [...TWINS.map(multiplyCase), ...TWINS.map(hashCase)];

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

/** Message to element: RFC 9380 appendix B, hash_to_ristretto255. */
function hashCase(twin: Twin): BenchCase {
  return {
    ...measures('group/hash-to-group', twin),
    setUp() {
      const messages = Array.from({ length: twin.count }, (_, k) => utf8(`account-${k}`));
      const group = twin.group();
      let elements: Uint8Array | undefined;
      return Promise.resolve({
        run() {
          elements = group.fromUniform(concatBytes(...messages.map((message) => expandMessage(message, DOMAIN))));
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
    ...(twin.name === 'kernel' ? { baseline: `${operation}/reference-${REFERENCE_COUNT}` } : {}),
  };
}

function rowOf(elements: Uint8Array, k: number): Uint8Array {
  return elements.subarray(k * ELEMENT_BYTES, (k + 1) * ELEMENT_BYTES);
}
