import { describe, expect, it } from 'vitest';
import { bare, compare, HOLDER, names, RECEIVER, type Rule } from '../../test/support/overlap-run.ts';
import { BASE_TRANSFERS, LONG_VOLE, SHORT_VOLE } from '../../test/support/vole-secrets.ts';
import { expectWipedWhereverItFails, type WatchedJobs } from '../../test/support/watched-jobs.ts';
import { memoryBaseOtStore } from '../vole/index.ts';
import { createOverlap, dhOverlap, type OverlapEngine, voleOverlap } from './index.ts';

const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;

describe('the own records and their values', () => {
  it.each([voleOverlap(memoryBaseOtStore()), dhOverlap])('are wiped when a run has ended, %#', async (inner) => {
    const seen: Uint8Array[] = [];
    const held: boolean[] = [];
    const see = (...views: readonly Uint8Array[]): void => {
      seen.push(...views);
      held.push(...views.map((view) => view.some((byte) => byte !== 0)));
    };
    const engine: OverlapEngine = {
      ...inner,
      ofRun: () => engine,
      async receive(io, exchange, records) {
        const values = await inner.receive(io, exchange, records);
        see(records, values);
        return values;
      },
      hold(io, exchange) {
        const evaluation = inner.hold(io, exchange);
        return {
          ...evaluation,
          async evaluate(records) {
            const values = await evaluation.evaluate(records);
            see(records, values);
            return values;
          },
        };
      },
    };
    // One list fills its bucket, the other one is padded.
    const lists = { asked: names(64), held: bare(names(40)) };
    const rule: Rule = { mode: 'receiver', engine: inner.id };
    await compare(lists, rule, 'wiped', { protocol: createOverlap([engine]) });
    expect(held).toEqual([true, true, true, true]);
    expect(seen.filter((view) => view.some((byte) => byte !== 0))).toEqual([]);
  });
});

/** Records, values, and tags of both sides; without confirmations. */
const OVERLAP: WatchedJobs = {
  'overlap/pad': ['>records'],
  'overlap/tags': ['records', 'values', '>'],
  'overlap/seal': ['records', 'values', '>'],
  'overlap/find': ['records', 'values', 'tags', 'rows'],
};

const CONFIRMING: WatchedJobs = {
  'overlap/confirm': ['values', '>'],
  'overlap/confirmations': ['records', 'values', '>'],
  'overlap/confirmed': ['expected', 'confirmations'],
};

const VOLE: WatchedJobs = {
  'overlap/vole-expand': ['records', '>'],
  'overlap/vole-encode': ['records', 'expandedRows', '>'],
  'overlap/vole-decode': ['records', 'expandedRows', 'c', '>'],
  'overlap/vole-evaluate': ['records', 'expandedRows', 'k', 'delta', '>'],
};

const DH: WatchedJobs = {
  'overlap/run-records': ['records', '>'],
  'overlap/shuffle': ['elements', 'order.key', '>'],
  'oprf/blind': ['records', 'blinds.key', '>unblinders'],
  'oprf/multiply': ['scalars'],
  'oprf/evaluate': ['records', 'binKeys', '>'],
};

describe('all that both sides have of an overlap is wiped wherever the run fails', () => {
  const lists = { asked: names(64), held: bare(names(40)) };

  it.each(everywhere ? [RECEIVER, HOLDER] : [RECEIVER])(
    'with the vole engine and base transfers of its own, when %s cancels',
    async (party) => {
      const watched = { ...OVERLAP, ...CONFIRMING, ...VOLE, ...BASE_TRANSFERS, ...SHORT_VOLE };
      await expectWipedWhereverItFails(watched, (compute, cancel) =>
        compare(lists, { mode: 'both', engine: 'vole' }, 1, {
          compute,
          signal: (other) => (other === party ? cancel : undefined),
        }),
      );
    },
    60_000,
  );

  it('with a VOLE that is expanded, and kept base transfers', async () => {
    const protocol = createOverlap([voleOverlap(memoryBaseOtStore())]);
    const long = { asked: names(3500), held: bare(names(3000)) };
    const rule: Rule = { mode: 'receiver', engine: 'vole' };
    let seed = 0;
    await compare(long, rule, seed, { protocol });
    await expectWipedWhereverItFails({ ...OVERLAP, ...VOLE, ...SHORT_VOLE, ...LONG_VOLE }, (compute, cancel) =>
      compare(long, rule, ++seed, {
        protocol,
        compute,
        signal: (party) => (party === HOLDER ? cancel : undefined),
      }),
    );
  }, 60_000);

  it('with a list of the holder that goes in pieces', async () => {
    // Two shards of more than twice 256 rows.
    const rule: Rule = { mode: 'both', engine: 'vole', holderItems: 1024, shardRows: 256 };
    const merging: WatchedJobs = { 'overlap/merge': ['tags', '>'] };
    await expectWipedWhereverItFails({ ...OVERLAP, ...CONFIRMING, ...merging }, (compute, cancel) =>
      compare(lists, rule, 1, { compute, signal: (party) => (party === HOLDER ? cancel : undefined) }),
    );
  }, 120_000);

  it('with the dh engine', async () => {
    await expectWipedWhereverItFails({ ...OVERLAP, ...DH }, (compute, cancel) =>
      compare(lists, { mode: 'receiver', engine: 'dh' }, 1, {
        compute,
        signal: (party) => (party === RECEIVER ? cancel : undefined),
      }),
    );
  }, 60_000);
});
