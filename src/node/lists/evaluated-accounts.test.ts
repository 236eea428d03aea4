import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  account,
  ACCOUNTS_PER_BANK,
  BANKS,
  consortiumPerTest,
  failure,
  QUESTION,
} from '../../../test/support/consortium-of-nodes.ts';
import { utf8 } from '../../crypto/bytes.ts';
import type { Signer } from '../../crypto/signature.ts';
import { sourceOf } from '../../data/source.ts';
import { insecureSeededRng, insecureTestSigner } from '../../testing.ts';
import type { AskEvent } from '../runs/asking.ts';
import { EvaluatedAccounts } from './evaluated-accounts.ts';
import type { ListFiles } from './frozen-lists.ts';
import { createMemoryLists } from './memory-lists.ts';
import { type OwnAccounts, readOwnAccounts } from './own-accounts.ts';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2027, 0, 15, 12);
const where = { question: 'flags', period: 'day:2027-01-15' };

const signerOf = (name: string): Signer => insecureTestSigner(insecureSeededRng('evaluated', name));
const run = (number: number): Uint8Array => new Uint8Array(16).fill(number);

function evaluated(
  files: ListFiles,
  options: { readonly signer?: Signer; readonly nowMs?: number } = {},
): EvaluatedAccounts {
  return new EvaluatedAccounts({
    files,
    signer: options.signer ?? signerOf('a'),
    wallClock: { now: () => options.nowMs ?? NOON },
  });
}

const own = (accounts: readonly string[]): Promise<OwnAccounts> =>
  readOwnAccounts(sourceOf(accounts), { limit: 1e6, signal: new AbortController().signal, onRows: () => undefined });

