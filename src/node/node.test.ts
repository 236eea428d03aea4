import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  consortiumPerTest,
  account,
  BANKS,
  expectedAnswer,
  failure,
  QUESTION,
  quiet,
  until,
} from '../../test/support/consortium-of-nodes.ts';
import { sourceOf } from '../data/source.ts';
import { systemRng } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { IdleClock } from '../testing/idle-clock.ts';
import type { AskEvent } from './runs/asking.ts';
import { createMemoryStore } from './store/memory-store.ts';
import type { Store } from './store/store.ts';

const start = consortiumPerTest();

describe('createNode', () => {
  it('gives every one of four institutions that ask each other the ideal answer', async () => {
    const all = await start();
    for (const [k, bank] of BANKS.entries()) {
      const answer = await all.node(bank).ask(QUESTION);
      const rows = [...answer.rows()];
      expect(rows.map((row) => row.flagged)).toEqual(expectedAnswer(bank));
      expect(rows[1].account).toBe(`id:${account(BANKS.length + k)}`);
      expect(answer.flaggedCount).toBe(rows.filter((row) => row.flagged).length);
      expect(answer.flaggedCount).toBeGreaterThan(0);
      expect(answer.flaggedCount).toBeLessThan(rows.length);
      const { disputeId } = answer;
      expect(rows[0]).toMatchObject({ advisory: true, expires: '2027-01-22T12:00:00.000Z', disputeId });
    }
    await quiet(all);
    for (const bank of BANKS) {
      const records = all.node(bank).runs();
      expect(records.map((record) => record.outcome)).toEqual(['done', 'done', 'done', 'done']);
      expect(new Set(records.map((record) => record.initiator))).toEqual(new Set(BANKS));
    }
  });

  it('answers 20 runs at once without mixing them', async () => {
    const all = await start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, k) => {
        const bank = BANKS[k % BANKS.length];
        return { bank, answer: await all.node(bank).ask(QUESTION) };
      }),
    );
    for (const { bank, answer } of answers) {
      expect([...answer.rows()].map((row) => row.flagged)).toEqual(expectedAnswer(bank));
    }
    expect(new Set(answers.map(({ answer }) => answer.run)).size).toBe(20);
    expect(new Set(answers.map(({ answer }) => answer.disputeId)).size).toBe(20);
  });

  it('asks about other accounts than the configured ones when they are given', async () => {
    const all = await start();
    const accounts = Array.from({ length: 50 }, (_, k) => `id:${account(3 * k)}`);
    const answer = await all.node('bank-a').ask(QUESTION, { accounts: sourceOf(accounts) });
    expect([...answer.rows()].map((row) => row.account)).toEqual(accounts);
  });

  it.each([
    ['an unknown question', 'nothing', {}, 'bad-parameter'],
    ['a batch about few persons', QUESTION, { accounts: sourceOf(['id:a', 'id:b']) }, 'too-few-items'],
    [
      'more accounts than were agreed',
      QUESTION,
      { accounts: sourceOf(Array.from({ length: 257 }, (_, k) => `id:${k}`)) },
      'too-many-items',
    ],
  ])('does not ask %s', async (_what, question, options, code) => {
    const all = await start();
    expect((await failure(all.node('bank-a').ask(question, options))).code).toBe(code);
    await quiet(all);
    expect(all.logs.filter((line) => line.includes('run-joined')).every((line) => line.includes('bank-a'))).toBe(true);
  });

  it("names the contributor whose list cannot be read, and says nothing of the list's rows", async () => {
    const all = await start();
    appendFileSync(join(all.folder, 'bank-c', 'evidence.csv'), 'secret-row,not-a-score\n');
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'peer-aborted', party: 'bank-c' });
    expect(error.describe()).not.toMatch(/secret-row|not-a-score/);
    await quiet(all);
    expect(all.node('bank-c').runs()[0]).toMatchObject({ outcome: 'malformed-row' });
    expect(all.logs.join('\n')).not.toMatch(/secret-row|not-a-score/);
  });

  it('ends a run in order when its store fails', async () => {
    const broken = (): never => {
      throw new Error('disk');
    };
    let failing = false;
    const all = await start({
      storeOf: (bank) => {
        const store = createMemoryStore();
        if (bank !== 'bank-c') return store;
        return {
          get: (key) => store.get(key),
          entries: (prefix, options) => store.entries(prefix, options),
          put: (key, value) => store.put(key, value),
          transaction: async (work) => (failing ? broken() : await store.transaction(work)),
          close: () => store.close(),
        };
      },
    });
    failing = true;
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ party: 'bank-c' });
    await quiet(all);
    failing = false;
    expect((await all.node('bank-a').ask(QUESTION)).accountCount).toBe(40);
  });

  it('names the party that cannot be reached, and does not try again by itself', async () => {
    const all = await start({ banks: ['bank-a', 'bank-b', 'bank-d'] });
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'peer-closed', party: 'bank-c', phase: 'connect' });
    expect(all.logs.some((line) => line.includes('run-retried'))).toBe(false);
  });

  it('ends for all and names the party that is gone in the middle of a run', async () => {
    const all = await start();
    const events: AskEvent[] = [];
    const asking = all.node('bank-a').ask(QUESTION, {
      onEvent: (event) => {
        events.push(event);
        if (event.kind === 'running') all.peers.disconnect(partyId('bank-d'));
      },
    });
    expect(await failure(asking)).toMatchObject({ party: 'bank-d' });
    await quiet(all);
    for (const bank of ['bank-b', 'bank-c']) expect(all.node(bank).runs()[0]).toMatchObject({ party: 'bank-d' });
    await all.start('bank-d');
    expect((await all.node('bank-b').ask(QUESTION)).accountCount).toBe(40);
  });

  it('refuses to start with terms that can never run, and without a key', async () => {
    await expect(
      start({
        configure: (config) => {
          config.questions[0].committee = ['bank-a', 'bank-b', 'bank-c'];
        },
      }),
    ).rejects.toMatchObject({ code: 'bad-parameter', phase: 'configuration' });
    await expect(start({ nodeOptions: () => ({ peerKeys: new Map() }) })).rejects.toMatchObject({
      code: 'bad-parameter',
      party: expect.stringMatching(/^bank-/),
    });
  });

  it('marks runs of a process that ended as interrupted', async () => {
    const stores = new Map<string, Store>(BANKS.map((bank) => [bank, createMemoryStore()]));
    const all = await start({
      storeOf: (bank) => stores.get(bank) ?? createMemoryStore(),
      configure: (config) => void (config.limits.stopSeconds = 0),
    });
    await stores.get('bank-b')?.put('run/2027-01-15T10:00:00.000Z/00', { run: '00', outcome: 'running' });
    await all.node('bank-b').stop();
    await all.start('bank-b');
    expect(all.node('bank-b').runs()).toEqual([{ run: '00', outcome: 'interrupted' }]);
    expect(all.logs.some((line) => line.includes('runs-interrupted'))).toBe(true);
  });
});

