import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/crypto/bytes.ts';
import { Prg } from '../../src/crypto/prg.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import {
  ByteHistogram,
  fromEachOther,
  fromIndependence,
  fromUniform,
  SUSPICIOUS,
} from '../../test/redteam/statistics.ts';
import { type TappedMessage, Wiretap } from '../../test/redteam/wiretap.ts';
import { bare, compare, HOLDER, type Lists, names, RECEIVER, type Rule } from '../../test/support/overlap-run.ts';
import { createOverlap, dhOverlap, type OverlapEngine, voleOverlap } from './index.ts';
import { pad } from './pad.ts';
import { RowHash } from './tags.ts';
import { finish } from '../../src/crypto/steps.ts';
import { referenceSortedTags } from '../../src/crypto/sorted-tags.ts';
import { memoryBaseOtStore } from '../vole/index.ts';
import type { Io } from '../../src/kit/io.ts';

const COLUMN = { name: 'risk', bytes: 3 };
const filled = (accounts: readonly string[]): Lists['held'] => accounts.map((name) => [name, new Uint8Array(3)]);

async function tapped(
  lists: Lists,
  rule: Rule,
  seed: number | string,
  ...engines: readonly OverlapEngine[]
): Promise<Wiretap> {
  const tap = new Wiretap();
  const protocol = engines.length === 0 ? {} : { protocol: createOverlap(engines) };
  await compare(lists, rule, seed, { intercept: tap.intercept, ...protocol });
  return tap;
}

const rules: readonly (readonly [string, string, Rule])[] = [
  ...(['vole', 'dh'] as const).flatMap((engine): (readonly [string, string, Rule])[] => [
    ['receiver', engine, { mode: 'receiver', engine }],
    ['receiver with columns', engine, { mode: 'receiver', columns: [COLUMN], engine }],
    ['both', engine, { mode: 'both', engine }],
  ]),
  ['receiver, semi-honest', 'vole', { mode: 'receiver', engine: 'vole', security: 'semi-honest' }],
  ['size-only', 'dh', { mode: 'size-only' }],
];

/** Messages of the protocol itself, in the order of each channel. */
const ownMessages = (tap: Wiretap): TappedMessage[] =>
  tap.messages.filter(({ channel }) => channel.startsWith('overlap/'));

describe.each(rules)('the traffic in mode %s on engine %s', (_name, _engine, rule) => {
  it('has one shape for lists of one bucket, whatever is in them', async () => {
    const size = { receiverItems: 128, holderItems: 128, batchRows: 64 };
    const variants: readonly Lists[] = [
      { asked: names(128), held: filled(names(128)) },
      { asked: names(128), held: filled(names(128, 1000)) },
      { asked: [], held: [] },
      { asked: names(32), held: filled(names(100)) },
      { asked: [...names(40), ...names(40)], held: filled([...names(40), ...names(40)]) },
    ];
    const shapes = new Set<string>();
    for (const [k, lists] of variants.entries()) {
      shapes.add((await tapped(lists, { ...rule, ...size }, `shape ${k}`)).shape().join('\n'));
    }
    expect(shapes.size).toBe(1);
    // The comparison sees a difference where a bucket differs.
    shapes.add((await tapped({ asked: [], held: [] }, { ...rule, ...size, holderItems: 256 }, 0)).shape().join('\n'));
    expect(shapes.size).toBe(2);
  });

  it('repeats itself for the same randomness and shares no row with any other run', async () => {
    const lists = { asked: names(64), held: filled(names(64)) };
    const rows = async (seed: number): Promise<readonly string[]> =>
      ownMessages(await tapped(lists, rule, seed))
        .flatMap(({ channel, name, body }) => [...split(body, 8)].map((part) => `${channel} ${name} ${part}`))
        .sort();
    const first = await rows(1);
    expect(await rows(1)).toEqual(first);
    const other = new Set(await rows(2));
    expect(first.filter((part) => other.has(part))).toEqual([]);
  });
});

function* split(body: Uint8Array, width: number): Generator<string> {
  for (let at = 0; at + width <= body.length; at += width) yield toHex(body.subarray(at, at + width));
}

