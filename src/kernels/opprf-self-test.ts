/** A known answer for the oblivious programmable PRF: the digest that the reference gives, which a test holds against it. */
import { toHex } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import { OPRF_VALUE_BYTES, OPPRF_SLOTS, type Opprf, opprfShape, targetWords } from '../crypto/opprf.ts';
import { RECORD_BYTES } from '../crypto/record.ts';
import { finish } from '../crypto/steps.ts';
import { fixedBytes } from './self-test-bytes.ts';

const EXPECTED = '9a7985e70b930e2ce841a9583415ea99f3640cb4ebcf72053c16749657dd573f';

/** Few enough for one turn of the event loop, and so many that rows begin at different columns. */
const RECORDS = 220;
const BINS = 300;

export function passesOpprfSelfTest(opprf: Opprf): boolean {
  return selfTestDigest(opprf) === EXPECTED;
}

/** Digest of all outputs for fixed inputs, with values of two lengths. */
function selfTestDigest(opprf: Opprf): string {
  const parts = [9, 16].flatMap((valueBytes) => {
    const shape = opprfShape(RECORDS, valueBytes);
    const words = (count: number): Uint32Array => new Uint32Array(fixedBytes(4 * count).buffer);
    const salts = { rowSalt: fixedBytes(32), maskSalt: fixedBytes(32).toReversed() };
    const records = fixedBytes(RECORD_BYTES * RECORDS);
    const bins = Uint32Array.from({ length: OPPRF_SLOTS * RECORDS }, (_, i) => (i * 7) % BINS);
    const oprfValues = fixedBytes(OPRF_VALUE_BYTES * bins.length);
    const [targets, added] = [words(BINS * targetWords(shape)), words(RECORDS * targetWords(shape))];
    const table = finish(
      opprf.programme(shape, { ...salts, records, bins, oprfValues, targets, added, rng: fixedBytes }),
    );
    const rows = { ...salts, records, slots: Uint8Array.from({ length: RECORDS }, (_, i) => i % OPPRF_SLOTS) };
    const expandedRows = finish(opprf.expandRows(shape, rows));
    const query = { bins: bins.subarray(0, RECORDS), oprfValues: oprfValues.subarray(0, OPRF_VALUE_BYTES * RECORDS) };
    return [table, finish(opprf.read(shape, { ...rows, ...query, table, expandedRows }))];
  });
  return toHex(hashTuple('opprf self-test', ...parts));
}
