import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  consortiumPerTest,
  account,
  BANKS,
  failure,
  QUESTION,
  quiet,
} from '../../../test/support/consortium-of-nodes.ts';
import { sourceOf } from '../../data/source.ts';
import { LEDGER_FILE, openLedgerFile } from '../ledger/ledger-file.ts';
import { createMemoryLedger } from '../ledger/memory-ledger.ts';
import type { PeerNetwork } from '../peer-network.ts';

const start = consortiumPerTest();

describe('NodePolicy', () => {
  it.each([
    [
      'a question that it does not have',
      (bank: string) => bank === 'bank-c',
      (config: { questions: unknown[]; allow: unknown[] }) => void ((config.questions = []), (config.allow = [])),
      // As for a contract that is not there: who asks does not learn which questions there are.
      'policy/contract/missing',
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
    // Whose side it is and what to do, for each reason its own words; of the data nothing.
    expect(error.message).toMatch(/^Cannot ask: .*the party/);
    expect(error.remedy).toMatch(/its operator/);
    expect(error.describe()).not.toMatch(/acct-|120/);
    await quiet(all);
    // Nobody sent anything of the protocol itself: all runs ended in their opening.
    const records = BANKS.flatMap((bank) => all.node(bank).runs());
    expect(records.length).toBeGreaterThan(0);
    expect(records.every((record) => record.sid === undefined && record.outcome !== 'done')).toBe(true);
    expect(all.node('bank-c').runs()).toEqual([]);
  });

  it('refuses a run in which another party is one that it does not speak to', async () => {
    const all = await start({
      configure: (config, bank) => {
        if (bank === 'bank-c') config.peers[2].revoked = true;
      },
    });
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused-by-peer', party: 'bank-c', phase: 'policy/revoked-peer' });
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
      ledgerOf: (bank) =>
        bank === 'bank-b' && folder !== '' ? openLedgerFile(join(folder, LEDGER_FILE)) : createMemoryLedger(),
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
    expect(all.node('bank-a').status().clockSuspect).toEqual({ party: 'bank-c', offsetMs: 3_600_000, certain: true });
    for (const bank of ['bank-b', 'bank-c', 'bank-d']) offsets.set(bank, -3_600_000);
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ party: 'bank-a', phase: 'clock' });
  });
});
