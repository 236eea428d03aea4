/** Keyed tables: OPPRF and cuckoo table, at the sizes of 4,096 accounts. */
import { CUCKOO_POSITIONS, cuckooInsert, cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { cuckooSize } from '../../src/crypto/cuckoo-size.ts';
import { okvsFailureLog2 } from '../../src/crypto/okvs.ts';
import {
  OPRF_VALUE_BYTES,
  OPPRF_SLOTS,
  OPPRF_VALUE_BYTES,
  type Opprf,
  type OpprfEntries,
  opprfShape,
  opprfTableBytes,
  referenceOpprf,
  targetWords,
} from '../../src/crypto/opprf.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import { finish } from '../../src/crypto/steps.ts';
import { asBytes } from '../../src/crypto/bytes.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { opprfKernel } from '../../src/kernels/opprf.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { opprfEntries } from '../../test/support/opprf-entries.ts';
import { type BenchCase, ran, requireEqual, requireResult } from '../bench-case.ts';

const ACCOUNTS = 4096;
/** A target of 56 to 64 bits and a score: values of whole words, so that they can be compared as such. */
const SHAPE = opprfShape(ACCOUNTS, 12);
const WORDS = targetWords(SHAPE);
const CUCKOO_FAILURE_LOG2 = -42;

export const tableCases: readonly BenchCase[] = [
  { ...opprf('programme-reference'), setUp: () => Promise.resolve(programmeCase(referenceOpprf)) },
  { ...opprf('programme', 'programme-reference'), setUp: () => Promise.resolve(programmeCase(opprfKernel())) },
  { ...opprf('read-reference'), setUp: () => Promise.resolve(readCase(referenceOpprf)) },
  { ...opprf('read', 'read-reference'), setUp: () => Promise.resolve(readCase(opprfKernel())) },
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

/** Nothing is added, so that targets are what is read; free columns come quickly. */
function plainEntries(): OpprfEntries {
  return {
    ...opprfEntries(ACCOUNTS, SHAPE, { seed: 1, bins: ACCOUNTS }),
    added: new Uint32Array(WORDS * ACCOUNTS),
    rng: insecureSeededRng('bench', 'opprf'),
  };
}

/** Each account in one of its bins, and the targets of these: n x 16 bytes with zeros behind. */
function queryOf({ rowSalt, maskSalt, records, bins, oprfValues, targets }: OpprfEntries) {
  const slots = Uint8Array.from({ length: ACCOUNTS }, (_, i) => i % OPPRF_SLOTS);
  const places = Uint32Array.from(slots, (slot, i) => OPPRF_SLOTS * i + slot);
  const own = places.map((place) => bins[place]);
  const expected = pickRows(asBytes(targets), own, { stride: 4 * WORDS });
  return {
    query: {
      rowSalt,
      maskSalt,
      records,
      slots,
      bins: own,
      oprfValues: pickRows(oprfValues, places, { stride: OPRF_VALUE_BYTES }),
    },
    check(read: Uint8Array) {
      const values = pickRows(read, Uint32Array.from(own.keys()), { stride: OPPRF_VALUE_BYTES, width: 4 * WORDS });
      requireEqual(values, expected, 'targets');
    },
  };
}

function programmeCase(implementation: Opprf) {
  const entries = plainEntries();
  const { query, check } = queryOf(entries);
  let table: Uint8Array | undefined;
  return {
    run() {
      table = finish(implementation.programme(SHAPE, entries));
    },
    check: () => check(finish(referenceOpprf.read(SHAPE, { ...query, table: ran(table) }))),
    facts: () => ({ bytes: opprfTableBytes(SHAPE), failureLog2: okvsFailureLog2(ACCOUNTS) }),
  };
}

function readCase(implementation: Opprf) {
  const entries = plainEntries();
  const { query, check } = queryOf(entries);
  const table = finish(referenceOpprf.programme(SHAPE, entries));
  let read: Uint8Array | undefined;
  return {
    run() {
      read = finish(implementation.read(SHAPE, { ...query, table }));
    },
    check: () => check(ran(read)),
  };
}

function placement() {
  const digests = insecureSeededRng('bench', 'cuckoo')(RECORD_BYTES * ACCOUNTS);
  return { digests, bins: cuckooSize(ACCOUNTS, { failureLog2: CUCKOO_FAILURE_LOG2, shards: 1 }).bins };
}

function opprf(operation: string, baseline?: string): Omit<BenchCase, 'setUp'> {
  return {
    ...(baseline === undefined ? {} : { baseline: `opprf/${baseline}/records-${ACCOUNTS}` }),
    id: `opprf/${operation}/records-${ACCOUNTS}`,
    securityModel: 'hides which records are programmed and how many; programming time depends on own records',
    unit: 'record',
    items: ACCOUNTS,
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
