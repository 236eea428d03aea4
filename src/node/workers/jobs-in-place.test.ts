/** Jobs that overwrite `into`: their callers go on with their own buffer, so no other thread may get a copy of it. */
import { afterAll, describe, expect, it } from 'vitest';
import { maskJob } from '../../../protocols/committee/deal.ts';
import { digestJob } from '../../../protocols/items/items.ts';
import { differenceJob } from '../../../protocols/match/member.ts';
import { differencesJob, valuesJob } from '../../../protocols/oprf/vole-steps.ts';
import { chosenJob } from '../../../protocols/vole/chosen.ts';
import { utf8 } from '../../crypto/bytes.ts';
import { Prg, type PrgDraw } from '../../crypto/prg.ts';
import { defineJob } from '../../kit/compute.ts';
import { createWorkerPool } from './worker-pool.ts';

/** No thread can start: what is sent to one fails. */
const pool = createWorkerPool({
  jobs: new URL('missing-jobs.mjs', import.meta.url),
  worker: new URL('missing-worker.mjs', import.meta.url),
  size: 1,
});
afterAll(() => pool.close());

/** So many rows or words are long for every job. */
const COUNT = 32_768;
const never = new AbortController().signal;

const drawn = (bytes: number): PrgDraw => new Prg(new Uint8Array(32), utf8('jobs-in-place.test'), 'draw').draw(bytes);

const overwriting: readonly (readonly [string, (into: Uint8Array) => Promise<ArrayBufferView>])[] = [
  [
    digestJob.name,
    (into) => pool.run(digestJob, { accounts: Array.from({ length: COUNT }, (_, k) => `id:${k}`), into }, never),
  ],
  [
    chosenJob.name,
    (into) => {
      const [differences, delta] = [new Uint8Array(16 * COUNT).fill(3), new Uint8Array(16).fill(5)];
      return pool.run(chosenJob, { field: 'gf64', into, differences, delta }, never);
    },
  ],
  [
    differencesJob.name,
    (into) => pool.run(differencesJob, { field: 'gf128', into, records: new Uint8Array(64 * COUNT).fill(3) }, never),
  ],
  [valuesJob.name, (into) => pool.run(valuesJob, { into, records: new Uint8Array(64 * COUNT).fill(3) }, never)],
  [
    maskJob.name,
    (into) => pool.run(maskJob, { into: new Uint32Array(into.buffer), draws: [drawn(32 * COUNT)] }, never),
  ],
  [
    differenceJob.name,
    async (into) => {
      const targets = [{ first: drawn(32 * COUNT), second: drawn(32 * COUNT) }];
      const components = { first: new Uint32Array(into.buffer), second: drawn(32 * COUNT) };
      const shape = { targetBits: 1, laneWords: COUNT };
      return (await pool.run(differenceJob, { member: 1, into: components, targets, ...shape }, never)).first;
    },
  ],
];

describe.each(overwriting)('%s', (_name, run) => {
  it('gives the buffer of its caller, whatever its length', async () => {
    const into = new Uint8Array(32 * COUNT);
    const result = await run(into);
    expect(result.buffer).toBe(into.buffer);
    expect(into.some((byte) => byte !== 0)).toBe(true);
    expect(pool.threads).toBe(0);
  });
});

describe('a pool without threads', () => {
  it('fails for a job that other threads may get', async () => {
    const job = defineJob('elsewhere', function* ({ into }: { readonly into: Uint8Array }) {
      yield;
      return into;
    });
    await expect(pool.run(job, { into: new Uint8Array(32 * COUNT) }, never)).rejects.toMatchObject({
      code: 'internal',
    });
  });
});
