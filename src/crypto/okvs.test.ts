import { chacha8 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { asBytes, asWords } from './bytes.ts';
import { eliminate, expandRows } from './okvs-band.ts';
import { decodeOkvs, encodeOkvs, okvsColumns, okvsFailureLog2, okvsShape, type OkvsShape } from './okvs.ts';
import { Prg } from './prg.ts';
import type { Rng } from './rng.ts';
import { finish } from './steps.ts';

function seededRng(seed: number): Rng {
  const prg = new Prg(new Uint8Array(32).fill(seed), new Uint8Array(), 'okvs test');
  return (length) => prg.bytes(length);
}

const zeros: Rng = (length) => new Uint8Array(length);

function randomEntries(count: number, valueWords: number, rng: Rng) {
  return {
    salt: rng(32),
    keys: rng(16 * count),
    values: asWords(rng(4 * count * valueWords)),
    rng,
  };
}

/** Chi-square statistic of the bytes against the uniform distribution: 255 degrees of freedom. */
function byteChiSquare(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]++;
  return counts.reduce((sum, count) => sum + (count - bytes.length / 256) ** 2 / (bytes.length / 256), 0);
}

/** Exceeded by uniform bytes with probability below 10^-6. */
const CHI_SQUARE_LIMIT = 378;

/** The decoded value by the definition, on big integers and another ChaCha. */
function decodeByDefinition(shape: OkvsShape, salt: Uint8Array, table: Uint32Array, key: Uint8Array): number[] {
  const block = chacha8(salt, key.slice(4), new Uint8Array(64), undefined, asWords(key.slice(0, 4))[0]);
  const view = new DataView(block.buffer);
  const fraction = (BigInt(view.getUint32(32, true)) << 32n) | BigInt(view.getUint32(36, true));
  const start = Number((fraction * BigInt(shape.columns - 255)) >> 64n);
  const value = Array.from({ length: shape.valueWords }, () => 0);
  for (let bit = 0; bit < 256; bit++) {
    if (((block[bit >> 3] >> (bit & 7)) & 1) === 0) continue;
    for (let v = 0; v < shape.valueWords; v++) value[v] ^= table[(start + bit) * shape.valueWords + v];
  }
  return value.map((word) => word >>> 0);
}

describe('okvsColumns', () => {
  it.each([
    [0, 256],
    [1, 256],
    [192, 256],
    [193, 257],
    [640, 704],
    [641, 706],
    [1000, 1100],
    [1001, 1102],
    [3 * 2 ** 17, 432_538],
  ])('okvsColumns of %i keys is %i', (keys, columns) => {
    expect(okvsColumns(keys)).toBe(columns);
  });

  it('okvsColumns and okvsShape refuse what is no count', () => {
    const refused = expect.objectContaining({ code: 'bad-parameter' });
    for (const bad of [-1, 1.5, Number.NaN, Infinity]) expect(() => okvsColumns(bad)).toThrow(refused);
    expect(() => okvsShape(10, 0)).toThrow(refused);
  });
});

describe('okvsFailureLog2', () => {
  it('okvsFailureLog2 is the dense bound, then the fit, then the fit less the excess over 2^20', () => {
    expect(okvsFailureLog2(0)).toBe(-256);
    expect(okvsFailureLog2(192)).toBe(-64);
    expect(okvsFailureLog2(1000)).toBeCloseTo(-53.68, 2);
    expect(okvsFailureLog2(2 ** 20)).toBeCloseTo(-53.68, 2);
    expect(okvsFailureLog2(2 ** 22)).toBeCloseTo(-51.68, 2);
  });
});

