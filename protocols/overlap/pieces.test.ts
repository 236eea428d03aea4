import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/crypto/bytes.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import { shardLoad } from '../../src/crypto/sharding.ts';
import { finish } from '../../src/crypto/steps.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type Compute, cooperativeCompute } from '../../src/kit/compute.ts';
import { IdleClock, insecureSeededRng } from '../../src/testing.ts';
import { bare, compare, heldBy, HOLDER, names, parametersFor, RECEIVER } from '../../test/support/overlap-run.ts';
import { memoryBaseOtStore } from '../vole/index.ts';
import { dhOverlap, idealOverlap, voleOverlap } from './index.ts';
import { mergeJob, PieceRows, piecesOf } from './pieces.ts';
import { planOverlap } from './plan.ts';

const split = (packed: Uint8Array, width: number): string[] =>
  Array.from({ length: packed.length / width }, (_, k) => toHex(packed.subarray(k * width, (k + 1) * width)));

describe('mergeJob', () => {
  it.each([
    [64, 64],
    [128, 64],
    [1000, 64],
    [65, 64],
    [5, 1],
  ])('gives %i tags in pieces of %i in order', (count, pieceRows) => {
    for (const tagBytes of [8, 12]) {
      const tags = insecureSeededRng('merged', count)(count * tagBytes);
      // Some are there more than once, in other pieces too, and some begin alike.
      for (let k = 2; k < count; k += 7) tags.copyWithin(k * tagBytes, tagBytes, 2 * tagBytes);
      for (let k = 3; k < count; k += 7) tags.fill(0xff, k * tagBytes, k * tagBytes + 4);
      const pieces = new Uint8Array(tags.length);
      for (let from = 0; from < count; from += pieceRows) {
        const piece = split(tags.subarray(from * tagBytes, (from + pieceRows) * tagBytes), tagBytes).sort();
        pieces.set(Buffer.from(piece.join(''), 'hex'), from * tagBytes);
      }
      const merged = finish(mergeJob.run({ tags: pieces, tagBytes, pieceRows }));
      expect(split(merged, tagBytes)).toEqual(split(tags, tagBytes).sort());
    }
  });
});

describe('piecesOf', () => {
  const digests = insecureSeededRng('list')(32 * 100);
  const list = { digests, itemOfEntry: undefined, payload: new Uint8Array(0) };

  it('cuts a padded list into pieces of one length, whatever part of it is fillers', () => {
    const pieces = [...piecesOf(list, { rowCount: 250, pieceRows: 64 })];
    expect(pieces.map(({ rowCount }) => rowCount)).toEqual([64, 64, 64, 58]);
    expect(pieces.map((piece) => piece.digests.length / 32)).toEqual([64, 36, 0, 0]);
    expect(split(digests, 32)).toEqual(pieces.flatMap((piece) => split(piece.digests, 32)));
    expect(pieces.map(({ isFirst, isLast }) => [isFirst, isLast])).toEqual([
      [true, false],
      [false, false],
      [false, false],
      [false, true],
    ]);
  });

  it('leaves a list whole that is no longer than a piece', () => {
    const [piece, ...others] = piecesOf(list, { rowCount: 128, pieceRows: 128 });
    expect(others).toEqual([]);
    expect(piece).toMatchObject({ rowCount: 128, isFirst: true, isLast: true });
  });
});

describe('PieceRows', () => {
  it('puts pieces one behind the other, and wipes them', async () => {
    const secrets = new Secrets();
    const rows = new PieceRows({ rowCount: 3, pieceRows: 2 }, 2, secrets);
    const pieces = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6)];
    for (const piece of pieces) rows.add(piece);
    const all = rows.rows;
    expect([...all]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(pieces.flatMap((piece) => [...piece])).toEqual([0, 0, 0, 0, 0, 0]);
    await rows.change((own) => Promise.resolve(own.toReversed()));
    expect([...all]).toEqual([0, 0, 0, 0, 0, 0]);
    const changed = rows.rows;
    expect([...changed]).toEqual([6, 5, 4, 3, 2, 1]);
    secrets.end();
    expect([...changed]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('leaves a single piece where it is', async () => {
    const secrets = new Secrets();
    const rows = new PieceRows({ rowCount: 2, pieceRows: 2 }, 2, secrets);
    const piece = Uint8Array.of(1, 2, 3, 4);
    rows.add(piece);
    await rows.change(() => Promise.reject(new Error('there is nothing to put in order')));
    expect(rows.rows).toBe(piece);
    rows.end();
    expect([...piece]).toEqual([0, 0, 0, 0]);
  });
});

describe('the holder of a list that is much longer than the receiver’s', () => {
  const lists = { asked: names(64), held: bare(names(2000, 40)) };

  /** Rows of the inputs of each job of this name, in a run in which both sides learn. */
  async function rowsOf(jobs: readonly string[], engine: string): Promise<ReadonlyMap<string, readonly number[]>> {
    const clock = new IdleClock();
    const inner = cooperativeCompute({ now: systemClock.now, soon: (task) => clock.soon(task) });
    const seen = new Map(jobs.map((name) => [name, [] as number[]]));
    const compute: Compute = {
      run(job, input, signal) {
        const { records } = input as { readonly records?: Uint8Array };
        if (records !== undefined) seen.get(job.name)?.push(records.length / 32);
        return inner.run(job, input, signal);
      },
    };
    const answers = await compare(lists, { mode: 'both', engine, shardRows: 64 }, 1, { clock, compute });
    const ideal = idealOverlap(lists.asked, lists.held);
    expect(heldBy(answers.get(RECEIVER))).toEqual(ideal.receiverHeld);
    expect(heldBy(answers.get(HOLDER))).toEqual(ideal.holderHeld);
    return seen;
  }

  it.each([
    ['vole', 'overlap/vole-evaluate'],
    ['dh', 'overlap/seal'],
  ])(
    'works on it in pieces of bounded length, with the ideal functionality’s answers, on engine %s',
    async (engine, job) => {
      const jobs = [...new Set([job, 'overlap/seal', 'overlap/confirmations'])];
      const seen = await rowsOf(jobs, engine);
      // Eight shards, which leave the receiver eight accounts in each.
      const load = shardLoad(2048, 8, -44);
      const pieces = Array.from({ length: Math.ceil(load / 64) }, (_, k) => Math.min(64, load - 64 * k));
      expect(pieces.length).toBeGreaterThan(4);
      for (const name of jobs) expect(seen.get(name)).toEqual(Array.from({ length: 8 }, () => pieces).flat());
    },
  );

  it('has pieces of 2^19 rows where neither its list nor the other one can be cut, and one piece where they can', () => {
    const held = (receiverItems: number, holderItems: number): readonly number[] => {
      const sizes = { receiverItems, holderItems, sizesPerOctave: 8 } as const;
      const parameters = parametersFor({ asked: [], held: [] }, { mode: 'receiver', engine: 'vole', ...sizes });
      const plan = planOverlap(parameters, [voleOverlap(memoryBaseOtStore()), dhOverlap]);
      return [plan.held.rowCount, plan.held.pieceRows];
    };
    expect(held(1024, 10 * 2 ** 20)).toEqual([10 * 2 ** 20, 2 ** 19]);
    expect(held(1024, 2 ** 20)).toEqual([2 ** 20, 2 ** 20]);
    expect(held(10 * 2 ** 20, 10 * 2 ** 20)).toEqual([529_809, 529_809]);
    const [rows, piece] = held(2 ** 17, 10 * 2 ** 20);
    expect([rows > 5 * 2 ** 20, piece]).toEqual([true, 2 ** 19]);
  });
});