describe('padding', () => {
  /** Bytes of the messages of one name over a few runs; the first and the last byte of an element are not uniform. */
  async function bytesOf(message: string, lists: Lists, rule: Rule, engine?: OverlapEngine): Promise<ByteHistogram> {
    const histogram = new ByteHistogram();
    const engines = [engine ?? voleOverlap(memoryBaseOtStore()), dhOverlap];
    for (let seed = 0; seed < 6; seed++) {
      const tap = await tapped(lists, { ...rule, receiverItems: 128, holderItems: 128 }, `padding ${seed}`, ...engines);
      for (const { body } of tap.all({ name: message })) histogram.add(body);
    }
    return histogram;
  }
  const full: Lists = { asked: names(128), held: filled(names(128)) };
  const empty: Lists = { asked: [], held: [] };

  it.each([
    ['overlap-query', { mode: 'receiver', engine: 'dh' }],
    ['overlap-differences', { mode: 'receiver', engine: 'vole' }],
    ['overlap-query', { mode: 'size-only' }],
    ['overlap-answered', { mode: 'size-only' }],
    ['overlap-rows', { mode: 'receiver', columns: [COLUMN] }],
    ['overlap-rows', { mode: 'size-only' }],
    ['overlap-confirmations', { mode: 'both' }],
  ] as const)('of %s looks like content, in %j', async (message, rule: Rule) => {
    const [content, padding] = [await bytesOf(message, full, rule), await bytesOf(message, empty, rule)];
    expect(fromEachOther(content.counts, padding.counts)).toBeLessThan(SUSPICIOUS);
  });

  it.each(['vole', 'dh'])('of the holder’s rows is uniform, and so are its rows, on engine %s', async (engine) => {
    const rule: Rule = { mode: 'receiver', columns: [COLUMN], engine };
    for (const lists of [full, empty]) {
      expect(fromUniform((await bytesOf('overlap-rows', lists, rule)).counts)).toBeLessThan(SUSPICIOUS);
    }
  });

  it('of the receiver’s differences is uniform, and so are they', async () => {
    for (const lists of [full, empty]) {
      const { counts } = await bytesOf('overlap-differences', lists, { mode: 'receiver', engine: 'vole' });
      expect(fromUniform(counts)).toBeLessThan(SUSPICIOUS);
    }
  });

  it('would be caught when fillers were one value', async () => {
    const plain: OverlapEngine = {
      ...dhOverlap,
      hold(io, exchange) {
        const inner = dhOverlap.hold(io, exchange);
        return {
          ...inner,
          async evaluate(records) {
            const values = await inner.evaluate(records);
            values.fill(0);
            records.fill(0);
            return values;
          },
        };
      },
    };
    const padding = await bytesOf('overlap-rows', empty, { mode: 'receiver', engine: 'dh' }, plain);
    expect(fromUniform(padding.counts)).toBeGreaterThan(SUSPICIOUS);
  });
});

/** Of an engine that holds a departing holder to its rows. */
const TAG_BYTES = 12;

describe('the rows that a holder sends', () => {
  /** Blocks of eight source rows against blocks of eight rows on the wire. */
  async function table(placeOf: (row: number, tags: readonly string[], sent: readonly string[]) => number) {
    const counts = Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => 0));
    for (let seed = 0; seed < 40; seed++) {
      const engine = recording();
      const lists = { asked: names(64), held: bare(names(64)) };
      const tap = await tapped(lists, { mode: 'receiver', engine: 'dh' }, `order ${seed}`, engine);
      const { sid, records, values } = engine.view;
      const hash = new RowHash('overlap-tag', { sid, records, values, valueBytes: 32 });
      const tags = [...split(finish(hash.all(new Uint32Array(64))), 32)].map((tag) => tag.slice(0, 2 * TAG_BYTES));
      const sent = [...split(tap.one({ name: 'overlap-rows' }).body, TAG_BYTES)];
      for (let row = 0; row < 64; row++) counts[row >>> 3][placeOf(row, tags, sent) >>> 3]++;
    }
    return counts;
  }

  it('stand at places that tell nothing of their places in the source', async () => {
    expect(fromIndependence(await table((row, tags, sent) => sent.indexOf(tags[row])))).toBeLessThan(SUSPICIOUS);
  });

  it('would be caught when they kept their order', async () => {
    expect(fromIndependence(await table((row, tags) => tags.indexOf(tags[row])))).toBeGreaterThan(SUSPICIOUS);
  });

  it('are numbered in any order where they are of one account', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { occurrences } = await padded(seed, Uint32Array.of(0, 0, 0));
      expect(new Set(occurrences.subarray(0, 3))).toEqual(new Set([0, 1, 2]));
      seen.add(occurrences.subarray(0, 3).join());
    }
    expect(seen.size).toBe(6);
  });

  async function padded(seed: number, itemOfEntry: Uint32Array): ReturnType<typeof pad> {
    const rng = insecureSeededRng('pad', seed);
    const io = {
      sid: rng(32),
      compute: (job: { run(input: unknown): Generator<void, unknown> }, input: unknown) =>
        Promise.resolve(finish(job.run(input) as never)),
    } as unknown as Io;
    const list = { digests: rng(32), itemOfRow: itemOfEntry, itemOfEntry, payload: new Uint8Array(0) };
    return pad(io, new Prg(rng(32), rng(32), 'test'), list, 64);
  }
});

