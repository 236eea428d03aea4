import { describe, expect, it } from 'vitest';
import { type BinRecords, referenceBinValues } from './bin-values.ts';
import { multiplyGf128, type VoleField } from './gf2.ts';
import { finish } from './steps.ts';
import { binRecords } from '../../test/support/bin-records.ts';

const BINS = 20;

describe.each<VoleField>(['gf64', 'gf128'])('referenceBinValues in %s', (field) => {
  it.each([
    [0, 3],
    [1, 1],
    [7, 3],
    [40, 2],
  ])('follows the definition for %i records of %i bins each', (count, share) => {
    const input = binRecords(field, { count, share, bins: BINS });
    const values = finish(referenceBinValues.evaluate(input));
    expect(values).toHaveLength(16 * count * share);
    for (let i = 0; i < count * share; i++) {
      const record = input.records.subarray(32 * Math.floor(i / share), 32 * Math.floor(i / share) + 32);
      const end = new Uint8Array(16);
      end.set(record.subarray(field === 'gf64' ? 24 : 16));
      const product = multiplyGf128(end, input.delta);
      const key = input.keys.subarray(16 * input.bins[i], 16 * input.bins[i] + 16);
      expect(values.slice(16 * i, 16 * i + 16)).toEqual(key.map((byte, k) => byte ^ product[k] ^ record[k]));
    }
  });

  it('refuses what does not fit', () => {
    const input = binRecords(field, { count: 6, share: 3, bins: BINS });
    const evaluate = (changed: Partial<BinRecords>) => () =>
      finish(referenceBinValues.evaluate({ ...input, ...changed }));
    expect(evaluate({})).not.toThrow();
    expect(evaluate({ records: input.records.subarray(1) })).toThrow(RangeError);
    expect(evaluate({ bins: input.bins.subarray(1) })).toThrow(RangeError);
    expect(evaluate({ records: new Uint8Array(0) })).toThrow(RangeError);
    expect(evaluate({ bins: input.bins.with(4, BINS) })).toThrow(/no key/);
    expect(evaluate({ delta: new Uint8Array(8) })).toThrow(RangeError);
  });
});
