import { describe, expect, it } from 'vitest';
import { ELEMENT_BYTES, randomScalar } from '../../src/crypto/group.ts';
import type { Io } from '../../src/kit/io.ts';
import { fromIndependence, SUSPICIOUS } from '../../test/redteam/statistics.ts';
import { bare, compare, heldBy, type Lists, names, RECEIVER } from '../../test/support/overlap-run.ts';
import { evaluateJob, multiplyJob } from '../oprf/index.ts';
import { OverlapAnswered, OverlapQuery, runRecordsJob } from './dh.ts';
import type { Exchange } from './engine.ts';
import { createOverlap, dhOverlap, type OverlapEngine } from './index.ts';

describe('a holder that answers half of the slots under another key, on engine dh', () => {
  const lists: Lists = { asked: names(64), held: bare(names(64)) };

  /** All is evaluated under the first key: whatever is found common is in the first half of the slots. */
  function twoKeys(io: Io, { receiver }: Exchange): ReturnType<OverlapEngine['hold']> {
    const keys = [randomScalar(io.rng), randomScalar(io.rng)];
    return {
      async answer() {
        const points = await io.from(receiver).recv(OverlapQuery, 64 * ELEMENT_BYTES);
        const scalars = new Uint8Array(64 * ELEMENT_BYTES);
        for (let slot = 0; slot < 64; slot++) scalars.set(keys[slot >>> 5], slot * ELEMENT_BYTES);
        const answered = await io.compute(multiplyJob, { points, scalars });
        await io.to(receiver).send(OverlapAnswered, answered ?? new Uint8Array(0), 64 * ELEMENT_BYTES);
      },
      async evaluate(list) {
        const records = await io.compute(runRecordsJob, { records: list, sid: io.sid });
        return await io.compute(evaluateJob, { records, bins: new Uint32Array(64), binKeys: keys[0] });
      },
      end: () => undefined,
    };
  }

  /** Blocks of eight rows of the receiver's list against whether they were found common, over a few runs. */
  async function found(change: (exchange: Exchange) => Exchange = (same) => same): Promise<number[][]> {
    const counts = Array.from({ length: 8 }, () => [0, 0]);
    const engine: OverlapEngine = {
      ...dhOverlap,
      receive: (io, exchange, records) => dhOverlap.receive(io, change(exchange), records),
      hold: twoKeys,
    };
    for (let seed = 0; seed < 8; seed++) {
      const protocol = createOverlap([engine]);
      const answers = await compare(lists, { mode: 'receiver', engine: 'dh' }, `two keys ${seed}`, { protocol });
      const held = heldBy(answers.get(RECEIVER));
      expect(held.filter(Boolean).length).toBe(32);
      for (const [row, isHeld] of held.entries()) counts[row >>> 3][isHeld ? 1 : 0]++;
    }
    return counts;
  }

  it('learns from what is common nothing of where in the receiver’s list it stands', async () => {
    expect(fromIndependence(await found())).toBeLessThan(SUSPICIOUS);
  });

  it('would be caught when queries kept the order of the list', async () => {
    // Those of a size do: their answers come back in an order of the holder's.
    expect(fromIndependence(await found((exchange) => ({ ...exchange, shuffled: true })))).toBeGreaterThan(SUSPICIOUS);
  });
});
