/** Runs whose lists are on disk give the answers of those in memory, message by message, and leave nothing behind. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { spillDisk } from '../../src/data/spill/spill-disk.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type Compute, cooperativeCompute } from '../../src/kit/compute.ts';
import type { ListDisk } from '../../src/kit/list-disk.ts';
import type { Interceptor } from '../../src/kit/memory-network.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import type { Prepared, PrepareContext } from '../../src/kit/protocol.ts';
import { insecureSeededRng, runInMemory } from '../../src/testing.ts';
import {
  bare,
  compare,
  heldBy,
  HOLDER,
  type Lists,
  names,
  parametersFor,
  RECEIVER,
  type Rule,
} from '../../test/support/overlap-run.ts';
import { outputsOf } from '../../test/support/run.ts';
import { flag, type FlagInput, flagParameters, idealFlag } from '../flag/index.ts';
import { idealOverlap, overlap, type OverlapAnswer } from './index.ts';

let parent: string;
let opened = 0;
let disk: ListDisk;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'bf-on-disk-'));
  const spill = spillDisk({ parent, rng: insecureSeededRng('disk'), above: 60 });
  disk = {
    above: spill.above,
    open(shape) {
      opened++;
      return spill.open(shape);
    },
  };
});
afterAll(() => rmSync(parent, { recursive: true }));
afterEach(async () => {
  // A list that is still read when a run ends is removed when that is done.
  await expect.poll(() => readdirSync(parent)).toEqual([]);
  opened = 0;
});

const LISTS: Lists = { asked: [...names(250), 'id:7', 'id:8'], held: bare([...names(200, 120), 'id:130']) };

function expectIdeal(answers: ReadonlyMap<PartyId, OverlapAnswer | undefined>): void {
  const ideal = idealOverlap(LISTS.asked, LISTS.held);
  expect(heldBy(answers.get(RECEIVER))).toEqual(ideal.receiverHeld);
  expect(heldBy(answers.get(HOLDER))).toEqual(ideal.holderHeld);
}

/** Prepares again and again, given up at another computation each time: what an aborted run does while it reads. */
async function givenUpAnywhere(
  prepare: (context: PrepareContext) => Promise<Prepared<unknown>>,
  self: PartyId,
): Promise<void> {
  const inTurn = cooperativeCompute(systemClock);
  const attempt = async (last: number): Promise<number> => {
    const run = new AbortController();
    let begun = 0;
    const compute: Compute = {
      run(job, input, signal) {
        if (++begun === last) run.abort(new Error('given up'));
        return inTurn.run(job, input, signal);
      },
    };
    const prepared = await prepare({ self, rng: insecureSeededRng('prepare'), compute, signal: run.signal, disk });
    expect(readdirSync(parent)).not.toEqual([]);
    await prepared.close?.();
    return begun;
  };
  const computations = await attempt(0);
  expect(computations).toBeGreaterThan(10);
  for (let last = 1; last <= computations; last++) {
    await expect(attempt(last)).rejects.toThrow('given up');
    expect(readdirSync(parent), `computation ${last} of ${computations}`).toEqual([]);
  }
}

describe('overlap of lists on disk', () => {
  it.each([64, 2 ** 19])('equals the ideal functionality in shards of %i rows', async (shardRows) => {
    const rule: Rule = { mode: 'both', engine: 'vole', shardRows };
    expectIdeal(await compare(LISTS, rule, 'disk', { disk }));
    // Each side's rows, and the same by shard.
    expect(opened).toBe(4);
  });

  it('leaves nothing on disk wherever the reading is given up', async () => {
    const parameters = parametersFor(LISTS, { mode: 'both', engine: 'vole' });
    const input = { accounts: [{ accounts: LISTS.asked }] };
    await givenUpAnywhere((context) => overlap.prepare(parameters, input, context), RECEIVER);
  });

  it('refuses repeated accounts and too few of them, and removes what was read', async () => {
    const rule: Rule = { mode: 'receiver', engine: 'vole', duplicates: 'reject' };
    await expect(compare(LISTS, rule, 'reject', { disk })).rejects.toMatchObject({ code: 'duplicate-item' });
    const few = { asked: names(5), held: LISTS.held };
    await expect(compare(few, { ...rule, duplicates: 'join' }, 'few', { disk })).rejects.toMatchObject({
      code: 'too-few-items',
    });
  });
});

describe('flag about lists on disk', () => {
  const banks = ['bank-a', 'bank-b', 'bank-c', 'bank-d'].map(partyId);
  const rng = insecureSeededRng('flag lists');
  const accounts = names(300);
  const evidence = banks
    .slice(1)
    .map(() => new Map(accounts.flatMap((account) => (rng(1)[0] < 128 ? [[account, rng(1)[0]] as const] : []))));
  const parameters = flagParameters({
    asker: 'bank-a',
    contributors: banks.slice(1),
    quorum: 2,
    score: { threshold: 200, max: 255 },
    askerItems: 300,
    contributorItems: [300, 300, 300],
    smallestBucket: 64,
  });
  const inputs = new Map<PartyId, FlagInput>(
    banks.map((bank, k) => [
      bank,
      k === 0
        ? { accounts: [{ accounts }] }
        : { evidence: [{ accounts: [...evidence[k - 1].keys()], scores: Uint32Array.from(evidence[k - 1].values()) }] },
    ]),
  );
  const run = { parameters, inputs, initiator: banks[0] };

  it('equals the ideal functionality', async () => {
    const outputs = await outputsOf(flag, run, 1, { disk });
    const expected = idealFlag({ quorum: 2, score: { threshold: 200, max: 255 } }, accounts, evidence);
    expect(Array.from(outputs.get(banks[0])?.flagged ?? [], Boolean)).toEqual(expected);
    expect(opened).toBe(8);
  });

  it.each([0, 1])('leaves nothing on disk wherever the reading is given up at bank %i', async (bank) => {
    const input = inputs.get(banks[bank]) ?? {};
    await givenUpAnywhere((context) => flag.prepare(parameters, input, context), banks[bank]);
  });

  it('leaves nothing on disk when a run fails in the middle', async () => {
    const broken: Interceptor = (from, to, bytes) =>
      from === banks[2] && to === banks[0] && frames++ > 6 ? [] : [bytes];
    let frames = 0;
    const limits = { deadlineMs: 3000 };
    const outcomes = await runInMemory(flag, run, { disk, intercept: broken, limits });
    expect([...outcomes.values()].map(({ status }) => status)).toContain('rejected');
    expect(opened).toBeGreaterThanOrEqual(4);
  });
});
