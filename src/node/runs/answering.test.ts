import { describe, expect, it } from 'vitest';
import {
  consortiumPerTest,
  type Consortium,
  type ConsortiumOptions,
  failure,
  QUESTION,
  quiet,
  until,
} from '../../../test/support/consortium-of-nodes.ts';
import { systemRng } from '../../kit/clock.ts';
import type { Link } from '../../kit/link.ts';
import type { Interceptor } from '../../kit/memory-network.ts';
import { partyId } from '../../kit/party.ts';
import { ManualClock } from '../../net/manual-clock.ts';
import { decodeFrame } from '../../wire/decode.ts';
import { encodeFrame } from '../../wire/encode.ts';
import type { PeerNetwork } from '../peer-network.ts';

const start = consortiumPerTest();

const isOffer = (bytes: Uint8Array): boolean => {
  const frame = decodeFrame(bytes);
  return frame.kind === 'data' && frame.name === 'offer';
};

/** While `on`, every offer of bank-a is followed at once by the end of its run. */
function takenBack(state: { on: boolean }): Interceptor {
  return (from, _to, bytes) => {
    if (!state.on || from !== 'bank-a') return [bytes];
    if (!isOffer(bytes)) return [];
    const { run } = decodeFrame(bytes);
    return [bytes, encodeFrame({ kind: 'abort', run, code: 'cancelled', phase: 'open', party: '' })];
  };
}

describe('an offer that is taken back at once', () => {
  it('ends nothing but its run: no rejection is left unheard, and the node goes on', async () => {
    const state = { on: true };
    const unheard: unknown[] = [];
    const listen = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const all = await start({ intercept: takenBack(state) });
      for (let k = 0; k < 3; k++) await failure(all.node('bank-a').ask(QUESTION));
      await quiet(all);
      expect(all.node('bank-c').runs().length).toBeGreaterThan(0);
      state.on = false;
      expect((await all.node('bank-a').ask(QUESTION)).accountCount).toBe(40);
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });

  it('is counted as a request, and recorded as one that was never open', async () => {
    const state = { on: true };
    const all = await start({
      intercept: takenBack(state),
      configure: (config, bank) => void (config.allow[0].perDay = bank === 'bank-c' ? 2 : 1000),
    });
    for (let k = 0; k < 2; k++) await failure(all.node('bank-a').ask(QUESTION));
    await quiet(all);
    expect(all.node('bank-c').runs()).toMatchObject([{ opened: false }, { opened: false }]);
    state.on = false;
    const refused = await failure(all.node('bank-a').ask(QUESTION));
    expect(refused).toMatchObject({ code: 'refused-by-peer', party: 'bank-c', phase: 'policy/per-day' });
    expect((await all.node('bank-b').ask(QUESTION)).accountCount).toBe(40);
    await quiet(all);
    const done = all
      .node('bank-c')
      .runs()
      .filter(({ outcome }) => outcome === 'done');
    expect(done.map(({ opened }) => opened)).toEqual([undefined]);
  });
});

describe('an asker that offers and then only says that it lives', () => {
  /** Bank-a's software is replaced after one honest question, whose offer to bank-c it makes again and again. */
  async function startHostile(options: ConsortiumOptions): Promise<{
    readonly all: Consortium;
    readonly clock: ManualClock;
    readonly offer: () => Promise<void>;
  }> {
    const clock = new ManualClock();
    let recorded: Uint8Array | undefined;
    const all = await start({
      ...options,
      clock,
      intercept: (from, to, bytes) => {
        if (from === 'bank-a' && to === 'bank-c' && isOffer(bytes)) recorded ??= bytes;
        return [bytes];
      },
    });
    await all.node('bank-a').ask(QUESTION);
    await quiet(all);
    await all.node('bank-a').stop();
    const hostile = all.peers.join(partyId('bank-a'));
    return { all, clock, offer: () => offerAgain(hostile, recorded) };
  }

  async function offerAgain(network: PeerNetwork, recorded: Uint8Array | undefined): Promise<void> {
    if (recorded === undefined) throw new Error('no offer was recorded');
    const run = systemRng(16);
    const links = await network.openRun(run, [partyId('bank-c')], new AbortController().signal);
    const [link] = links.values() as Iterable<Link>;
    link.attach({
      frame(bytes) {
        if (decodeFrame(bytes).kind === 'probe') link.send([encodeFrame({ kind: 'status', run, waiting: ['bank-b'] })]);
      },
      closed: () => undefined,
    });
    link.send([encodeFrame({ ...decodeFrame(recorded), run })]);
  }

  it('loses its place long before the time for a whole run, and is named', async () => {
    const { all, clock, offer } = await startHostile({});
    await offer();
    const bank = all.node('bank-c');
    await until(() => bank.status().answering === 1);
    await clock.pass(55_000);
    expect(bank.status().answering).toBe(1);
    await clock.pass(6_000);
    await quiet(all);
    expect(bank.status().answering).toBe(0);
    const record = bank.runs().find(({ outcome }) => outcome !== 'done');
    expect(record).toMatchObject({ outcome: 'deadline', phase: 'open', party: 'bank-a', opened: false });
  });

  it('leaves places to others however often it offers', async () => {
    const { all, clock, offer } = await startHostile({
      configure: (config, bank) => void (config.limits.concurrentRuns = bank === 'bank-c' ? 4 : 64),
    });
    for (let k = 0; k < 10; k++) await offer();
    const busy = (): number => all.logs.filter((line) => line.includes('node/busy')).length;
    await until(() => busy() === 8);
    expect(all.node('bank-c').status().answering).toBe(2);
    await clock.pass(61_000);
    await quiet(all);
  });
});
