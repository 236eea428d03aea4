import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { consortiumPerTest, QUESTION, quiet, until } from '../../../test/support/consortium-of-nodes.ts';
import { sourceOf } from '../../data/source.ts';
import { TransportError } from '../../errors.ts';
import { adminClient } from '../admin/admin-client.ts';
import { openAdmin } from '../admin/admin-server.ts';
import type { NodeEvent } from './monitor.ts';

const start = consortiumPerTest();
const numbers = (count: number) => sourceOf(Array.from({ length: count }, (_, k) => `id:acct-${4 * k}`));

describe('RunningNode.listen', () => {
  it('tells of a run from its admission to its end, with what is used up, and then no more', async () => {
    const all = await start();
    const events: NodeEvent[] = [];
    const stop = all.node('bank-b').listen((event) => events.push(event));
    const { run } = await all.node('bank-a').ask(QUESTION);
    await quiet(all);
    expect(events.map(({ kind }) => kind)).toEqual(['admitted', 'budget', 'opening', 'ended', 'budget']);
    expect(events[0]).toMatchObject({ run, question: QUESTION, asker: 'bank-a', bucket: 64 });
    expect(events[1]).toMatchObject({ line: { kind: 'day', asker: 'bank-a', used: 1, most: 1000 } });
    expect(JSON.stringify(events)).not.toContain('acct');
    stop();
    await all.node('bank-a').ask(QUESTION);
    await quiet(all);
    expect(events.length).toBe(5);
  });

  it('raises an alert for a list above the declared customers, and for a budget used up in pieces, once a day each', async () => {
    const all = await start({
      configure(config, bank) {
        if (bank !== 'bank-b') return;
        Object.assign(config.peers[0], { customers: 10 });
        Object.assign(config.allow[0], { maxItems: 128, perDay: 8 });
      },
    });
    await all.node('bank-a').ask(QUESTION);
    expect(all.node('bank-b').status().alerts).toEqual([]);
    // Eight lists of up to 128 accounts are all that it may ask; its customers would fit a bucket of 64.
    for (let k = 0; k < 7; k++) await all.node('bank-a').ask(QUESTION, { accounts: numbers(100) });
    await quiet(all);
    const { alerts, budgets } = all.node('bank-b').status();
    expect(alerts.map(({ alert, peer, question }) => [alert, peer, question])).toEqual([
      ['piecemeal', 'bank-a', QUESTION],
      ['above-base', 'bank-a', QUESTION],
    ]);
    expect(budgets).toContainEqual({ kind: 'day', question: QUESTION, asker: 'bank-a', used: 8, most: 8 });
    expect(all.node('bank-c').status().alerts).toEqual([]);
    expect(all.logs.filter((line) => line.includes('"alert":"above-base"')).length).toBe(1);
  });
});

describe('AdminClient.monitor', () => {
  it('tells a client over the socket until it leaves, and ends when the node stops', async () => {
    const all = await start();
    const folder = mkdtempSync(join(tmpdir(), 'bf-m-'));
    const admin = await openAdmin({ folder, node: all.node('bank-b') });
    try {
      const kinds: string[] = [];
      const leave = new AbortController();
      const listening = (signal: AbortSignal) => ({
        signal,
        onHappened: ({ kind }: NodeEvent) => void kinds.push(kind),
        onMissed: () => undefined,
      });
      const left = adminClient(folder).monitor(listening(leave.signal));
      const stays = adminClient(folder).monitor(listening(new AbortController().signal));
      // Whoever asks for the status now is served behind both.
      await adminClient(folder).status();
      await all.node('bank-a').ask(QUESTION);
      await until(() => kinds.filter((kind) => kind === 'ended').length === 2);
      const reason = new TransportError('Cannot go on: interrupted', { code: 'cancelled' });
      leave.abort(reason);
      await expect(left).rejects.toBe(reason);
      await all.node('bank-b').stop();
      await stays;
    } finally {
      await admin.close();
      rmSync(folder, { recursive: true });
    }
  });
});
