import { describe, expect, it } from 'vitest';
import {
  consortiumPerTest,
  BANKS,
  expectedAnswer,
  failure,
  QUESTION,
  quiet,
  until,
} from '../../../test/support/consortium-of-nodes.ts';
import { TransportError } from '../../errors.ts';
import { type Clock, systemClock } from '../../kit/clock.ts';
import { partyId } from '../../kit/party.ts';
import { ManualClock } from '../../net/manual-clock.ts';
import type { AskEvent } from './asking.ts';
import type { PeerNetwork } from '../peer-network.ts';

const start = consortiumPerTest();

/** Real time, as reading files takes it, but for the pauses between attempts: 1 s and its doubles, which it notes. */
function withoutPauses(pauses: number[] = []): Clock {
  return {
    now: () => systemClock.now(),
    soon: (task) => systemClock.soon(task),
    timer(delayMs, task) {
      const isPause = Number.isInteger(Math.log2(delayMs / 1000));
      if (isPause) pauses.push(delayMs);
      return systemClock.timer(isPause ? 50 : delayMs, task);
    },
  };
}

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
    const pauses: number[] = [];
    const all = await start({ clock: withoutPauses(pauses), configure: retrying(2), networkOf: unreliable(2, names) });
    const events: AskEvent[] = [];
    const answer = await all.node('bank-a').ask(QUESTION, { onEvent: (event) => events.push(event) });
    expect([...answer.rows()].map((row) => row.flagged)).toEqual(expectedAnswer('bank-a'));
    expect(names.size).toBe(3);
    expect(events.filter((event) => event.kind === 'retrying')).toHaveLength(2);
    expect(pauses).toEqual([1000, 2000]);
  });

  it('gives up after the configured number', async () => {
    const names = new Set<string>();
    const all = await start({ clock: withoutPauses(), configure: retrying(1), networkOf: unreliable(9, names) });
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

    const patient = await start({ configure: one(10), clock: withoutPauses() });
    const answers = await Promise.all([patient.node('bank-a').ask(QUESTION), patient.node('bank-b').ask(QUESTION)]);
    expect(answers.map((answer) => answer.accountCount)).toEqual([40, 40]);
  });

  it('costs one request at a party when another one was busy before, and no less', async () => {
    const all = await start({
      clock: withoutPauses(),
      configure(config, bank) {
        config.limits.retries = 10;
        if (bank === 'bank-d') config.limits.concurrentRuns = 1;
        if (bank === 'bank-c') config.allow[0].perDay = 1;
      },
    });
    await Promise.all([all.node('bank-a').ask(QUESTION), all.node('bank-b').ask(QUESTION)]);
    await quiet(all);
    const met = all.logs.filter((line) => line.includes('run-refused') && line.includes('node/busy'));
    expect(met.length).toBeGreaterThan(0);
    const attempts = all
      .node('bank-c')
      .runs()
      .filter(({ opened }) => opened === false);
    expect(attempts.length).toBeGreaterThan(0);
    for (const bank of ['bank-a', 'bank-b']) {
      expect(await failure(all.node(bank).ask(QUESTION))).toMatchObject({ party: 'bank-c', phase: 'policy/per-day' });
    }
  });

  it('waits for a party that is still starting, and says for whom', async () => {
    const all = await start({ banks: ['bank-a', 'bank-b', 'bank-d'] });
    const waited: (readonly string[])[] = [];
    let starting: Promise<unknown> | undefined;
    const answer = await all.node('bank-a').ask(QUESTION, {
      waitMs: 60_000,
      onEvent(event) {
        if (event.kind !== 'waiting-for-parties') return;
        waited.push(event.parties);
        starting ??= all.start('bank-c');
      },
    });
    await starting;
    expect([...answer.rows()].map((row) => row.flagged)).toEqual(expectedAnswer('bank-a'));
    expect(waited[0]).toEqual(['bank-c']);
    expect(all.logs.some((line) => line.includes('run-retried'))).toBe(false);
  });

  it('waits no longer than it was told, then names the party and what to do', async () => {
    const clock = new ManualClock();
    const all = await start({ banks: ['bank-a', 'bank-b', 'bank-d'], clock });
    const left: number[] = [];
    const asking = failure(
      all.node('bank-a').ask(QUESTION, {
        waitMs: 5_000,
        onEvent: (event) => void (event.kind === 'waiting-for-parties' && left.push(event.leftMs)),
      }),
    );
    await until(() => left.length > 0);
    await clock.pass(10_000);
    expect(await asking).toMatchObject({ code: 'peer-closed', party: 'bank-c', phase: 'connect' });
    expect((await asking).remedy).toContain('ask its operator');
    expect(left[0]).toBe(5_000);
    expect(Math.min(...left)).toBeGreaterThan(0);
  });

  it('waits for no party that it may not speak to, and not at all when it stops', async () => {
    const all = await start({
      banks: ['bank-a', 'bank-b', 'bank-d'],
      configure: (config, bank) => void (bank === 'bank-b' && (config.peers[1].revoked = true)),
    });
    const events: AskEvent[] = [];
    const options = { waitMs: 60_000, onEvent: (event: AskEvent) => void events.push(event) };
    expect(await failure(all.node('bank-b').ask(QUESTION, options))).toMatchObject({ phase: 'policy/revoked-peer' });
    expect(events.map(({ kind }) => kind)).not.toContain('waiting-for-parties');
    const asking = failure(all.node('bank-a').ask(QUESTION, options));
    await until(() => events.some(({ kind }) => kind === 'waiting-for-parties'));
    await all.node('bank-a').stop();
    expect(await asking).toMatchObject({ code: 'cancelled', phase: 'node/stopping' });
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
