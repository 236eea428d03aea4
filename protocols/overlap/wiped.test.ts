import { describe, expect, it } from 'vitest';
import { bare, compare, names, type Rule } from '../../test/support/overlap-run.ts';
import { memoryBaseOtStore } from '../vole/index.ts';
import { createOverlap, dhOverlap, type OverlapEngine, voleOverlap } from './index.ts';

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
