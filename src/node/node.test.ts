import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  account,
  BANKS,
  type Consortium,
  type ConsortiumOptions,
  expectedAnswer,
  QUESTION,
  startConsortium,
} from '../../test/support/consortium-of-nodes.ts';
import { sourceOf } from '../data/source.ts';
import { MpcError, TransportError } from '../errors.ts';
import { systemRng } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { IdleClock } from '../testing/idle-clock.ts';
import type { AskEvent } from './asking.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { createMemoryStore } from './memory-store.ts';
import type { PeerNetwork } from './peer-network.ts';
import type { Store } from './store.ts';

let consortium: Consortium | undefined;
afterEach(async () => {
  await consortium?.close();
  consortium = undefined;
});

async function start(options: ConsortiumOptions = {}): Promise<Consortium> {
  consortium = await startConsortium(options);
  return consortium;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Turns of the event loop until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

async function failure(promise: Promise<unknown>): Promise<MpcError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MpcError)) throw new Error(`expected an MpcError, got ${String(error)}`);
  return error;
}

/** Waits until no node has a run or a link that waits. */
const quiet = (all: Consortium): Promise<void> =>
  until(() => [...all.nodes.values()].every((node) => node.status().runs.length === 0));

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

  it.each([
    [
      'a question that it does not have',
      (bank: string) => bank === 'bank-c',
      (config: { questions: unknown[]; allow: unknown[] }) => void ((config.questions = []), (config.allow = [])),
      'policy/unknown-question',
    ],
    [
      'an asker that is on no list',
      (bank: string) => bank === 'bank-c',
      (config: { allow: { askers: string[] }[] }) => void (config.allow[0].askers = ['bank-b']),
      'policy/not-allowed',
    ],
    [
      'another quorum than its own',
      (bank: string) => bank === 'bank-c',
      (config: { questions: Record<string, unknown>[] }) =>
        void Object.assign(config.questions[0], {
          quorum: 3,
          acknowledged: ['positive-answer-names-all-contributors'],
        }),
      'policy/differing-terms/quorum',
    ],
    [
      'another lifetime than its own',
      (bank: string) => bank === 'bank-c',
      (config: { questions: Record<string, unknown>[] }) => void (config.questions[0].ttlDays = 30),
      'policy/differing-terms/ttl-days',
    ],
    [
      'another score threshold than its own',
      (bank: string) => bank === 'bank-c',
      (config: { questions: Record<string, unknown>[] }) =>
        void (config.questions[0].score = { threshold: 151, max: 255 }),
      'policy/differing-terms/score',
    ],
    [
      'a larger request than the list says',
      (bank: string) => bank === 'bank-c',
      (config: { allow: { maxItems: number }[] }) => void (config.allow[0].maxItems = 100),
      'policy/too-many-items',
    ],
    [
      'a revoked peer',
      (bank: string) => bank === 'bank-c',
      (config: { peers: { name: string; revoked?: boolean }[] }) => void (config.peers[0].revoked = true),
      'policy/revoked-peer',
    ],
    [
      'a peer whose keys have expired',
      (bank: string) => bank === 'bank-c',
      (config: { peers: { name: string; expires?: string }[] }) => void (config.peers[0].expires = '2027-01-15'),
      'policy/expired-peer',
    ],
  ])('refuses %s and names the reason', async (_what, where, change, phase) => {
    const all = await start({
      configure: (config, bank) => {
        if (where(bank)) change(config);
      },
    });
    const rows = Array.from({ length: 120 }, (_, k) => `id:${account(k)}`);
    const error = await failure(all.node('bank-a').ask(QUESTION, { accounts: sourceOf(rows) }));
    expect(error).toMatchObject({ code: 'refused-by-peer', party: 'bank-c', phase });
    await quiet(all);
    // Nobody sent anything of the protocol itself: all runs ended in their opening.
    const records = BANKS.flatMap((bank) => all.node(bank).runs());
    expect(records.length).toBeGreaterThan(0);
    expect(records.every((record) => record.sid === undefined && record.outcome !== 'done')).toBe(true);
    expect(all.node('bank-c').runs()).toEqual([]);
  });

  it.each([
    ['revoked', { revoked: true }, 'policy/revoked-peer'],
    ['expired', { expires: '2027-01-15T11:59:59Z' }, 'policy/expired-peer'],
  ])('contacts nobody when a party of the question is %s', async (_what, change, phase) => {
    const all = await start({
      configure: (config, bank) => {
        if (bank === 'bank-a') Object.assign(config.peers[1], change);
      },
    });
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ code: 'refused', party: 'bank-c', phase });
    expect(all.logs.some((line) => line.includes('run-offered'))).toBe(false);
  });

  it('counts requests per day, over restarts, and anew the next day', async () => {
    const time = { nowMs: Date.UTC(2027, 0, 15, 23, 0) };
    let folder = '';
    const all = await start({
      wallClock: { now: () => time.nowMs },
      configure: (config) => {
        config.allow[0].perDay = 2;
      },
      storeOf: (bank) => (bank === 'bank-b' && folder !== '' ? openLmdbStore(folder) : createMemoryStore()),
    });
    folder = join(all.folder, 'bank-b', 'store');
    const restart = async (): Promise<void> => {
      await all.node('bank-b').stop();
      await all.start('bank-b');
    };
    // The others would refuse the third request too: only bank-b counts durably, so they are restarted as well.
    const restartOthers = async (): Promise<void> => {
      for (const bank of ['bank-c', 'bank-d']) {
        await all.node(bank).stop();
        await all.start(bank);
      }
    };
    await restart();
    await all.node('bank-a').ask(QUESTION);
    await restart();
    await all.node('bank-a').ask(QUESTION);
    await restart();
    await restartOthers();
    const refused = await failure(all.node('bank-a').ask(QUESTION));
    expect(refused).toMatchObject({ code: 'refused-by-peer', party: 'bank-b', phase: 'policy/per-day' });
    // Another asker has a number of its own.
    await all.node('bank-c').ask(QUESTION);
    time.nowMs += 2 * 3_600_000;
    await restartOthers();
    await all.node('bank-a').ask(QUESTION);
  });

  it('refuses when its clock went back, so that a closed day does not begin anew', async () => {
    const time = { nowMs: Date.UTC(2027, 0, 16, 0, 30) };
    const all = await start({
      nodeOptions: (bank) => (bank === 'bank-b' ? { wallClock: { now: () => time.nowMs } } : {}),
    });
    await all.node('bank-a').ask(QUESTION);
    time.nowMs -= 3_600_000;
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused-by-peer', party: 'bank-b', phase: 'policy/clock' });
  });

  it("does not ask when a party's clock is an hour off, and names it", async () => {
    const offsets = new Map([['bank-c', 3_600_000]]);
    const withOffsets = (network: PeerNetwork): PeerNetwork => ({
      openRun: (runName, peers, signal) => network.openRun(runName, peers, signal),
      onRun: (handler) => network.onRun(handler),
      close: () => network.close(),
      status: () => network.status().map((status) => ({ ...status, clockOffsetMs: offsets.get(status.peer) ?? 40 })),
    });
    const all = await start({ networkOf: (network, bank) => (bank === 'bank-a' ? withOffsets(network) : network) });
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused', party: 'bank-c', phase: 'clock' });
    expect(error.message).toContain('60 minutes fast');
    expect(all.node('bank-a').status().clockSuspect).toBe('bank-c');
    for (const bank of ['bank-b', 'bank-c', 'bank-d']) offsets.set(bank, -3_600_000);
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ party: 'bank-a', phase: 'clock' });
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

