/** The VOLE engine against its algebra, on a VOLE dealt by the test. */
import { chacha8 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { asWords, toHex } from '../../src/crypto/bytes.ts';
import { fieldBytes, referenceGf2, scaleRows, type VoleField } from '../../src/crypto/gf2.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { decodeOkvs, okvsColumns, okvsShape } from '../../src/crypto/okvs.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { fieldOf } from './vole.ts';
import { addTo, decodeJob, encodeJob, voleEvaluateJob } from './vole-steps.ts';

interface Exchange {
  readonly field: VoleField;
  readonly rowCount: number;
  readonly records: Uint8Array;
  readonly context: readonly Uint8Array[];
  readonly delta: Uint8Array;
  readonly c: Uint8Array;
  readonly k: Uint8Array;
  readonly differences: Uint8Array;
  readonly values: Uint8Array;
}

/** `fault`: how the receiver's or the holder's secret is missing. */
function exchange(
  rowCount: number,
  { field, fault }: { readonly field: VoleField; readonly fault?: 'no mask' | 'no delta' },
): Exchange {
  const rng = insecureSeededRng('overlap vole', rowCount);
  const columns = okvsColumns(rowCount);
  const records = rng(RECORD_BYTES * rowCount);
  const context = [rng(32)];
  const delta = fault === 'no delta' ? new Uint8Array(16) : rng(16);
  const a = fault === 'no mask' ? new Uint8Array(columns * fieldBytes(field)) : rng(columns * fieldBytes(field));
  const k = rng(16 * columns);
  const c = finish(scaleRows(referenceGf2, { field, rows: a, delta })).map((byte, i) => byte ^ k[i]);
  const input = { field, rowCount, context, records };
  const differences = finish(encodeJob.run(input));
  addTo(differences, a);
  const values = finish(decodeJob.run({ ...input, c }));
  return { field, rowCount, records, context, delta, c, k, differences, values };
}

const evaluated = (run: Exchange, records: Uint8Array): Uint8Array => finish(voleEvaluateJob.run({ ...run, records }));

/** What a table holds for records, by the plain reference. */
function decoded({ rowCount, context }: Exchange, table: Uint8Array, records: Uint8Array): readonly string[] {
  const valueWords = table.length / 4 / okvsColumns(rowCount);
  const keys = Uint8Array.from(
    Array.from({ length: records.length / RECORD_BYTES }, (_, i) =>
      Array.from(records.subarray(i * RECORD_BYTES, i * RECORD_BYTES + 16)),
    ).flat(),
  );
  const query = { salt: hashTuple('overlap-okvs', ...context), keys, table: asWords(table) };
  const words = finish(decodeOkvs(okvsShape(rowCount, valueWords), query));
  return rowsOf(new Uint8Array(words.buffer), 4 * valueWords);
}

function rowsOf(packed: Uint8Array, width: number): string[] {
  return Array.from({ length: packed.length / width }, (_, i) => toHex(packed.subarray(i * width, (i + 1) * width)));
}

/** The block of a record by another ChaCha: its row, its first column, and h. */
function blockOf(record: string, context: readonly Uint8Array[]): Uint8Array {
  const key = Buffer.from(record, 'hex').subarray(0, 16);
  return chacha8(
    hashTuple('overlap-okvs', ...context),
    Uint8Array.from(key.subarray(4)),
    new Uint8Array(64),
    undefined,
    key.readUInt32LE(0),
  );
}

function hashOf(record: string, context: readonly Uint8Array[]): string {
  return toHex(blockOf(record, context).subarray(40, 56));
}

const equalRows = (a: readonly string[], b: readonly string[]): number => a.filter((row, i) => row === b[i]).length;

describe.each(['gf64', 'gf128'] as const)('an exchange over %s', (field) => {
  it.each([64, 300, 2048])('gives both sides one value for each of %i records, in any order', (count) => {
    const run = exchange(count, { field });
    expect(toHex(evaluated(run, run.records))).toBe(toHex(run.values));
    const reversed = Uint8Array.from(
      Array.from({ length: count }, (_, i) =>
        Array.from(run.records.subarray((count - 1 - i) * RECORD_BYTES, (count - i) * RECORD_BYTES)),
      ).flat(),
    );
    expect(rowsOf(evaluated(run, reversed), 16)).toEqual(rowsOf(run.values, 16).toReversed());
    expect(new Set(rowsOf(run.values, 16)).size).toBe(count);
  });

  const others = insecureSeededRng('other records')(RECORD_BYTES * 200);

  it('gives the receiver nothing on records that are not its own', () => {
    const run = exchange(128, { field });
    expect(equalRows(rowsOf(evaluated(run, others), 16), decoded(run, run.c, others))).toBe(0);
    expect(equalRows(rowsOf(run.values, 16), decoded(run, run.c, run.records))).toBe(128);
    // Would be caught when the holder's function did not depend on its secret.
    const open = exchange(128, { field, fault: 'no delta' });
    expect(equalRows(rowsOf(evaluated(open, others), 16), decoded(open, open.c, others))).toBe(200);
  });

  it('sends differences in which nobody finds the records', () => {
    const hashes = ({ records, context }: Exchange): string[] =>
      rowsOf(records, RECORD_BYTES).map((row) => hashOf(row, context).slice(0, 2 * fieldBytes(field)));
    const run = exchange(128, { field });
    expect(equalRows(decoded(run, run.differences, run.records), hashes(run))).toBe(0);
    // Would be caught when the table were sent as it is.
    const open = exchange(128, { field, fault: 'no mask' });
    expect(equalRows(decoded(open, open.differences, open.records), hashes(open))).toBe(128);
  });
});

/** A linear span over GF(2). */
class Span {
  readonly #basis = new Map<number, { readonly vector: bigint; readonly sum: bigint }>();

  /** Adds a vector of the given name (a bit); where it was in the span, the names that add up to zero. */
  add(vector: bigint, name: bigint): bigint | undefined {
    let sum = name;
    for (let rest = vector; rest !== 0n; ) {
      const top = bitsOf(rest);
      const known = this.#basis.get(top);
      if (known === undefined) {
        this.#basis.set(top, { vector: rest, sum });
        return undefined;
      }
      rest ^= known.vector;
      sum ^= known.sum;
    }
    return sum;
  }
}

function bitsOf(positive: bigint): number {
  const digits = positive.toString(16);
  return 4 * digits.length - Math.clz32(Number.parseInt(digits[0], 16)) + 28;
}

/** Some of the vectors, which add up to zero. */
function relatedOf(vectors: readonly bigint[]): readonly bigint[] {
  const span = new Span();
  const zero = vectors.map((vector, k) => span.add(vector, 1n << BigInt(k))).find((sum) => sum !== undefined) ?? 0n;
  return vectors.filter((_, k) => (zero >> BigInt(k)) & 1n);
}

/** Little-endian. */
const integer = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes.toReversed())}`);

interface Candidate {
  /** Its first column. */
  readonly start: number;
  /** Its row, a bit a column, and behind it its hash. */
  readonly vector: bigint;
}

function candidateOf(record: string, { context }: Exchange, columns: number): Candidate {
  const block = blockOf(record, context);
  const fraction = (integer(block.subarray(32, 36)) << 32n) | integer(block.subarray(36, 40));
  const start = (fraction * BigInt(columns - 255)) >> 64n;
  const hash = integer(block.subarray(40, 56)) << BigInt(columns);
  return { start: Number(start), vector: hash | (integer(block.subarray(0, 32)) << start) };
}

/** The one table that gives each of the rows its hash. */
function tableFor(vectors: readonly bigint[], columns: number): Uint8Array {
  const left = [...vectors];
  const table = new Uint8Array(columns * 16);
  for (let column = 0; column < columns; column++) {
    const at = left.findIndex((vector, k) => k >= column && (vector >> BigInt(column)) & 1n);
    [left[column], left[at]] = [left[at], left[column]];
    for (const k of left.keys()) if (k !== column && (left[k] >> BigInt(column)) & 1n) left[k] ^= left[column];
  }
  for (let column = 0; column < columns; column++) {
    const hash = Buffer.from((left[column] >> BigInt(columns)).toString(16).padStart(32, '0'), 'hex');
    table.set(hash.toReversed(), 16 * column);
  }
  return table;
}

describe.each([
  { columns: 256, groups: 1, hashed: 400 },
  // Groups begin where the one before has used up its columns: three of them side by side would need 768.
  { columns: 704, groups: 3, hashed: 13_000 },
])('a table of $columns columns', ({ columns, groups, hashed }) => {
  it(`can be made to answer ${columns + groups} accounts out of ${hashed}, since rows and hashes are linear`, () => {
    const run = exchange(columns - 64, { field: 'gf128' });
    const candidates = rowsOf(insecureSeededRng('candidates')(RECORD_BYTES * hashed), RECORD_BYTES);
    const found = candidates.map((record) => candidateOf(record, run, columns));
    const rows = new Span();
    const isNew = (vector: bigint): boolean => rows.add(vector % (1n << BigInt(columns)), 0n) === undefined;
    const answered = new Set<bigint>();
    for (let group = 0, column = 0; group < groups; group++) {
      // Vectors of at most 271 + 128 bits: any 400 have some that add up to zero.
      const near = found.filter(({ start }) => start >= column && start < column + 16).slice(0, 400);
      const related = relatedOf(near.map(({ vector }) => vector));
      expect(related.length).toBeGreaterThan(150);
      expect(related.filter(isNew).length).toBe(related.length - 1);
      for (const vector of related) answered.add(vector);
      column += related.length - 1;
    }
    // Others, as long as their rows are independent of those.
    for (const { vector } of found) {
      if (answered.size < columns + groups && !answered.has(vector) && isNew(vector)) answered.add(vector);
    }
    expect(answered.size).toBe(columns + groups);

    const table = tableFor([...answered], columns);
    const records = Uint8Array.from(Buffer.from(candidates.join(''), 'hex'));
    const hashes = candidates.map((record) => hashOf(record, run.context));
    expect(equalRows(decoded(run, table, records), hashes)).toBe(columns + groups);
    table[0] ^= 1;
    expect(equalRows(decoded(run, table, records), hashes)).toBeLessThan(columns + groups);
  });
});

describe('addTo', () => {
  it('adds the mask to every byte of the table', () => {
    const table = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    addTo(table, Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1));
    expect([...table]).toEqual([0, 3, 2, 5, 4, 7, 6, 9]);
  });

  it('throws rather than leave a part of the table open', () => {
    const under = new Uint8Array(16);
    expect(() => addTo(under, new Uint8Array(12))).toThrow(RangeError);
    expect(() => addTo(under.subarray(4), new Uint8Array(8))).toThrow(RangeError);
    // Words of these are a copy.
    expect(() => addTo(under.subarray(1, 9), new Uint8Array(8))).toThrow(RangeError);
    expect(() => addTo(new Uint8Array(6), new Uint8Array(6))).toThrow(RangeError);
  });
});

describe('fieldOf', () => {
  const field = (heldCount: number, shards = 1): VoleField => fieldOf({ heldCount, shards, security: 'semi-honest' });

  it('takes the small field as long as a hash is not met by chance in 2^-42 of the runs', () => {
    expect([2 ** 6, 2 ** 20, 2 ** 22].map((heldCount) => field(heldCount))).toEqual(['gf64', 'gf64', 'gf64']);
    expect(field(2 ** 22 + 1)).toBe('gf128');
    expect([field(2 ** 20, 4), field(2 ** 20, 5)]).toEqual(['gf64', 'gf128']);
  });

  it('takes the large field against who may search for a hash that is met', () => {
    expect(fieldOf({ heldCount: 64, shards: 1, security: 'malicious' })).toBe('gf128');
  });
});
