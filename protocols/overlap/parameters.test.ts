import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { okvsColumns } from '../../src/crypto/okvs.ts';
import { shardLoad, shardOverflowLog2 } from '../../src/crypto/sharding.ts';
import { mostAnswered } from '../../src/crypto/vole-oprf.ts';
import { addLog2 } from '../../src/kit/protocol.ts';
import { overlap } from './index.ts';
import {
  checkOverlapParameters,
  goesInShards,
  neededOverlapDisclosures,
  type OverlapMode,
  type OverlapOptions,
  type OverlapSecurity,
  overlapParameters,
  type PayloadColumn,
} from './parameters.ts';

const base: OverlapOptions = {
  receiver: 'bank-a',
  holder: 'bank-b',
  mode: 'receiver',
  receiverItems: 100,
  holderItems: 3000,
  acknowledged: ['receiver-learns-row-level-overlap'],
};
const column: PayloadColumn = { name: 'risk', bytes: 4 };
const withColumns: Partial<OverlapOptions> = {
  columns: [column],
  acknowledged: ['receiver-learns-row-level-overlap', 'receiver-learns-payload-columns'],
};

function refusal(change: Partial<OverlapOptions>): UsageError {
  try {
    overlapParameters({ ...base, ...change });
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('the parameters were accepted');
}

describe('overlapParameters', () => {
  it('fills in defaults and rounds sizes up to buckets', () => {
    expect(overlapParameters(base)).toMatchObject({
      columns: [],
      duplicates: 'join',
      receiverBucket: 1024,
      holderBucket: 4096,
      batchRows: 16_384,
      smallestBatch: 32,
      engine: 'vole',
      ttlDays: 7,
    });
  });

  const refused: readonly (readonly [string, Partial<OverlapOptions>, RegExp])[] = [
    ['one institution on both sides', { holder: 'bank-a' }, /both sides/],
    ['a name that is none', { holder: 'Bank B' }, /Cannot name party/],
    ['an unknown mode', { mode: 'everything' as OverlapMode }, /unknown mode/],
    ['an unknown duplicate policy', { duplicates: 'sum' as 'join' }, /duplicate policy/],
    ['more accounts than a run takes', { holderItems: 2 ** 24 + 1 }, /size bucket/],
    ['more rows with columns than go in one piece', { ...withColumns, holderItems: 2 ** 20 + 1 }, /goes in shards/],
    [
      'an exact size of more than goes in one piece',
      { mode: 'size-only', receiverItems: 2 ** 20 + 1, acknowledged: ['receiver-learns-exact-overlap-size'] },
      /goes in shards/,
    ],
    ['shards of no power of two', { shardRows: 1000 }, /rows of a shard/],
    ['shards that are too large', { shardRows: 2 ** 20 }, /rows of a shard/],
    ['more shards than have messages of their own', { holderItems: 2 ** 17, shardRows: 64 }, /rows of a shard/],
    ['a bucket that is no agreed size', { smallestBucket: 101 }, /size bucket/],
    ['messages that are too large', { batchRows: 2 ** 15 }, /rows of a message/],
    ['messages of no power of two', { batchRows: 1000 }, /rows of a message/],
    ['messages that are too small', { batchRows: 32 }, /rows of a message/],
    ['batches about a few persons', { smallestBatch: 31 }, /smallest batch is out of range/],
    ['a batch of part of an account', { smallestBatch: 32.5 }, /smallest batch is out of range/],
    ['a size that only an empty list has', { smallestBatch: 1025 }, /below the smallest batch/],
    ['a lifetime of nothing', { ttlDays: 0 }, /lifetime/],
    ['a column of no bytes', { ...withColumns, columns: [{ name: 'risk', bytes: 0 }] }, /length of a payload column/],
    ['a column that is too long', { ...withColumns, columns: [{ name: 'risk', bytes: 65 }] }, /too long/],
    ['columns that are too long together', { ...withColumns, columns: [column, { name: 'b', bytes: 61 }] }, /too long/],
    ['a column named twice', { ...withColumns, columns: [column, column] }, /named twice/],
    ['a column without a plain name', { ...withColumns, columns: [{ name: '__proto__', bytes: 1 }] }, /plain name/],
    [
      'nine columns',
      { ...withColumns, columns: Array.from({ length: 9 }, (_, k) => ({ name: `c${k}`, bytes: 1 })) },
      /9 payload columns/,
    ],
    [
      'columns of a size',
      { ...withColumns, mode: 'size-only', acknowledged: ['receiver-learns-exact-overlap-size'] },
      /without rows/,
    ],
    ['rows that nobody acknowledged', { acknowledged: [] }, /'receiver-learns-row-level-overlap' applies/],
    ['an answer to both that was acknowledged for one', { mode: 'both' }, /'holder-learns-row-level-overlap' applies/],
    ['columns that nobody acknowledged', { columns: [column] }, /'receiver-learns-payload-columns' applies/],
    ['a size that nobody acknowledged', { mode: 'size-only' }, /'receiver-learns-exact-overlap-size' applies/],
  ];
  it.each(refused)('refuses %s', (_what, change, text) => {
    const error = refusal(change);
    expect(error.code).toBe('bad-parameter');
    expect(error.message).toMatch(text);
    expect(error.remedy).toBeDefined();
  });

  it('refuses an engine that is not at hand, when the run is planned', () => {
    expect(() => overlap.spec.validate(overlapParameters({ ...base, engine: 'none' }))).toThrow(/engine/);
  });

  it('refuses more accounts of the receiver in one piece than a VOLE serves, when the run is planned', () => {
    const planned = (receiverItems: number, change: Partial<OverlapOptions> = {}): (() => unknown) => {
      const parameters = overlapParameters({ ...base, receiverItems, sizesPerOctave: 8, ...change });
      return () => overlap.spec.validate(parameters);
    };
    const tooLong = {
      code: 'bad-parameter',
      phase: 'parameters',
      remedy: expect.stringMatching(/larger one for the holder/),
    };
    // 1.1 columns an account, of 2^23 at most.
    expect(planned(7 * 2 ** 20)).not.toThrow();
    expect(planned(2 ** 23)).toThrow(expect.objectContaining(tooLong));
    expect(planned(2 ** 24, { holderItems: 2 ** 17 })).toThrow(expect.objectContaining(tooLong));
    expect(planned(2 ** 23, { security: 'semi-honest' })).toThrow(expect.objectContaining(tooLong));
    // What the remedy names, and the engine without a table.
    expect(planned(2 ** 23, { holderItems: 2 ** 17 })).not.toThrow();
    expect(planned(2 ** 24, { holderItems: 3 * 2 ** 16 })).not.toThrow();
    expect(planned(2 ** 23, { engine: 'dh' })).not.toThrow();
  });

  it('accepts no plan that has no messages', () => {
    for (const log2 of [20, 21, 22, 23, 24]) {
      for (const other of [6, 16, 17, 18, 20, log2]) {
        for (const [receiverItems, holderItems] of [
          [2 ** log2, 2 ** other],
          [2 ** other, 2 ** log2],
        ]) {
          const parameters = overlapParameters({ ...base, smallestBucket: 64, receiverItems, holderItems });
          const accepted = ((): boolean => {
            try {
              return overlap.spec.validate(parameters) === parameters;
            } catch {
              return false;
            }
          })();
          if (accepted) expect(overlap.spec.flow(parameters).length).toBeGreaterThan(0);
        }
      }
    }
  });

  it('takes dh for buckets of 512 rows together, and vole above, unless told otherwise', () => {
    const sized = (receiverItems: number, holderItems: number): OverlapOptions => ({
      ...base,
      smallestBucket: 64,
      receiverItems,
      holderItems,
    });
    const engines = [sized(64, 64), sized(256, 256), sized(256, 257), { ...sized(64, 64), engine: 'vole' }];
    expect(engines.map((options) => overlapParameters(options).engine)).toEqual(['dh', 'dh', 'vole', 'vole']);
    // Of the two only vole stands against who departs from the protocol.
    expect(overlapParameters({ ...sized(64, 64), security: 'malicious' }).engine).toBe('vole');
  });

  it('stands against malicious parties unless told otherwise, where the engine can', () => {
    const security = (change: Partial<OverlapOptions>): string => overlapParameters({ ...base, ...change }).security;
    expect(security({ engine: 'vole' })).toBe('malicious');
    expect(security({ engine: 'dh' })).toBe('semi-honest');
    expect(security({ engine: 'vole', security: 'semi-honest' })).toBe('semi-honest');
    const claimed = { ...base, engine: 'dh', security: 'malicious' } as const;
    expect(() => overlap.spec.validate(overlapParameters(claimed))).toThrow(/not available with security malicious/);
    expect(() => checkOverlapParameters({ ...overlapParameters(base), security: 'none' as never })).toThrow(/security/);
  });

  it('takes the engine that shuffles for a size, and refuses the other', () => {
    const size = { ...base, mode: 'size-only', acknowledged: ['receiver-learns-exact-overlap-size'] } as const;
    expect(overlapParameters(size).engine).toBe('dh');
    expect(() => overlap.spec.validate(overlapParameters({ ...size, engine: 'vole' }))).toThrow(/size-only/);
  });

  it('checks what another party configured, not only what it built itself', () => {
    const parameters = overlapParameters(base);
    expect(() => checkOverlapParameters({ ...parameters, receiverBucket: 1000 })).toThrow(/size bucket/);
    expect(() => checkOverlapParameters({ ...parameters, acknowledged: [] })).toThrow(/applies/);
  });
});

describe('overlap/9', () => {
  const modes: readonly (readonly [OverlapMode, readonly PayloadColumn[]])[] = [
    ['receiver', []],
    ['receiver', [column]],
    ['both', []],
    ['both', [column]],
    ['size-only', []],
  ];
  it.each(modes)('names every acknowledged disclosure in its leakage, in mode %s with columns %j', (mode, columns) => {
    const acknowledged = neededOverlapDisclosures({ mode, columns });
    const leakage = overlap.spec.leakage(overlapParameters({ ...base, mode, columns, acknowledged }));
    for (const name of acknowledged) {
      expect(leakage.filter(({ learns }) => learns.startsWith(`${name}: `)).length, name).toBe(1);
    }
    expect(leakage.some(({ learns }) => learns.includes('risk'))).toBe(columns.length > 0);
  });

  it.each(modes)('stays within 2^-40 for all sizes, in mode %s with columns %j', (mode, columns) => {
    const acknowledged = neededOverlapDisclosures({ mode, columns });
    const largest = goesInShards({ mode, columns }) ? 24 : 20;
    for (let log2 = 6; log2 <= largest; log2 += log2 < 20 ? 1 : 2) {
      for (const other of [6, log2, largest]) {
        const parameters = overlapParameters({
          ...base,
          mode,
          columns,
          acknowledged,
          smallestBucket: 64,
          receiverItems: 2 ** log2,
          holderItems: 2 ** other,
        });
        // The receiver's 2^24 in one piece are no plan of the other engine.
        const dhAlone = mode === 'size-only' || (log2 === 24 && other === 6);
        for (const engine of dhAlone ? ['dh'] : ['vole', 'dh']) {
          const variant = { ...parameters, engine, security: 'semi-honest' } as const;
          const failures = overlap.spec.failures(variant).map((failure) => failure.log2);
          expect(addLog2(failures)).toBeLessThanOrEqual(-40);
          // Tags of an engine that holds a departing holder to its rows are longer than chance asks for.
          if (engine === 'vole' || mode === 'size-only') expect(addLog2(failures)).toBeGreaterThan(-52);
          if (engine === 'dh') continue;
          const malicious = overlap.spec.failures({ ...variant, security: 'malicious' }).map((failure) => failure.log2);
          expect(addLog2(malicious)).toBeLessThanOrEqual(-40);
        }
      }
    }
  });

  it('says what a holder that departs from it may learn where nothing checks the VOLE, and nothing elsewhere', () => {
    const lines = (change: Partial<OverlapOptions>): readonly string[] =>
      overlap.spec
        .leakage(overlapParameters({ ...base, ...change }))
        .flatMap(({ to, learns }) => (to === 'bank-b, if its software departs from the protocol' ? [learns] : []));
    const unchecked = { engine: 'vole', security: 'semi-honest' } as const;
    const acknowledged = neededOverlapDisclosures({ mode: 'both', columns: [] });
    for (const change of [{}, { receiverItems: 2 ** 20 }, { mode: 'both', acknowledged } as const]) {
      expect(lines({ ...unchecked, ...change })).toEqual([
        expect.stringMatching(/^for every account that it can guess/),
      ]);
      expect(lines({ ...unchecked, security: 'malicious', ...change })).toEqual([]);
      expect(lines({ engine: 'dh', ...change })).toEqual([]);
    }
  });

  describe('says for how many accounts a receiver that departs from it may get answers', () => {
    const numbers = (change: Partial<OverlapOptions>): readonly number[] => {
      const leakage = overlap.spec.leakage(overlapParameters({ ...base, smallestBucket: 64, ...change }));
      const departing = leakage.find(({ to }) => to === 'bank-a, if its software departs from the protocol');
      return Array.from((departing?.learns ?? '').matchAll(/up to (\d+) accounts/g), ([, accounts]) =>
        Number(accounts),
      );
    };

    it('by the columns of its tables, and what a search may add, on engine vole against malicious parties', () => {
      const load = shardLoad(1024, 16, -44);
      expect(load).toBeGreaterThan(64);
      for (const [change, columns, shards] of [
        // Far above a seventh more than the bucket.
        [{ receiverItems: 64, holderItems: 512 }, 256, 1],
        [{ receiverItems: 448, holderItems: 512, sizesPerOctave: 8 }, 512, 1],
        [{ receiverItems: 2 ** 20, holderItems: 2 ** 20 }, 1_153_434, 1],
        // Shards are tables of their own.
        [{ receiverItems: 1024, holderItems: 1024, shardRows: 64 }, okvsColumns(load), 16],
      ] as const) {
        expect(numbers(change)).toEqual([shards * columns, shards * mostAnswered(columns, shards)]);
      }
    });

    it('by its slots on engine dh, where shards have more of them than the bucket has accounts', () => {
      const sizes = { receiverItems: 1024, holderItems: 1024, engine: 'dh' } as const;
      expect(numbers(sizes)).toEqual([]);
      expect(numbers({ ...sizes, shardRows: 64 })).toEqual([16 * shardLoad(1024, 16, -44)]);
    });

    it('by no smaller a number for a larger bucket, so that a contract says it for all', () => {
      // In one piece, and in one to eight shards.
      for (const [holderItems, from, to] of [
        [2 ** 10, 6, 20],
        [2 ** 22, 15, 22],
      ]) {
        const log2s = Array.from({ length: to - from }, (_, k) => from + k);
        const said = log2s
          .flatMap((log2) => [32, 33, 47, 48, 63].map((parts) => parts * 2 ** (log2 - 5)))
          .map((receiverItems) => numbers({ receiverItems, holderItems, sizesPerOctave: 32, engine: 'vole' }));
        expect(said.every((line) => line.length === 2)).toBe(true);
        for (const which of [0, 1]) {
          const counts = said.map((line) => line[which]);
          expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
        }
      }
    });
  });

  it('cuts lists that are longer than two shards, and pads each shard to what all but 2^-44 of the runs need', () => {
    const rows = (receiverItems: number, holderItems: number): readonly (readonly [string, number])[] =>
      overlap.spec
        .flow(overlapParameters({ ...base, receiverItems, holderItems, shardRows: 1024, sizesPerOctave: 8 }))
        .flatMap(({ channel, message, bytes }) => (message === 'overlap-rows' ? [[channel, bytes / 12] as const] : []));
    expect(rows(2048, 2048)).toEqual([['rows', 2048]]);
    const loads = [shardLoad(2048, 3, -44), shardLoad(2304, 3, -44)];
    expect(rows(2304, 2048)).toEqual([0, 1, 2].map((k) => [`shard:${k}/rows`, loads[0]]));
    expect(rows(2048, 2304)).toEqual([0, 1, 2].map((k) => [`shard:${k}/rows`, loads[1]]));
    expect(loads.map((load) => shardOverflowLog2(2304, 3, load) <= -44)).toEqual([false, true]);
  });

  it('sends at most 21 MiB for two lists of 2^20, and 31 against malicious parties', () => {
    const mebibytes = (security: OverlapSecurity): number =>
      overlap.spec
        .flow(overlapParameters({ ...base, receiverItems: 2 ** 20, holderItems: 2 ** 20, security }))
        .reduce((sum, { bytes }) => sum + bytes / 2 ** 20, 0);
    expect(mebibytes('semi-honest')).toBeLessThan(21);
    expect(mebibytes('malicious')).toBeLessThan(31);
  });

  it('sends tags of the length that the bound asks for', () => {
    // 42 bits and twice 10 make 62: 8 bytes. With columns lookups are up to twice as many: 63, still 8.
    const parameters = { ...base, holderItems: 1000, security: 'semi-honest' } as const;
    const rows = (options: OverlapOptions): number | undefined =>
      overlap.spec.flow(overlapParameters(options)).find(({ message }) => message === 'overlap-rows')?.bytes;
    expect(rows(parameters)).toBe(1024 * 8);
    expect(rows({ ...parameters, ...withColumns })).toBe(1024 * (8 + 5));
    // Against who searches for two accounts of one tag: 12.
    expect(rows({ ...parameters, security: 'malicious' })).toBe(1024 * 12);
  });
});