describe('stop', () => {
  it('lets a run end that is under way, and takes nothing new', async () => {
    const all = await start();
    let stopping: Promise<void> | undefined;
    const answer = await all.node('bank-a').ask(QUESTION, {
      onEvent: (event) => {
        if (event.kind === 'running') stopping ??= all.node('bank-c').stop();
      },
    });
    expect(answer.accountCount).toBe(40);
    await stopping;
    expect(all.node('bank-c').status().stopping).toBe(true);
    expect(await failure(all.node('bank-c').ask(QUESTION))).toMatchObject({
      code: 'cancelled',
      phase: 'node/stopping',
    });
    expect(await failure(all.node('bank-b').ask(QUESTION))).toMatchObject({ party: 'bank-c' });
  });

  it('cancels what still runs after its time, with a reason that the others see', async () => {
    let stopping: Promise<void> | undefined;
    // Time stands still until then: reading a list is nothing that this clock sees.
    const clock = new IdleClock(() => stopping !== undefined);
    // From its first long frame on, bank-b sends nothing: a later frame after a lost one would itself be a fault.
    let isLost = false;
    const all = await start({
      clock,
      configure: (config) => void (config.limits.stopSeconds = 1),
      intercept: (from, _to, frame) => {
        isLost ||= from === 'bank-b' && frame.length > 2000;
        return from === 'bank-b' && isLost ? [] : [frame];
      },
    });
    const asking = all.node('bank-a').ask(QUESTION, {
      onEvent: (event) => {
        if (event.kind === 'running') stopping ??= all.node('bank-c').stop();
      },
    });
    expect(await failure(asking)).toMatchObject({ party: 'bank-c' });
    await stopping;
    expect(all.logs.some((line) => line.includes('"cancelled"'))).toBe(true);
  });

  it('closes store and network, once, however often it is called', async () => {
    let closed = 0;
    const all = await start({
      storeOf: () => {
        const store = createMemoryStore();
        return {
          get: store.get.bind(store),
          entries: store.entries.bind(store),
          put: store.put.bind(store),
          transaction: store.transaction.bind(store),
          close: async () => void closed++,
        };
      },
    });
    await Promise.all([all.node('bank-a').stop(), all.node('bank-a').stop()]);
    await all.node('bank-a').stop();
    expect(closed).toBe(1);
  });
});

