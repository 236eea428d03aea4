import { describe, expect, it } from 'vitest';
import {
  BANKS,
  type Consortium,
  type ConsortiumOptions,
  consortiumPerTest,
  failure,
  QUESTION,
  quiet,
  until,
} from '../../../test/support/consortium-of-nodes.ts';
import { contractFiles, draft, signedBy, underContract } from '../../../test/support/signed-question.ts';
import { decodeFrame } from '../../wire/decode.ts';
import { ManualClock } from '../../net/manual-clock.ts';
import type { LedgerStore } from '../../governance/ledger.ts';
import { createMemoryLedger } from '../ledger/memory-ledger.ts';

const start = consortiumPerTest();
const file = signedBy(draft());

interface Held {
  readonly all: Consortium;
  /** Number of protocol messages that have left so far. */
  readonly sent: () => number;
}

/** A consortium whose runs stand still once the given number of messages of the protocol itself has left. */
async function standingAfter(count: number, options: ConsortiumOptions = {}): Promise<Held> {
  let sent = 0;
  const all = await start({
    // No time passes: what ends, ends by itself and not by a timer.
    clock: new ManualClock(),
    intercept: (_from, _to, frame) => {
      const decoded = decodeFrame(frame);
      if (decoded.kind !== 'data' || decoded.channel === 'open') return [frame];
      sent += 1;
      return sent > count ? [] : [frame];
    },
    nodeOptions: () => ({ contracts: contractFiles(file) }),
    ...options,
    configure: (config, bank) => {
      underContract(config);
      config.allow[0].id = `for-${bank}`;
      options.configure?.(config, bank);
    },
  });
  return { all, sent: () => sent };
}

describe.each([
  ['contract', (all: Consortium, bank: string) => all.node(bank).consent.revokeContract(QUESTION)],
  ['grant', (all: Consortium, bank: string) => all.node(bank).consent.revokeGrant(`for-${bank}`)],
])('a %s that is revoked', (what, revoke) => {
  it.each([1, 20])(
    'ends the run under way at once at all parties, after %i messages, with nothing opened',
    async (count) => {
      const { all, sent } = await standingAfter(count);
      const asking = failure(all.node('bank-a').ask(QUESTION));
      await until(() => sent() > count);
      expect(await revoke(all, 'bank-c')).toMatchObject({ runs: 1, head: { seq: expect.any(Number) } });
      expect(await asking).toMatchObject({
        code: 'refused-by-peer',
        party: 'bank-c',
        phase: `policy/${what}/revoked`,
        message: expect.stringContaining('the party'),
      });
      await quiet(all);
      const records = BANKS.map((bank) => all.node(bank).runs()[0]);
      expect(records.filter(({ outcome }) => outcome === 'done')).toEqual([]);
      expect(all.node('bank-c').runs()[0]).toMatchObject({
        outcome: 'refused',
        phase: `policy/${what}/revoked`,
        party: 'bank-c',
      });
    },
  );

  it('is told apart from one that stands: the same run ends with an answer', async () => {
    const { all, sent } = await standingAfter(Infinity);
    await all.node('bank-a').ask(QUESTION);
    await quiet(all);
    expect(sent()).toBeGreaterThan(20);
    expect(all.node('bank-c').runs()[0]).toMatchObject({ outcome: 'done' });
  });

  it('allows nothing any more, also after a restart', async () => {
    const ledgers = new Map<string, LedgerStore>(BANKS.map((bank) => [bank, createMemoryLedger()]));
    const { all } = await standingAfter(Infinity, { ledgerOf: (bank) => ledgers.get(bank) ?? createMemoryLedger() });
    await revoke(all, 'bank-c');
    const refusal = { code: 'refused-by-peer', party: 'bank-c', phase: `policy/${what}/revoked` };
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject(refusal);
    await all.node('bank-c').stop();
    await all.start('bank-c');
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject(refusal);
    // Elsewhere it stands: who asks and is not the one that took it back.
    expect(all.node('bank-b').consent.contracts()).toMatchObject([{ state: 'ready' }]);
  });

  it('leaves other runs of the node alone', async () => {
    const { all, sent } = await standingAfter(1, {
      configure: (config) => {
        config.questions.push({ ...config.questions[0], name: 'other', agreement: 'configured' });
        config.allow.push({ ...config.allow[0], question: 'other', id: 'for-other' });
      },
    });
    const asking = failure(all.node('bank-a').ask('other'));
    await until(() => sent() > 1);
    expect((await revoke(all, 'bank-c')).runs).toBe(0);
    expect(all.node('bank-c').status().runs).toHaveLength(1);
    expect((await all.node('bank-c').consent.revokeGrant('for-other')).runs).toBe(1);
    expect(await asking).toMatchObject({ phase: 'policy/grant/revoked' });
  });
});

