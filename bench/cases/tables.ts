/** Keyed tables: OKVS and cuckoo table, at the sizes of 4,096 accounts. */
import { CUCKOO_DIGEST_BYTES, CUCKOO_POSITIONS, cuckooInsert, cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { cuckooSize } from '../../src/crypto/cuckoo-size.ts';
import { type Okvs, okvsFailureLog2, okvsShape, referenceOkvs } from '../../src/crypto/okvs.ts';
import { finish } from '../../src/crypto/steps.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import { okvsKernel } from '../../src/kernels/okvs.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual, requireResult } from '../bench-case.ts';

const ACCOUNTS = 4096;
/** A contributor programmes each of its accounts into three bins. */
const KEYS: number = 3 * ACCOUNTS;
/** A target of 56 to 64 bits and a score take three words. */
const VALUE_WORDS = 3;
const SHAPE = okvsShape(KEYS, VALUE_WORDS);
const CUCKOO_FAILURE_LOG2 = -42;

export const tableCases: readonly BenchCase[] = [
  { ...okvs('encode-reference'), setUp: () => Promise.resolve(encodeCase(referenceOkvs)) },
  { ...okvs('encode', 'encode-reference'), setUp: () => Promise.resolve(encodeCase(okvsKernel())) },
  { ...okvs('decode-reference'), setUp: () => Promise.resolve(decodeCase(referenceOkvs)) },
  { ...okvs('decode', 'decode-reference'), setUp: () => Promise.resolve(decodeCase(okvsKernel())) },
  {
    ...cuckoo('positions'),
    setUp() {
      const { digests, bins } = placement();
      let positions: Uint32Array | undefined;
      return Promise.resolve({
        run() {
          positions = finish(cuckooPositions(digests, bins));
        },
        check() {
          const given = ran(positions);
          for (let at = 0; at < given.length; at += CUCKOO_POSITIONS) {
            const own = [...given.subarray(at, at + CUCKOO_POSITIONS)];
            requireResult(new Set(own).size === CUCKOO_POSITIONS && own.every((bin) => bin < bins), 'positions');
          }
        },
      });
    },
  },
  {
    ...cuckoo('insert'),
    setUp() {
      const { digests, bins } = placement();
      const positions = finish(cuckooPositions(digests, bins));
      let owners: Int32Array | undefined;
      return Promise.resolve({
        run() {
          owners = finish(cuckooInsert(positions, bins));
        },
        check() {
          const placed = [...ran(owners).entries()].filter(([, item]) => item >= 0);
          requireResult(new Set(placed.map(([, item]) => item)).size === ACCOUNTS, 'an item has no place');
          for (const [bin, item] of placed) {
            const own = positions.subarray(item * CUCKOO_POSITIONS, (item + 1) * CUCKOO_POSITIONS);
            requireResult(own.includes(bin), 'an item sits in a foreign bin');
          }
        },
      });
    },
  },
];

function okvsEntries() {
  const rng = insecureSeededRng('bench', 'okvs');
  return { seed: rng(32), keys: rng(16 * KEYS), values: asWords(rng(4 * KEYS * VALUE_WORDS)), rng };
}

function encodeCase(implementation: Okvs) {
  const entries = okvsEntries();
  let table: Uint32Array | undefined;
  return {
    run() {
      table = finish(implementation.encode(SHAPE, entries));
    },
    check() {
      const query = { seed: entries.seed, keys: entries.keys, table: ran(table) };
      const decoded = finish(referenceOkvs.decode(SHAPE, query));
      requireEqual(decoded, entries.values, 'decoded values');
    },
    facts: () => ({ bytes: 4 * SHAPE.columns * VALUE_WORDS, failureLog2: okvsFailureLog2(KEYS) }),
  };
}

function decodeCase(implementation: Okvs) {
  const { seed, keys, values, rng } = okvsEntries();
  const table = finish(referenceOkvs.encode(SHAPE, { seed, keys, values, rng }));
  let decoded: Uint32Array | undefined;
  return {
    run() {
      decoded = finish(implementation.decode(SHAPE, { seed, keys, table }));
    },
    check: () => requireEqual(ran(decoded), values, 'decoded values'),
  };
}

function placement() {
  const digests = insecureSeededRng('bench', 'cuckoo')(CUCKOO_DIGEST_BYTES * ACCOUNTS);
  return { digests, bins: cuckooSize(ACCOUNTS, { failureLog2: CUCKOO_FAILURE_LOG2, shards: 1 }).bins };
}

function okvs(operation: string, baseline?: string): Omit<BenchCase, 'setUp'> {
  return {
    ...(baseline === undefined ? {} : { baseline: `okvs/${baseline}/keys-${KEYS}` }),
    id: `okvs/${operation}/keys-${KEYS}`,
    securityModel: 'hides which keys are programmed and how many; encoding time depends on own keys',
    unit: 'key',
    items: KEYS,
    kind: 'micro',
    selection: 'short',
  };
}

function cuckoo(operation: string): Omit<BenchCase, 'setUp'> {
  return {
    id: `cuckoo/${operation}/items-${ACCOUNTS}`,
    securityModel: 'local data structure; time depends on own items',
    unit: 'item',
    items: ACCOUNTS,
    kind: 'micro',
    selection: 'short',
  };
}
