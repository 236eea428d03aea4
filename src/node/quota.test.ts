import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { partyId } from '../kit/party.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { Quota } from './quota.ts';

/** The child process runs compiled files: `npm run build`, or another folder in BLINDFLAG_DIST. */
const DIST = resolve(process.env.BLINDFLAG_DIST ?? 'dist');
const folder = mkdtempSync(join(tmpdir(), 'quota-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DAY_MS = 86_400_000;
const key = { question: 'fraud-flags', asker: partyId('bank-b') };
const NOON = Date.UTC(2027, 0, 15, 12);

describe('Quota', () => {
  it('counts up to the limit of each question and asker, and no further', async () => {
    const quota = new Quota(createMemoryStore(), { now: () => NOON });
    expect(await quota.take(key, 2)).toBe(true);
    expect(await quota.take(key, 2)).toBe(true);
    expect(await quota.take(key, 2)).toBe(false);
    expect(quota.used(key)).toBe(2);
    expect(await quota.take({ ...key, question: 'other' }, 2)).toBe(true);
    expect(await quota.take({ ...key, asker: partyId('bank-c') }, 2)).toBe(true);
  });

  it('gives exactly the limit when many race for it', async () => {
    const quota = new Quota(createMemoryStore(), { now: () => NOON });
    const taken = await Promise.all(Array.from({ length: 100 }, () => quota.take(key, 7)));
    expect(taken.filter(Boolean)).toHaveLength(7);
  });

  it('takes requests back, no more than were counted and not without end', async () => {
    const time = { now: NOON };
    const store = createMemoryStore();
    const quota = new Quota(store, { now: () => time.now });
    expect(await quota.giveBack(key)).toBe(false);
    await quota.take(key, 1);
    expect(await quota.giveBack(key)).toBe(true);
    expect([quota.used(key), await quota.giveBack(key)]).toEqual([0, false]);
    let attempts = 0;
    while ((await quota.take(key, 1)) && (await quota.giveBack(key))) attempts++;
    expect(attempts).toBe(19);
    expect(await quota.take(key, 1)).toBe(false);
    // Others, and the next day, have a number of their own; old days are forgotten as counters are.
    await quota.take({ ...key, question: 'other' }, 1);
    expect(await quota.giveBack({ ...key, question: 'other' })).toBe(true);
    time.now += DAY_MS;
    await quota.take(key, 1);
    expect(await quota.giveBack(key)).toBe(true);
    time.now += 10 * DAY_MS;
    await quota.take(key, 1);
    expect(store.entries('quota/').map(([name]) => name)).toEqual([expect.stringMatching(/^quota\/2027-01-26\//)]);
  });

  it('begins anew at midnight UTC, and forgets old days', async () => {
    const store = createMemoryStore();
    const time = { now: Date.UTC(2027, 0, 15, 23, 59, 59) };
    const quota = new Quota(store, { now: () => time.now });
    expect(await quota.take(key, 1)).toBe(true);
    expect(await quota.take(key, 1)).toBe(false);
    time.now += 1000;
    expect(await quota.take(key, 1)).toBe(true);
    for (let day = 0; day < 10; day++) {
      time.now += DAY_MS;
      await quota.take(key, 1);
    }
    expect(store.entries('quota/').length).toBeLessThanOrEqual(5);
  });

  it('refuses to count when the clock went back by more than minutes', async () => {
    const time = { now: NOON };
    const quota = new Quota(createMemoryStore(), { now: () => time.now });
    await quota.take(key, 10);
    time.now -= 60_000;
    expect(await quota.take(key, 10)).toBe(true);
    time.now = NOON - 3_600_000;
    await expect(quota.take(key, 10)).rejects.toMatchObject({ code: 'resource-limit', phase: 'clock' });
    expect(() => quota.checkClock()).toThrow('60 minutes');
    time.now = NOON;
    expect(quota.used(key)).toBe(2);
  });

  it('loses no request that it had counted, and counts none twice, when it is killed at 12 random moments', async () => {
    expect(existsSync(join(DIST, 'src/node/quota.js')), 'the package is built: npm run build').toBe(true);
    const script = join(folder, 'count.mjs');
    const module = (name: string): string => JSON.stringify(pathToFileURL(join(DIST, 'src/node', name)).href);
    writeFileSync(
      script,
      `import { openLmdbStore } from ${module('lmdb-store.js')};
       import { Quota } from ${module('quota.js')};
       const quota = new Quota(await openLmdbStore(process.argv[2]), { now: () => ${NOON} });
       console.log('ready');
       for (;;) { await quota.take({ question: 'fraud-flags', asker: 'bank-b' }, 1e9); console.log('counted'); }`,
    );
    const rng = insecureSeededRng('quota kills', 1);
    const path = join(folder, 'store');
    let atLeast = 0;
    for (let kill = 0; kill < 12; kill++) {
      const after = 1 + rng(1)[0] / 4;
      const said = await countUntilKilled(script, path, after);
      atLeast += said;
      const store = await openLmdbStore(path);
      const used = new Quota(store, { now: () => NOON }).used(key);
      await store.close();
      // What was said is there; what was under way when the kill came may be, and counts as said from here on.
      expect(used, `kill ${kill} after ${after}`).toBeGreaterThanOrEqual(atLeast);
      expect(used).toBeLessThanOrEqual(atLeast + UNDER_WAY);
      atLeast = used;
    }
    expect(atLeast).toBeGreaterThan(100);
  });
});

/** Writes to a pipe are synchronous on Linux, so all that was said is read: at most one request was under way. */
const UNDER_WAY = 1;

async function countUntilKilled(script: string, path: string, kill: number): Promise<number> {
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<NodeJS.Signals | null>((done) => child.once('exit', (_code, signal) => done(signal)));
  let counted = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'counted') counted++;
    if (counted >= kill) child.kill('SIGKILL');
  }
  // A child that ends by itself would make this test say nothing.
  expect(await exited).toBe('SIGKILL');
  return counted;
}
