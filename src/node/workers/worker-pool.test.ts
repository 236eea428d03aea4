/** Workers run from compiled files: this needs `npm run build`, and says so. BLINDFLAG_DIST names another folder. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { flag, type FlagInput, flagParameters, idealFlag } from '../../../protocols/flag/index.ts';
import { overlap, type OverlapInput, overlapParameters } from '../../../protocols/overlap/index.ts';
import type { Steps } from '../../crypto/steps.ts';
import { InternalError, UsageError } from '../../errors.ts';
import { defineJob, type Job } from '../../kit/compute.ts';
import { partyId } from '../../kit/party.ts';
import { IdleClock } from '../../testing/idle-clock.ts';
import { runInMemory, succeeded } from '../../testing/in-memory.ts';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

const DIST = resolve(process.env.BLINDFLAG_DIST ?? 'dist');
const folder = mkdtempSync(join(tmpdir(), 'worker-pool-'));
const jobsFile = join(folder, 'jobs.mjs');

/** The other thread's side of the jobs below. */
const JOBS = `
import { UsageError } from ${JSON.stringify(pathToFileURL(join(DIST, 'src/errors.js')).href)};
import { threadId } from 'node:worker_threads';
const job = (name, run) => ({ name, run });
const kept = [];
export const jobs = [
  job('double', function* (words) { yield; return words.map((word) => 2 * word); }),
  job('keep', function* ({ gone, copied }) { kept.push(gone, copied); yield; return { bytes: gone.length, sum: gone[0] + copied[0] }; }),
  job('kept', function* () { return kept.map((view) => [...view]); }),
  job('thread', function* () { return threadId; }),
  job('under', function* (view) { return { under: view.buffer.byteLength, value: [...view], type: view.constructor.name }; }),
  job('endless', function* (gate) { Atomics.store(gate, 0, 1); for (;;) yield; }),
  job('usage', function* () { throw new UsageError('Cannot do', { code: 'table-full', phase: 'p', party: 'bank-a', remedy: 'r' }); }),
  job('range', function* () { throw new RangeError('out'); }),
  job('defect', function* () { throw new Error('secret text'); }),
  job('crash', function* () { process.exit(7); }),
  job('function', function* () { return () => 1; }),
];
`;

const named = <I, O>(name: string): Job<I, O> =>
  defineJob<I, O>(name, () => {
    throw new Error('runs in the worker only');
  });
const doubleJob = named<Uint32Array, Uint32Array>('double');
const threadJob = named<undefined, number>('thread');
const underJob = named<Uint8Array | Uint32Array, { under: number; value: number[]; type: string }>('under');
const endlessJob = named<Int32Array, never>('endless');
interface Kept {
  readonly gone: Uint8Array;
  readonly copied: Uint8Array;
}
const keepJob = {
  ...named<Kept, { bytes: number; sum: number }>('keep'),
  consumes: ['gone'],
};
const keptJob = named<undefined, number[][]>('kept');
const never = new AbortController().signal;

beforeAll(() => {
  if (!existsSync(join(DIST, 'src/node/workers/worker.js'))) {
    throw new Error(`${DIST}/src/node/workers/worker.js is missing: run npm run build before this test`);
  }
  writeFileSync(jobsFile, JOBS);
});
const pools: WorkerPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((made) => made.close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pool(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  const made = createWorkerPool({
    jobs: pathToFileURL(jobsFile),
    size: 2,
    worker: pathToFileURL(join(DIST, 'src/node/workers/worker.js')),
    ...options,
  });
  pools.push(made);
  return made;
}

/** Starts the endless job and waits until its thread is inside it. */
async function startEndless(on: WorkerPool, signal: AbortSignal): Promise<{ job: Promise<never> }> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const job = on.run(endlessJob, gate, signal);
  while (Atomics.load(gate, 0) === 0) await setImmediate();
  return { job };
}