type Exchange = Parameters<OverlapEngine['hold']>[1];

/** What a receiver that wrote down its query and a holder that used its key once more know together, of one run. */
interface BothViews {
  sid: Uint8Array;
  records: Uint8Array;
  /** As the receiver got them. */
  values: Uint8Array;
  /** Of the receiver's records in the order in which it sent them. */
  truth: Uint8Array;
}

const nothing = new Uint8Array(0);

/** The dh engine, writing down what both ends know; `change` alters how the exchange goes. */
function recording(change: (exchange: Exchange) => Exchange = (same) => same): OverlapEngine & { view: BothViews } {
  const view: BothViews = { sid: nothing, records: nothing, values: nothing, truth: nothing };
  return {
    ...dhOverlap,
    view,
    async receive(io, exchange, records) {
      view.sid = io.sid;
      view.records = records.slice();
      const values = await dhOverlap.receive(io, change(exchange), records);
      view.values = values.slice();
      return values;
    },
    hold(io, exchange) {
      const inner = dhOverlap.hold(io, change(exchange));
      return {
        ...inner,
        async answer() {
          await inner.answer();
          view.truth = await inner.evaluate(view.records);
        },
      };
    },
  };
}

describe('size-only', () => {
  const rule: Rule = { mode: 'size-only', receiverItems: 128, holderItems: 64, batchRows: 64 };

  /** Blocks of 16 places in the query against blocks of 16 places in what came back, over a few runs. */
  async function links(change?: (exchange: Exchange) => Exchange): Promise<number[][]> {
    const counts = Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => 0));
    for (let seed = 0; seed < 20; seed++) {
      const engine = recording(change);
      await compare({ asked: names(100), held: bare(names(40)) }, rule, `links ${seed}`, {
        protocol: createOverlap([engine]),
      });
      const { values, truth } = engine.view;
      const returned = [...split(values, 32)];
      const sent = [...split(truth, 32)];
      expect([...returned].sort()).toEqual([...sent].sort());
      for (const [slot, value] of sent.entries()) counts[slot >>> 4][returned.indexOf(value) >>> 4]++;
    }
    return counts;
  }

  it('returns values at places that tell nothing of their places in the query', async () => {
    expect(fromIndependence(await links())).toBeLessThan(SUSPICIOUS);
  });

  it('would be caught when the holder did not shuffle', async () => {
    expect(fromIndependence(await links((exchange) => ({ ...exchange, shuffled: false })))).toBeGreaterThan(SUSPICIOUS);
  });
});

describe('both', () => {
  it('confirms common accounts, and nothing that a holder could check its guesses against', async () => {
    const engine = recording();
    const lists = { asked: names(64), held: bare(names(40, 24)) };
    const tap = await tapped(lists, { mode: 'both', engine: 'dh' }, 'confirm', engine);
    const { body } = tap.one({ from: RECEIVER, to: HOLDER, name: 'overlap-confirmations' });
    const { view } = engine;
    // With its key the holder can form the confirmation of every account of the receiver, if it guesses it.
    const hash = new RowHash('overlap-confirm', { ...view, values: view.truth, valueBytes: 32 });
    const index = finish(referenceSortedTags.index({ rows: body, rowBytes: TAG_BYTES, tagBytes: TAG_BYTES }));
    const confirmations = finish(hash.all(new Uint32Array(64)));
    const confirmed = new Int32Array(64);
    index.findAll(confirmations, confirmed);
    expect(confirmed.filter((row) => row >= 0).length).toBe(40);
    // None of them is a tag that went over: who was only sent tags cannot claim anything.
    const tags = new Set(split(tap.one({ name: 'overlap-rows' }).body, TAG_BYTES));
    for (const confirmation of split(body, TAG_BYTES)) expect(tags.has(confirmation)).toBe(false);
  });
});