describe('encodeOkvs', () => {
  it.each([
    [0, 1000],
    [1, 1000],
    [2, 1000],
    [63, 1000],
    [64, 1000],
    [65, 1000],
    [999, 1000],
    [1000, 1000],
    [0, 0],
    [1, 1],
    [192, 192],
    [193, 193],
    [640, 640],
    [1023, 1023],
    [1024, 1024],
    [1025, 1025],
    [20_000, 20_000],
  ])('encodeOkvs gives a table that decodes %i keys of capacity %i to their values (seed 1)', (count, capacity) => {
    for (const valueWords of [1, 3]) {
      const shape = okvsShape(capacity, valueWords);
      const entries = randomEntries(count, valueWords, seededRng(1));
      const table = finish(encodeOkvs(shape, entries));
      expect(table.length).toBe(shape.columns * valueWords);
      expect(finish(decodeOkvs(shape, { ...entries, table }))).toEqual(entries.values);
    }
  });

  it('encodeOkvs gives a table that looks uniform when the values are, at a tenth of the capacity (seed 2)', () => {
    const rng = seededRng(2);
    const shape = okvsShape(2000, 4);
    const table = finish(encodeOkvs(shape, randomEntries(200, 4, rng)));
    expect(byteChiSquare(asBytes(table))).toBeLessThan(CHI_SQUARE_LIMIT);
  });

  it('byteChiSquare catches a table whose free columns are zero (seed 2)', () => {
    const shape = okvsShape(2000, 4);
    for (const count of [200, 1900]) {
      const table = finish(encodeOkvs(shape, { ...randomEntries(count, 4, seededRng(2)), rng: zeros }));
      expect(byteChiSquare(asBytes(table))).toBeGreaterThan(2 * CHI_SQUARE_LIMIT);
    }
  });

  it('encodeOkvs draws a value for each column that no key needs (seed 3)', () => {
    const drawn = [0, 1, 1000].map((count) => {
      let bytes = 0;
      const rng = seededRng(3);
      const entries = randomEntries(count, 2, rng);
      const counting: Rng = (length) => {
        bytes += length;
        return rng(length);
      };
      finish(encodeOkvs(okvsShape(1000, 2), { ...entries, rng: counting }));
      return bytes;
    });
    expect(drawn).toEqual([8 * 1100, 8 * 1099, 8 * 100]);
  });

  it('encodeOkvs uses different rows under different salts (seed 4)', () => {
    const shape = okvsShape(500, 1);
    const entries = randomEntries(500, 1, seededRng(4));
    const table = finish(encodeOkvs(shape, entries));
    const other = finish(decodeOkvs(shape, { salt: new Uint8Array(32), table, keys: entries.keys }));
    expect(other.filter((word, i) => word === entries.values[i]).length).toBe(0);
  });

  it.each([
    [2, 0, 1, 10],
    [100, 0, 99, 100],
    [1000, 3, 4, 1000],
    [1000, 0, 999, 2000],
  ])('encodeOkvs rejects %i keys as duplicates when numbers %i and %i are equal (capacity %i)', (n, i, j, capacity) => {
    const entries = randomEntries(n, 1, seededRng(5));
    entries.keys.copyWithin(16 * j, 16 * i, 16 * i + 16);
    const encode = () => finish(encodeOkvs(okvsShape(capacity, 1), entries));
    expect(encode).toThrow(expect.objectContaining({ name: 'UsageError', code: 'duplicate-item' }));
    entries.values[j] = entries.values[i];
    expect(encode).toThrow(expect.objectContaining({ name: 'UsageError', code: 'duplicate-item' }));
  });

  it('encodeOkvs fails as encoding-failed when there are more keys than columns', () => {
    const shape = { keyCapacity: 300, columns: 256, valueWords: 1 };
    const encode = () => finish(encodeOkvs(shape, randomEntries(300, 1, seededRng(6))));
    expect(encode).toThrow(expect.objectContaining({ name: 'InternalError', code: 'encoding-failed' }));
  });

  it('encodeOkvs refuses more keys than the capacity, and shapes that do not fit', () => {
    const entries = randomEntries(11, 1, seededRng(7));
    const encode = (changed: Partial<typeof entries>) => () =>
      finish(encodeOkvs(okvsShape(10, 1), { ...entries, ...changed }));
    expect(encode({})).toThrow(expect.objectContaining({ code: 'too-many-items' }));
    expect(encode({ keys: new Uint8Array(17) })).toThrow(RangeError);
    expect(encode({ keys: new Uint8Array(160), values: new Uint32Array(9) })).toThrow(RangeError);
    expect(encode({ salt: new Uint8Array(31) })).toThrow(RangeError);
  });

  it('encodeOkvs and decodeOkvs pause at least once per 1,024 keys', () => {
    const shape = okvsShape(5000, 1);
    const entries = randomEntries(5000, 1, seededRng(8));
    const countSteps = (steps: Iterable<void>) => [...steps].length;
    const table = finish(encodeOkvs(shape, entries));
    expect(countSteps(encodeOkvs(shape, entries))).toBeGreaterThan(15);
    expect(countSteps(decodeOkvs(shape, { ...entries, table }))).toBe(5);
  });
});

