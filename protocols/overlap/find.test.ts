import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/crypto/bytes.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { findJob, type Found } from './find.ts';
import { sealJob, tagsJob } from './steps.ts';

const SEED = 1;
const rng = insecureSeededRng('find', SEED);
const SLOTS = 512;
const ITEMS = 450;
const HOLDER_ROWS = 1024;
const PAYLOAD = 6;
const TAG = 8;

/** The receiver's evaluated list: accounts, and fillers behind. */
const own = { sid: rng(32), records: rng(32 * SLOTS), values: rng(32 * SLOTS), valueBytes: 32 };

/** One of the holder's rows: of an account of the receiver, or of one that nobody else has. */
interface HolderRow {
  readonly account: number | undefined;
  readonly occurrence: number;
}

/** Accounts with so many rows each, numbered in order, between rows of other accounts and in another order. */
function rowsOf(counts: ReadonlyMap<number, number>): readonly HolderRow[] {
  const rows: HolderRow[] = [...counts].flatMap(([account, count]) =>
    Array.from({ length: count }, (_, occurrence) => ({ account, occurrence })),
  );
  while (rows.length < HOLDER_ROWS) rows.push({ account: undefined, occurrence: 0 });
  const order = new DataView(rng(4 * rows.length).buffer);
  return rows
    .map((row, k) => ({ row, key: order.getUint32(4 * k) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ row }) => row);
}

function sealed(rows: readonly HolderRow[], payloadBytes: number): { packed: Uint8Array; payload: Uint8Array } {
  const records = rng(32 * rows.length);
  const values = rng(32 * rows.length);
  for (const [k, { account }] of rows.entries()) {
    if (account === undefined) continue;
    records.set(own.records.subarray(32 * account, 32 * account + 32), 32 * k);
    values.set(own.values.subarray(32 * account, 32 * account + 32), 32 * k);
  }
  const payload = rng(payloadBytes * rows.length);
  const input = { sid: own.sid, records, values, valueBytes: 32, payload, sizeOnly: false };
  const occurrences = Uint32Array.from(rows, ({ occurrence }) => occurrence);
  return { packed: finish(sealJob.run({ ...input, occurrences, shape: { tagBytes: TAG, payloadBytes } })), payload };
}

function find(packed: Uint8Array, payloadBytes: number): { readonly steps: number; readonly found: Found } {
  const shape = { tagBytes: TAG, payloadBytes };
  const tags = finish(tagsJob.run({ ...own, tagBytes: TAG }));
  const job = findJob.run({ ...own, shape, tags, itemCount: ITEMS, rows: packed });
  for (let steps = 0; ; steps++) {
    const step = job.next();
    if (step.done === true) return { steps, found: step.value };
  }
}

const all = (count: number): ReadonlyMap<number, number> =>
  new Map(Array.from({ length: ITEMS }, (_, k) => [k, count]));

const CASES: readonly (readonly [string, ReadonlyMap<number, number>])[] = [
  ['nothing is common', new Map()],
  ['every account has one row', all(1)],
  ['every account has two rows', all(2)],
  ['one account has all rows', new Map([[7, HOLDER_ROWS]])],
  ['accounts have 1 to 40 rows', new Map(Array.from({ length: 40 }, (_, k) => [11 * k, k + 1]))],
  ['accounts have just below, at and just above a power of two', new Map([15, 16, 17, 31, 32, 33].map((c) => [c, c]))],
];

describe('findJob', () => {
  it.each(CASES)(`finds all rows of every account and no other when %s (seed ${SEED})`, (_what, counts) => {
    const rows = rowsOf(counts);
    const { packed, payload } = sealed(rows, PAYLOAD);
    const { found } = find(packed, PAYLOAD);
    const at = (bytes: Uint8Array, row: number): string => toHex(bytes.subarray(PAYLOAD * row, PAYLOAD * (row + 1)));
    expect(found.payload).toHaveLength(PAYLOAD * HOLDER_ROWS);
    expect(found.rowCount).toBe(rows.filter(({ account }) => account !== undefined).length);
    for (let item = 0; item < ITEMS; item++) {
      const expected = rows.flatMap(({ account }, k) => (account === item ? [at(payload, k)] : []));
      const first = found.firstMatch[item];
      const opened = Array.from({ length: found.matches[item] }, (_, k) => at(found.payload, first + k));
      expect(opened.toSorted()).toEqual(expected.toSorted());
    }
  });

  it.each([0, PAYLOAD])('takes as many steps whatever is common, with %i bytes of columns', (payloadBytes) => {
    const steps = CASES.map(([, counts]) => find(sealed(rowsOf(counts), payloadBytes).packed, payloadBytes).steps);
    // Five passes over all tags; with columns an index, two look-ups for every row in ten rounds at most, one piece put in
    // place, and one decryption for each.
    const expected = payloadBytes === 0 ? 5 : 5 + 1 + (8 + 11) + 1 + 4;
    expect(steps).toEqual(CASES.map(() => expected));
  });

  it('stops at the first row that is missing, and takes no more rows than there are', () => {
    const gap = rowsOf(new Map([[3, 9]])).filter(({ occurrence }) => occurrence !== 5);
    expect(find(sealed(gap, PAYLOAD).packed, PAYLOAD).found.matches[3]).toBe(5);
    // A forged list: 64 rows for two accounts, both of which claim more than the list is long.
    const few = Array.from({ length: 64 }, (_, k) => ({ account: k & 1, occurrence: k >> 1 }));
    expect([...find(sealed(few, PAYLOAD).packed, PAYLOAD).found.matches.subarray(0, 2)]).toEqual([32, 32]);
    expect(find(sealed(few.slice(0, 63), PAYLOAD).packed, PAYLOAD).found.rowCount).toBe(63);
  });
});