describe('revokeContract', () => {
  it('ends the own question of the institution that revokes', async () => {
    const { all, sent } = await standingAfter(1);
    const asking = failure(all.node('bank-a').ask(QUESTION));
    await until(() => sent() > 1);
    expect((await all.node('bank-a').consent.revokeContract(QUESTION)).runs).toBe(1);
    expect(await asking).toMatchObject({ code: 'refused', party: 'bank-a', phase: 'policy/contract/revoked' });
    expect(await failure(all.node('bank-a').ask(QUESTION))).toMatchObject({ phase: 'policy/contract/revoked' });
  });

  it('refuses what is not there', async () => {
    const { all } = await standingAfter(Infinity);
    await expect(all.node('bank-a').consent.revokeContract('nothing')).rejects.toMatchObject({ code: 'bad-parameter' });
    await expect(all.node('bank-a').consent.revokeGrant('nothing')).rejects.toMatchObject({ code: 'bad-parameter' });
  });
});

describe('a grant', () => {
  it('is used as often as it says, over restarts, by all its askers together', async () => {
    const ledgers = new Map<string, LedgerStore>(BANKS.map((bank) => [bank, createMemoryLedger()]));
    const { all } = await standingAfter(Infinity, {
      ledgerOf: (bank) => ledgers.get(bank) ?? createMemoryLedger(),
      configure: (config, bank) => void (bank === 'bank-c' && Object.assign(config.allow[0], { uses: 2 })),
    });
    await all.node('bank-a').ask(QUESTION);
    await all.node('bank-c').stop();
    await all.start('bank-c');
    await all.node('bank-b').ask(QUESTION);
    const error = await failure(all.node('bank-d').ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused-by-peer', party: 'bank-c', phase: 'policy/grant/uses' });
    expect(all.node('bank-c').consent.grants()).toEqual([
      { id: 'for-bank-c', question: QUESTION, askers: ['bank-a', 'bank-b', 'bank-d'], uses: 2, used: 2, state: 'uses' },
    ]);
  });

  it('ends when it says', async () => {
    const { all } = await standingAfter(Infinity, {
      configure: (config, bank) =>
        void (bank === 'bank-c' && Object.assign(config.allow[0], { expires: '2027-01-15T11:59:59Z' })),
    });
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused-by-peer', party: 'bank-c', phase: 'policy/grant/expired' });
  });

  it('opens nothing once its time is over, also where no look at the clock came between', async () => {
    // The time of day is set forward as the first message of the protocol leaves; the clock of timers stands still.
    let setForwardMs = 0;
    const { all } = await standingAfter(Infinity, {
      wallClock: { now: () => Date.UTC(2027, 0, 15, 12) + setForwardMs },
      configure: (config, bank) =>
        void (bank === 'bank-c' && Object.assign(config.allow[0], { expires: '2027-01-15T12:00:05Z' })),
      intercept: (_from, _to, frame) => {
        const decoded = decodeFrame(frame);
        if (decoded.kind === 'data' && decoded.channel !== 'open') setForwardMs = 60_000;
        return [frame];
      },
    });
    const error = await failure(all.node('bank-a').ask(QUESTION));
    expect(error).toMatchObject({ code: 'refused-by-peer', party: 'bank-c', phase: 'policy/grant/expired' });
  });

  it('ends the run under way when its time is over, with nothing opened', async () => {
    const clock = new ManualClock();
    // The time of day stands where it does in all of these tests, and goes on with the clock.
    const wallClock = { now: () => Date.UTC(2027, 0, 15, 12) + clock.now() };
    const { all, sent } = await standingAfter(20, {
      clock,
      wallClock,
      configure: (config, bank) =>
        void (bank === 'bank-c' && Object.assign(config.allow[0], { expires: '2027-01-15T12:00:05Z' })),
    });
    const asking = failure(all.node('bank-a').ask(QUESTION));
    await until(() => sent() > 20);
    await clock.pass(4000);
    expect(all.node('bank-c').status().runs).toHaveLength(1);
    await clock.pass(1000);
    expect(await asking).toMatchObject({ code: 'refused-by-peer', party: 'bank-c', phase: 'policy/grant/expired' });
    await quiet(all);
    expect(all.node('bank-c').runs()[0]).toMatchObject({ outcome: 'refused', phase: 'policy/grant/expired' });
    for (const bank of BANKS) expect(all.node(bank).runs()[0].outcome).not.toBe('done');
  });
});
