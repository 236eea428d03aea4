import { describe, expect, it } from 'vitest';
import {
  type Consortium,
  consortiumPerTest,
  failure,
  quiet,
  type RawConfig,
} from '../../../test/support/consortium-of-nodes.ts';
import {
  ACCOUNTS,
  OVERLAP,
  overlapKind,
  overlapNodes,
  type OverlapRule,
} from '../../../test/support/overlap-of-nodes.ts';
import type { Interceptor } from '../../kit/memory-network.ts';
import { decodeFrame } from '../../wire/decode.ts';
import type { OverlapAnswer } from '../runs/answer.ts';
import type { AskEvent } from '../runs/asking.ts';

const start = consortiumPerTest();
const ROWS: OverlapRule = { mode: 'receiver' };

const ask = (all: Consortium): Promise<OverlapAnswer> => all.node('bank-a').ask(OVERLAP, { peer: 'bank-b' });

/** Who sent which messages, as the wire shows it. */
function messageNames() {
  const messages = new Set<string>();
  const intercept: Interceptor = (from, _to, bytes) => {
    const frame = decodeFrame(bytes);
    if (frame.kind === 'data') messages.add(`${from} ${frame.name}`);
    return [bytes];
  };
  return { messages, intercept };
}

describe('disclosures of an overlap question', () => {
  const changed = (bank: string, change: (terms: Record<string, unknown>) => void) => ({
    configure: (config: RawConfig, name: string) => void (name === bank && change(config.questions[1])),
  });
  const alsoHolder = ['receiver-learns-row-level-overlap', 'holder-learns-row-level-overlap'];

  it.each(['bank-a', 'bank-b'])('are missing at %s: it does not start', async (bank) => {
    const options = changed(bank, (terms) => void (terms['acknowledged'] = []));
    await expect(start(overlapNodes(ACCOUNTS, ROWS, options))).rejects.toMatchObject({
      code: 'bad-parameter',
      phase: 'configuration',
      message: expect.stringContaining("'receiver-learns-row-level-overlap' applies and is not acknowledged") as string,
    });
  });

  it.each(['bank-a', 'bank-b'])(
    'are acknowledged differently at %s: the run is refused by field before anything of data is sent',
    async (bank) => {
      const { messages, intercept } = messageNames();
      const options = changed(bank, (terms) => void (terms['acknowledged'] = alsoHolder));
      const all = await start(overlapNodes(ACCOUNTS, ROWS, { ...options, intercept }));
      const phase = 'policy/differing-terms/acknowledged';
      expect(await failure(ask(all))).toMatchObject({ code: 'refused-by-peer', party: 'bank-b', phase });
      await quiet(all);
      expect([...messages]).toEqual(['bank-a offer']);
      expect(all.logs.some((line) => line.includes('run-joined'))).toBe(false);
    },
  );

  it('are the same on both sides: then queries and rows follow', async () => {
    const { messages, intercept } = messageNames();
    await ask(await start(overlapNodes(ACCOUNTS, ROWS, { intercept })));
    for (const message of ['bank-a offer', 'bank-a overlap-query', 'bank-b overlap-rows']) {
      expect(messages).toContain(message);
    }
  });

  it('count as the same in any order, and when one is named twice', async () => {
    const all = await start(
      overlapNodes(
        ACCOUNTS,
        { mode: 'both' },
        changed('bank-b', (terms) => void (terms['acknowledged'] = alsoHolder.toReversed().concat(alsoHolder))),
      ),
    );
    expect(await ask(all)).toMatchObject({ commonCount: 20 });
  });

  it('stand in the offer, the logs, the records and the asker’s plan of both sides', async () => {
    const offers: string[] = [];
    const options = {
      intercept: (_from: string, _to: string, frame: Uint8Array) => {
        offers.push(new TextDecoder().decode(frame));
        return [frame];
      },
    };
    const all = await start(overlapNodes(ACCOUNTS, { mode: 'both' }, options));
    const events: AskEvent[] = [];
    const onEvent = (event: AskEvent): void => void events.push(event);
    const answer = await all.node('bank-a').ask(OVERLAP, { peer: 'bank-b', onEvent });
    await quiet(all);
    for (const name of alsoHolder) {
      expect(offers.some((text) => text.includes(name))).toBe(true);
      expect(answer.disclosures).toContain(name);
      expect(events.some((event) => event.kind === 'planned' && event.planned.disclosures.includes(name))).toBe(true);
      for (const event of ['run-started', 'run-joined']) {
        expect(
          all.logs.some((line) => line.includes(event) && line.includes(name)),
          event,
        ).toBe(true);
      }
      for (const bank of ['bank-a', 'bank-b']) expect(all.node(bank).runs()[0].disclosures).toContain(name);
    }
    expect(all.node('bank-b').status().questions[1]).toEqual({
      name: OVERLAP,
      protocol: 'overlap',
      protocolId: overlapKind.protocol,
      agreement: 'configured',
      acknowledged: alsoHolder,
      peers: ['bank-c'],
      mode: 'both',
      columns: [],
    });
  });
});