describe('decodeOkvs', () => {
  it.each([100, 300, 2000])('decodeOkvs follows the definition on keys in and not in a table of %i (seed 9)', (n) => {
    const rng = seededRng(9);
    const shape = okvsShape(n, 2);
    const entries = randomEntries(n, 2, rng);
    const table = finish(encodeOkvs(shape, entries));
    const keys = new Uint8Array([...entries.keys.subarray(0, 320), ...rng(320)]);
    const decoded = finish(decodeOkvs(shape, { salt: entries.salt, table, keys }));
    for (let i = 0; i < 40; i++) {
      const expected = decodeByDefinition(shape, entries.salt, table, keys.subarray(16 * i, 16 * i + 16));
      expect([...decoded.subarray(2 * i, 2 * i + 2)]).toEqual(expected);
    }
  });

  it('decodeOkvs gives values that look uniform for keys that were not programmed (seed 10)', () => {
    const rng = seededRng(10);
    const shape = okvsShape(4000, 2);
    const entries = { ...randomEntries(4000, 2, rng), values: new Uint32Array(8000) };
    const table = finish(encodeOkvs(shape, entries));
    const foreign = finish(decodeOkvs(shape, { salt: entries.salt, table, keys: rng(16 * 4000) }));
    expect(byteChiSquare(asBytes(foreign))).toBeLessThan(CHI_SQUARE_LIMIT);
    const own = finish(decodeOkvs(shape, { ...entries, table }));
    expect(byteChiSquare(asBytes(own))).toBeGreaterThan(CHI_SQUARE_LIMIT);
  });

  it('decodeOkvs refuses a table of another shape', () => {
    const query = { salt: new Uint8Array(32), table: new Uint32Array(255), keys: new Uint8Array(16) };
    expect(() => finish(decodeOkvs(okvsShape(10, 1), query))).toThrow(RangeError);
  });
});

describe('eliminate', () => {
  /** How many of 40 random systems of 1,024 rows have dependent rows. */
  function dependentSystems(bandBits: number): number {
    const rng = seededRng(bandBits);
    let dependent = 0;
    for (let i = 0; i < 40; i++) {
      const source = { salt: asWords(rng(32)), columns: okvsColumns(1024), bandBits };
      const rows = finish(expandRows(source, asWords(rng(16 * 1024))));
      if (finish(eliminate(rows, new Uint32Array(), 0)).dependentRow >= 0) dependent++;
    }
    return dependent;
  }

  it('eliminate finds dependent rows in narrow bands, fewer in wider ones and none at full width', () => {
    const [narrow, wider, full] = [16, 40, 256].map(dependentSystems);
    expect(narrow).toBe(40);
    expect(wider).toBeGreaterThan(0);
    expect(wider).toBeLessThan(20);
    expect(full).toBe(0);
  });
});