describe('createWorkerPool', () => {
  it('computes in other threads and leaves the input as it was', async () => {
    const words = Uint32Array.from({ length: 1000 }, (_, k) => k);
    const compute = pool();
    const [doubled, thread] = await Promise.all([
      compute.run(doubleJob, words, never),
      compute.run(threadJob, undefined, never),
    ]);
    expect(doubled).toEqual(words.map((word) => 2 * word));
    expect(words[999]).toBe(999);
    expect(thread).not.toBe(0);
  });

  // More accounts than any job takes in place.
  it('computes a whole flag run as this thread does', async () => {
    const accounts = Array.from({ length: 6000 }, (_, k) => `id:${k}`);
    const names = ['bank-a', 'bank-b', 'bank-c', 'bank-d'].map(partyId);
    const parameters = flagParameters({
      asker: names[0],
      contributors: names.slice(1),
      askerItems: accounts.length,
      contributorItems: [6000, 6000, 6000],
      score: { threshold: 3, max: 7 },
    });
    const evidence = names.slice(1).map((_, bank) => accounts.filter((_account, k) => (k + bank) % 3 > 0));
    const inputs = new Map(
      names.map((name, k): [typeof name, FlagInput] => [
        name,
        k === 0
          ? { accounts: [{ accounts }] }
          : { evidence: [{ accounts: evidence[k - 1], scores: new Uint32Array(evidence[k - 1].length).fill(2) }] },
      ]),
    );
    const compute = pool({ jobs: pathToFileURL(join(DIST, 'src/worker-jobs.js')) });
    const outcomes = await runInMemory(flag, { parameters, inputs, initiator: names[0] }, { compute });
    const flagged = succeeded(outcomes).get(names[0])?.output?.flagged ?? new Uint8Array(0);
    const lists = evidence.map((list) => new Map(list.map((account) => [account, 2])));
    expect(Array.from(flagged, (bit) => bit === 1)).toEqual(
      idealFlag({ quorum: 2, score: { threshold: 3, max: 7 } }, accounts, lists),
    );
    expect(compute.threads).toBe(2);
  });

  it.each(['receiver', 'both'] as const)(
    'computes a whole overlap run of mode %s as this thread does',
    async (mode) => {
      const [receiver, holder] = ['bank-a', 'bank-b'].map(partyId);
      const [asked, held] = [0, 1].map((shift) => Array.from({ length: 6000 }, (_, k) => `id:${2 * k + 3000 * shift}`));
      const parameters = overlapParameters({
        receiver,
        holder,
        mode,
        receiverItems: asked.length,
        holderItems: held.length,
        acknowledged:
          mode === 'both'
            ? ['receiver-learns-row-level-overlap', 'holder-learns-row-level-overlap']
            : ['receiver-learns-row-level-overlap'],
        engine: 'vole',
      });
      const inputs = new Map<typeof receiver, OverlapInput>([
        [receiver, { accounts: [{ accounts: asked }] }],
        [holder, { accounts: [{ accounts: held }] }],
      ]);
      const compute = pool({ jobs: pathToFileURL(join(DIST, 'src/worker-jobs.js')) });
      const outcomes = succeeded(await runInMemory(overlap, { parameters, inputs, initiator: receiver }, { compute }));
      const inBoth = (own: readonly string[], other: readonly string[]): Uint8Array => {
        const listed = new Set(other);
        return Uint8Array.from(own, (account) => (listed.has(account) ? 1 : 0));
      };
      expect(outcomes.get(receiver)?.output).toMatchObject({ held: inBoth(asked, held) });
      if (mode === 'both') expect(outcomes.get(holder)?.output).toMatchObject({ held: inBoth(held, asked) });
      expect(compute.threads).toBe(2);
    },
  );

  it('starts no more threads than its size, and none before there is work', async () => {
    const compute = pool({ size: 2 });
    expect(compute.threads).toBe(0);
    const threads = await Promise.all(Array.from({ length: 12 }, () => compute.run(threadJob, undefined, never)));
    expect(new Set(threads).size).toBeLessThanOrEqual(2);
    expect(compute.threads).toBe(2);
  });

  it('sends of a view only what it shows', async () => {
    const large = new Uint32Array(1_000_000).fill(7);
    const result = await pool().run(underJob, large.subarray(5, 8), never);
    expect(result).toEqual({ under: 12, value: [7, 7, 7], type: 'Uint32Array' });
    const buffer = await pool().run(underJob, Buffer.from('abc'), never);
    expect(buffer).toEqual({ under: 3, value: [97, 98, 99], type: 'Uint8Array' });
  });

  it('moves what a job consumes, as this thread does, and its thread wipes what it was given', async () => {
    const compute = pool({ size: 1 });
    const input = { gone: Uint8Array.of(3), copied: Uint8Array.of(4) };
    const result = compute.run(keepJob, input, never);
    expect(input.gone).toHaveLength(0);
    expect(await result).toEqual({ bytes: 1, sum: 7 });
    expect([...input.copied]).toEqual([4]);
    expect(await compute.run(keptJob, undefined, never)).toEqual([[0], [0]]);
    await expect(compute.run(keepJob, input, never)).rejects.toThrow('was given up');
  });

  it('runs a job in this thread where the job says so', async () => {
    const compute = pool();
    const own = defineJob(
      'not-in-the-worker',
      function* ({ value }: { readonly value: number }) {
        yield;
        return value + 1;
      },
      { inPlace: ({ value }) => value < 10 },
    );
    expect(await compute.run(own, { value: 1 }, never)).toBe(2);
    expect(compute.threads).toBe(0);
    await expect(compute.run(own, { value: 10 }, never)).rejects.toBeInstanceOf(InternalError);
  });

  it('runs in this thread when its size is 0', async () => {
    const own = defineJob('own', function* (value: number) {
      yield;
      return value + 1;
    });
    const compute = pool({ size: 0 });
    expect(await compute.run(own, 1, never)).toBe(2);
    expect(compute.threads).toBe(0);
  });

  it('rejects at once when a job is aborted, and its thread takes the next one', async () => {
    const compute = pool({ size: 1 });
    const abort = new AbortController();
    const { job } = await startEndless(compute, abort.signal);
    const queued = compute.run(threadJob, undefined, abort.signal);
    const after = compute.run(threadJob, undefined, never);
    abort.abort(new RangeError('enough'));
    await expect(job).rejects.toThrow('enough');
    await expect(queued).rejects.toThrow('enough');
    expect(await after).toBeGreaterThan(0);
    expect(compute.threads).toBe(1);
    await expect(compute.run(threadJob, undefined, abort.signal)).rejects.toThrow('enough');
  });

  it('gives errors of the package back as they were, and no text of others', async () => {
    const compute = pool();
    await expect(compute.run(named('usage'), undefined, never)).rejects.toMatchObject({
      constructor: UsageError,
      code: 'table-full',
      phase: 'p',
      party: 'bank-a',
      remedy: 'r',
    });
    await expect(compute.run(named('range'), undefined, never)).rejects.toThrow(RangeError);
    const defect = await compute.run(named('defect'), undefined, never).catch((error: unknown) => error);
    expect(defect).toBeInstanceOf(InternalError);
    expect(String(defect)).not.toContain('secret');
  });

  it.each([
    ['a name that no job has', named('none'), undefined],
    ['an input that cannot be sent', threadJob as Job<unknown, number>, () => 1],
    ['an output that cannot be sent', named('function'), undefined],
  ])('rejects with InternalError for %s, and goes on', async (_what, job, input) => {
    const compute = pool({ size: 1 });
    await expect(compute.run(job, input, never)).rejects.toBeInstanceOf(InternalError);
    expect(await compute.run(threadJob, undefined, never)).toBeGreaterThan(0);
  });

  it('loses the job of a crashed thread alone, and starts another thread', async () => {
    const compute = pool({ size: 1 });
    const first = compute.run(threadJob, undefined, never);
    const crashing = compute.run(named('crash'), undefined, never);
    const after = compute.run(threadJob, undefined, never);
    await expect(crashing).rejects.toMatchObject({ code: 'internal', phase: 'compute' });
    expect(await after).not.toBe(await first);
  });

  it('rejects every job, one by one, when its threads cannot start', async () => {
    const compute = pool({ jobs: pathToFileURL(join(folder, 'missing.mjs')) });
    const jobs = [1, 2, 3].map(() => compute.run(threadJob, undefined, never));
    const settled = await Promise.allSettled(jobs);
    for (const result of settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'internal', phase: 'compute' } });
    }
  });

  it('ends threads that have nothing to do', async () => {
    const clock = new IdleClock();
    const compute = pool({ clock, idleMs: 1000 });
    await compute.run(threadJob, undefined, never);
    expect(compute.threads).toBe(1);
    await new Promise<void>((passed) => clock.timer(5000, passed));
    expect(compute.threads).toBe(0);
    expect(await compute.run(threadJob, undefined, never)).toBeGreaterThan(0);
  });

  it('ends jobs under way when it is closed, and takes no more', async () => {
    const compute = pool({ size: 1 });
    const { job } = await startEndless(compute, never);
    const queued = compute.run(threadJob, undefined, never);
    const ended = Promise.allSettled([job, queued]);
    await compute.close();
    for (const result of await ended) expect(result).toMatchObject({ reason: { code: 'cancelled' } });
    await expect(compute.run(threadJob, undefined, never)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each([0, 1])(
    'ends jobs in this thread when it is closed, and wipes what they consumed, with size %i',
    async (size) => {
      const compute = pool({ size });
      let taken: Uint8Array = new Uint8Array(0);
      let ended = false;
      const endless = defineJob(
        'endless-here',
        function* (input: { readonly gone: Uint8Array }): Steps<never> {
          taken = input.gone;
          try {
            for (;;) yield;
          } finally {
            ended = true;
          }
        },
        { consumes: ['gone'], inPlace: () => true },
      );
      const job = compute.run(endless, { gone: Uint8Array.of(1, 2) }, never);
      while (taken.length === 0) await setImmediate();
      expect([...taken]).toEqual([1, 2]);
      const waiting = compute.run(endless, { gone: Uint8Array.of(3) }, never);
      await Promise.all([
        compute.close(),
        expect(job).rejects.toMatchObject({ code: 'cancelled', phase: 'compute' }),
        expect(waiting).rejects.toMatchObject({ code: 'cancelled', phase: 'compute' }),
      ]);
      expect(ended).toBe(true);
      expect([...taken]).toEqual([0, 0]);
      const late = { gone: Uint8Array.of(4) };
      await expect(compute.run(endless, late, never)).rejects.toMatchObject({ code: 'cancelled' });
      expect(late.gone).toHaveLength(0);
    },
  );
});