describe('who may ask an overlap question', () => {
  it.each<[string, (config: RawConfig) => void, string]>([
    ['is not allowed', (config) => void config.allow.pop(), 'policy/not-allowed'],
    ['declares more than is allowed', (config) => void (config.allow[1].maxItems = 64), 'policy/too-many-items'],
    [
      'agreed on another mode',
      (config) => void Object.assign(config.questions[1], { mode: 'both', acknowledged: BOTH }),
      'policy/differing-terms/mode',
    ],
    [
      'agreed on other columns',
      (config) => {
        config.questions[1]['columns'] = [{ name: 'risk', bytes: 1 }];
        config.questions[1]['acknowledged'] = COLUMNS_TOO;
        Object.assign(config.datasets['holdings'] as object, {
          columns: { account: 'account', payload: { risk: 'r' } },
        });
      },
      'policy/differing-terms/columns',
    ],
    [
      'agreed on another policy for duplicates',
      (config) => void (config.questions[1]['duplicates'] = 'reject'),
      'policy/differing-terms/duplicates',
    ],
    [
      'agreed on a smaller batch',
      (config) => void (config.questions[1]['smallestBatch'] = 40),
      'policy/differing-terms/smallest-batch',
    ],
    [
      'agreed on another size of the holder',
      (config) => void (config.questions[1]['buckets'] = { smallest: 64, asker: 256, holdings: 128 }),
      'policy/differing-terms/holder-bucket',
    ],
  ])('refuses an asker that %s, and says which field it is', async (_what, change, phase) => {
    const configure = (config: RawConfig, bank: string): void => void (bank === 'bank-b' && change(config));
    const many = { ...ACCOUNTS, asked: Array.from({ length: 65 }, (_, k) => `canary-${k}`) };
    const all = await start(overlapNodes(many, ROWS, { configure }));
    expect(await failure(ask(all))).toMatchObject({ code: 'refused-by-peer', party: 'bank-b', phase });
    await quiet(all);
    expect(all.node('bank-b').runs()).toEqual([]);
  });
  const BOTH = ['receiver-learns-row-level-overlap', 'holder-learns-row-level-overlap'];
  const COLUMNS_TOO = ['receiver-learns-row-level-overlap', 'receiver-learns-payload-columns'];

  it('counts requests by asker, question and day', async () => {
    const configure = (config: RawConfig, bank: string): void =>
      void (bank === 'bank-b' && (config.allow[1].perDay = 1));
    const all = await start(overlapNodes(ACCOUNTS, ROWS, { configure }));
    await ask(all);
    await quiet(all);
    expect(await failure(ask(all))).toMatchObject({ code: 'refused-by-peer', phase: 'policy/per-day' });
  });

  it.each<[string, string | undefined, RegExp]>([
    ['nobody is named', undefined, /no peer is named/],
    ['the named one is no holder', 'bank-d', /the named peer does not answer this question/],
    ['it would ask itself', 'bank-a', /the named peer does not answer this question/],
  ])('does not ask when %s', async (_what, peer, text) => {
    const all = await start(overlapNodes(ACCOUNTS, ROWS));
    const asking = all.node('bank-a').ask(OVERLAP, peer === undefined ? {} : { peer });
    const error = await failure(asking);
    expect(error).toMatchObject({ code: 'bad-parameter', remedy: 'name one of: bank-b, bank-c' });
    expect(error.message).toMatch(text);
  });

  it('does not take a peer for a question that goes to all', async () => {
    const all = await start(overlapNodes(ACCOUNTS, ROWS));
    expect((await failure(all.node('bank-a').ask('fraud-flags', { peer: 'bank-b' }))).remedy).toBe('name no peer');
  });

  it('refuses to start a node that lets somebody ask what it does not answer', async () => {
    const configure = (config: RawConfig, bank: string): void =>
      void (bank === 'bank-b' && (config.questions[1]['holders'] = ['bank-c']));
    await expect(start(overlapNodes(ACCOUNTS, ROWS, { configure }))).rejects.toMatchObject({ phase: 'configuration' });
  });
});