describe('ask', () => {
  /** A network whose first `failures` calls find the peer away. */
  function unreliable(failures: number, names: Set<string>) {
    let left = failures;
    return (network: PeerNetwork, bank: string): PeerNetwork => {
      if (bank !== 'bank-a') return network;
      return {
        onRun: (handler) => network.onRun(handler),
        status: () => network.status(),
        close: () => network.close(),
        openRun(runName, peers, signal) {
          names.add(String(runName));
          if (left-- <= 0) return network.openRun(runName, peers, signal);
          return Promise.reject(new TransportError('away', { code: 'peer-closed', party: 'bank-b', phase: 'connect' }));
        },
      };
    };
  }
  const retrying = (retries: number) => (config: { limits: Record<string, unknown> }) =>
    void (config.limits.retries = retries);

  it('tries again under a new name when nothing had left, as often as configured', async () => {
    const names = new Set<string>();
    const clock = new IdleClock();
    const all = await start({ clock, configure: retrying(2), networkOf: unreliable(2, names) });
    const events: AskEvent[] = [];
    const answer = await all.node('bank-a').ask(QUESTION, { onEvent: (event) => events.push(event) });
    expect([...answer.rows()].map((row) => row.flagged)).toEqual(expectedAnswer('bank-a'));
    expect(names.size).toBe(3);
    expect(events.filter((event) => event.kind === 'retrying')).toHaveLength(2);
    expect(clock.now()).toBeGreaterThanOrEqual(3000);
  });

  it('gives up after the configured number', async () => {
    const names = new Set<string>();
    const all = await start({ clock: new IdleClock(), configure: retrying(1), networkOf: unreliable(9, names) });
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ code: 'peer-closed', party: 'bank-b' });
    expect(names.size).toBe(2);
  });

  it('never tries again once something of the protocol had left', async () => {
    const names = new Set<string>();
    const all = await start({ configure: retrying(5), networkOf: unreliable(0, names) });
    const asking = all.node('bank-a').ask(QUESTION, {
      onEvent: (event) => {
        if (event.kind === 'running') all.peers.disconnect(partyId('bank-d'));
      },
    });
    expect(await failure(asking)).toMatchObject({ party: 'bank-d' });
    expect(names.size).toBe(1);
  });

  it('tries again when a party was busy, and says so when it does not', async () => {
    const one = (retries: number) => (config: { limits: Record<string, unknown> }, bank: string) => {
      if (bank === 'bank-d') config.limits.concurrentRuns = 1;
      config.limits.retries = retries;
    };
    const all = await start({ configure: one(0) });
    const settled = await Promise.allSettled([all.node('bank-a').ask(QUESTION), all.node('bank-b').ask(QUESTION)]);
    const failed = settled.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0].reason).toMatchObject({ code: 'peer-aborted', phase: 'node/busy', party: 'bank-d' });
    await all.close();

    const patient = await start({ configure: one(8), clock: new IdleClock() });
    const answers = await Promise.all([patient.node('bank-a').ask(QUESTION), patient.node('bank-b').ask(QUESTION)]);
    expect(answers.map((answer) => answer.accountCount)).toEqual([40, 40]);
  });

  it('waits in line for a place, and leaves the line when it is cancelled', async () => {
    const all = await start({ configure: (config) => void (config.limits.concurrentAsks = 1) });
    const node = all.node('bank-a');
    const events: AskEvent[] = [];
    const abort = new AbortController();
    const first = node.ask(QUESTION);
    const second = node.ask(QUESTION, { onEvent: (event) => events.push(event) });
    const third = failure(node.ask(QUESTION, { signal: abort.signal }));
    await until(() => node.status().waiting === 2);
    expect(events).toEqual([{ kind: 'waiting' }]);
    abort.abort();
    expect(await third).toMatchObject({ code: 'cancelled' });
    expect((await Promise.all([first, second])).map((answer) => answer.accountCount)).toEqual([40, 40]);
    expect(node.status()).toMatchObject({ asking: 0, waiting: 0 });
  });

  it('ends the run at all parties when it is cancelled', async () => {
    const all = await start();
    const abort = new AbortController();
    const asking = all.node('bank-a').ask(QUESTION, {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.kind === 'running') abort.abort();
      },
    });
    expect(await failure(asking)).toMatchObject({ code: 'cancelled' });
    await quiet(all);
    for (const bank of BANKS) expect(all.node(bank).runs()[0].outcome).not.toMatch(/running|done/);
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
    const clock = new IdleClock();
    const all = await start({
      clock,
      configure: (config) => void (config.limits.stopSeconds = 1),
      intercept: (from, _to, frame) => (from === 'bank-b' && frame.length > 2000 ? [] : [frame]),
    });
    let stopping: Promise<void> | undefined;
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
        if (k % 2 === 0) link.send(systemRng(100));
        else for (let n = 0; n < 3; n++) link.send(new Uint8Array(200_000));
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