describe('a node among hostile peers', () => {
  it('refuses links that begin with no offer, and keeps serving', async () => {
    const all = await start({ banks: ['bank-a', 'bank-b', 'bank-c'] });
    const hostile = all.peers.join(partyId('bank-d'));
    const victim = [partyId('bank-a')];
    const signal = new AbortController().signal;
    for (let k = 0; k < 200; k++) {
      for (const link of (await hostile.openRun(systemRng(16), victim, signal)).values()) {
        if (k % 2 === 0) link.send([systemRng(100)]);
        else for (let n = 0; n < 3; n++) link.send([new Uint8Array(200_000)]);
      }
    }
    // Links that say nothing wait, and are bounded in number.
    for (let k = 0; k < 500; k++) await hostile.openRun(systemRng(16), victim, signal);
    await until(() => all.logs.filter((line) => line.includes('link-refused')).length >= 200);
    await hostile.close();
    await all.start('bank-d');
    expect((await all.node('bank-a').ask(QUESTION)).accountCount).toBe(40);
  });
});

describe('logs and store of a node', () => {
  it('hold no account, whatever happens, at the finest level', async () => {
    const values: string[] = [];
    const watched = (): Store => {
      const store = createMemoryStore();
      return {
        get: (key) => store.get(key),
        entries: (prefix, options) => store.entries(prefix, options),
        put: (key, value) => store.put(key, value),
        close: () => store.close(),
        transaction: (work) =>
          store.transaction((writer) =>
            work({
              ...writer,
              put: (key, value) => {
                values.push(`${key} ${JSON.stringify(value)}`);
                writer.put(key, value);
              },
            }),
          ),
      };
    };
    const all = await start({ storeOf: watched });
    await all.node('bank-a').ask(QUESTION);
    await failure(all.node('bank-b').ask('acct-0'));
    await failure(all.node('bank-b').ask(QUESTION, { accounts: sourceOf(['acct-1', 'acct-1']) }));
    const broken = join(all.folder, 'bank-d', 'evidence.csv');
    const before = readFileSync(broken, 'utf8');
    writeFileSync(broken, before.replace('account', 'acct-3'));
    await failure(all.node('bank-c').ask(QUESTION));
    writeFileSync(broken, `${before}acct-2,acct-4\n`);
    await failure(all.node('bank-c').ask(QUESTION));
    await quiet(all);
    const canary = /acct-/;
    // The canary is in the files that are read, so the scan could find it.
    expect(readFileSync(broken, 'utf8')).toMatch(canary);
    expect(all.logs.length).toBeGreaterThan(50);
    expect(all.logs.some((line) => line.includes('run-progress'))).toBe(true);
    expect(values.length).toBeGreaterThan(20);
    expect(all.logs.filter((line) => canary.test(line))).toEqual([]);
    expect(values.filter((line) => canary.test(line))).toEqual([]);
  });
});
