/** The VOLE engine against its algebra, on a VOLE dealt by the test. */
import { describe, expect, it } from 'vitest';
import { asWords, toHex } from '../../src/crypto/bytes.ts';
import { fieldBytes, referenceGf2, scaleRows, type VoleField } from '../../src/crypto/gf2.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { okvsColumns, okvsShape, referenceOkvs } from '../../src/crypto/okvs.ts';
import { Prg } from '../../src/crypto/prg.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { chosenJob } from '../vole/chosen.ts';
import { voleFieldFor } from './vole.ts';
import { encodeJob, freeBytes, voleEvaluateJob } from './vole-steps.ts';

const RECORD_BYTES = 33;

interface Exchange {
  readonly field: VoleField;
  readonly rowCount: number;
  readonly records: Uint8Array;
  readonly context: readonly Uint8Array[];
  readonly delta: Uint8Array;
  readonly c: Uint8Array;
  readonly differences: Uint8Array;
  readonly values: Uint8Array;
  readonly table: Uint8Array;
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
  const free = new Prg(rng(32), rng(32), 'free').draw(freeBytes(columns, field));
  const { differences, values } = finish(encodeJob.run({ field, context, records, free, a, c }));
  const table = finish(chosenJob.run({ field, k, differences, delta }));
  return { field, rowCount, records, context, delta, c, differences, values, table };
}

const evaluated = (run: Exchange, records: Uint8Array): Uint8Array => finish(voleEvaluateJob.run({ ...run, records }));

/** What a table holds for records, by the plain reference. */
function decoded({ rowCount, context }: Exchange, table: Uint8Array, records: Uint8Array): readonly string[] {
  const valueWords = table.length / 4 / okvsColumns(rowCount);
  const keys = Uint8Array.from(
    Array.from({ length: records.length / RECORD_BYTES }, (_, i) =>
      Array.from(records.subarray(i * RECORD_BYTES + 1, i * RECORD_BYTES + 17)),
    ).flat(),
  );
  const query = { seed: hashTuple('overlap-okvs', ...context), keys, table: asWords(table) };
  const words = finish(referenceOkvs.decode(okvsShape(rowCount, valueWords), query));
  return rowsOf(new Uint8Array(words.buffer), 4 * valueWords);
}

function rowsOf(packed: Uint8Array, width: number): string[] {
  return Array.from({ length: packed.length / width }, (_, i) => toHex(packed.subarray(i * width, (i + 1) * width)));
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
    const hashes = ({ records }: Exchange): string[] =>
      rowsOf(records, RECORD_BYTES).map((row) => row.slice(2 * 17, 2 * (17 + fieldBytes(field))));
    const run = exchange(128, { field });
    expect(equalRows(decoded(run, run.differences, run.records), hashes(run))).toBe(0);
    // Would be caught when the table were sent as it is.
    const open = exchange(128, { field, fault: 'no mask' });
    expect(equalRows(decoded(open, open.differences, open.records), hashes(open))).toBe(128);
  });
});

describe('voleFieldFor', () => {
  it('takes the small field as long as a hash is not met by chance in 2^-42 of the runs', () => {
    expect([2 ** 6, 2 ** 20, 2 ** 22].map(voleFieldFor)).toEqual(['gf64', 'gf64', 'gf64']);
    expect(voleFieldFor(2 ** 22 + 1)).toBe('gf128');
  });
});