describe('EvaluatedAccounts', () => {
  it('leaves out exactly what was kept in the period, as sets in memory do', async () => {
    const list = fc.array(
      fc.integer({ min: 0, max: 25 }).map((k) => `id:${k}`),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(list, { minLength: 1, maxLength: 4 }), async (lists) => {
        const files = createMemoryLists();
        const before = new Set<string>();
        for (const [k, accounts] of lists.entries()) {
          const wanted = accounts.filter((one) => !before.has(one));
          // A process of its own each time: nothing but the files is carried over.
          const asking = evaluated(files).of(await own(accounts), where);
          if (wanted.length === 0) {
            await expect(asking).rejects.toMatchObject({ code: 'too-few-items' });
            continue;
          }
          const { unasked, leftOut, keep } = await asking;
          expect([...unasked.batches].flat()).toEqual(wanted);
          expect(unasked.distinct).toBe(new Set(wanted).size);
          expect(leftOut).toBe(new Set(accounts.filter((one) => before.has(one))).size);
          await keep(run(k));
          for (const one of accounts) before.add(one);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps every row of a list of several batches, and every account of it counts', async () => {
    const files = createMemoryLists();
    const accounts = Array.from({ length: 9000 }, (_, k) => `id:${k % 5000}`);
    const whole = await evaluated(files).of(await own(accounts), where);
    expect([...whole.unasked.batches].flat()).toEqual(accounts);
    await whole.keep(run(1));
    const more = await evaluated(files).of(await own([...accounts, 'id:new']), where);
    expect([...more.unasked.batches].flat()).toEqual(['id:new']);
    expect(more.leftOut).toBe(5000);
  });

  it('knows nothing of another question, period or institution, nor of an answer that never came', async () => {
    const files = createMemoryLists();
    const accounts = await own(['id:1', 'id:2']);
    await (await evaluated(files).of(accounts, where)).keep(run(1));
    await evaluated(files).of(await own(['id:3']), where);
    const unaskedBy = async (table: EvaluatedAccounts, at = where): Promise<readonly string[]> =>
      [...(await table.of(await own(['id:1', 'id:3']), at)).unasked.batches].flat();
    expect(await unaskedBy(evaluated(files))).toEqual(['id:3']);
    expect(await unaskedBy(evaluated(files), { ...where, question: 'others' })).toEqual(['id:1', 'id:3']);
    expect(await unaskedBy(evaluated(files), { ...where, period: 'day:2027-01-16' })).toEqual(['id:1', 'id:3']);
    // Without this identity the files say nothing: what is in them cannot be made again.
    expect(await unaskedBy(evaluated(files, { signer: signerOf('b') }))).toEqual(['id:1', 'id:3']);
  });

  it('keeps neither accounts nor what anybody else can compute of them', async () => {
    const files = createMemoryLists();
    await (await evaluated(files).of(await own(['id:canary']), where)).keep(run(1));
    const lines: string[] = [];
    for (const name of await files.names()) for await (const line of files.read(name)) lines.push(name, line);
    const text = lines.join('\n');
    expect(text).not.toMatch(/canary|flags/);
    expect(text).not.toContain(Buffer.from(utf8('id:canary')).toString('hex'));
    expect(lines[1]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('removes lists of a period that is over, and at the start what a killed process left of one', async () => {
    const files = createMemoryLists();
    await (await evaluated(files).of(await own(['id:1']), where)).keep(run(1));
    const [name] = await files.names();
    await files.write(`${name}.unfinished`, (async function* () {})());
    await evaluated(files).sweep('later');
    expect(await files.names()).toHaveLength(2);
    await evaluated(files).sweep('start');
    expect(await files.names()).toEqual([name]);
    await evaluated(files, { nowMs: NOON + DAY_MS }).of(await own(['id:1']), { ...where, period: 'day:2027-01-16' });
    expect(await files.names()).toEqual([]);
  });
});

describe('ask with onlyNew', () => {
  const start = consortiumPerTest();
  /** Accounts of all four institutions; the asker's answer about each does not depend on whose it is. */
  const world = Array.from({ length: BANKS.length * ACCOUNTS_PER_BANK }, (_, index) => `id:${account(index)}`);

  it('asks about new accounts only, and its answers together are that of one question about all', async () => {
    const all = await start({ nodeOptions: (bank) => (bank === 'bank-a' ? { evaluated: createMemoryLists() } : {}) });
    const joined = new Map<string, boolean>();
    const events: AskEvent[] = [];
    for (const [before, until] of [
      [0, 60],
      [60, 120],
      [120, 160],
    ]) {
      const accounts = sourceOf(world.slice(0, until));
      const answer = await all.node('bank-a').ask(QUESTION, {
        onlyNew: true,
        accounts,
        onEvent: (event) => void events.push(event),
      });
      const rows = [...answer.rows()];
      expect(rows.map((row) => row.account)).toEqual(world.slice(before, until));
      expect(events).toContainEqual({ kind: 'only-new', leftOut: before, unasked: until - before });
      for (const row of rows) joined.set(row.account, row.flagged);
    }
    const whole = await all.node('bank-a').ask(QUESTION, { accounts: sourceOf(world) });
    expect(joined).toEqual(new Map([...whole.rows()].map((row) => [row.account, row.flagged])));
    expect(whole.flaggedCount).toBeGreaterThan(0);
  });

  it('is refused when nothing is new, and notes nothing of questions about all accounts', async () => {
    const all = await start({ nodeOptions: () => ({ evaluated: createMemoryLists() }) });
    const node = all.node('bank-a');
    await node.ask(QUESTION);
    expect((await node.ask(QUESTION, { onlyNew: true })).accountCount).toBe(ACCOUNTS_PER_BANK);
    await expect(node.ask(QUESTION, { onlyNew: true })).rejects.toMatchObject({ code: 'too-few-items' });
  });

  it('takes accounts for new whose question failed', async () => {
    const all = await start({ nodeOptions: () => ({ evaluated: createMemoryLists() }) });
    await all.node('bank-c').stop();
    await failure(all.node('bank-a').ask(QUESTION, { onlyNew: true }));
    await all.start('bank-c');
    const answer = await all.node('bank-a').ask(QUESTION, { onlyNew: true });
    expect(answer.accountCount).toBe(ACCOUNTS_PER_BANK);
  });

  it('gives the answer and a word in the log when nothing can be noted', async () => {
    const broken = { ...createMemoryLists(), write: () => Promise.reject(new Error('disk full')) };
    const all = await start({ nodeOptions: () => ({ evaluated: broken }) });
    expect((await all.node('bank-a').ask(QUESTION, { onlyNew: true })).accountCount).toBe(ACCOUNTS_PER_BANK);
    expect(all.logs.filter((line) => line.includes('evaluated-not-kept'))).toHaveLength(1);
  });

  it('is refused where the node notes nothing', async () => {
    const all = await start();
    const refused = await failure(all.node('bank-a').ask(QUESTION, { onlyNew: true }));
    expect(refused).toMatchObject({ code: 'bad-parameter', phase: 'configuration' });
  });
});
