import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Consortium,
  type ConsortiumOptions,
  consortiumPerTest,
  expectedAnswer,
  QUESTION,
  testQuestion,
} from '../../../test/support/consortium-of-nodes.ts';
import { UsageError } from '../../errors.ts';
import { adminClient } from './admin-client.ts';
import { type AdminAskEvent, MAX_RESPONSE_BYTES, ROWS_PER_LINE } from './admin-protocol.ts';
import { type Admin, openAdmin } from './admin-server.ts';
import { adminSocket, holdFolder } from './held-folder.ts';
import type { AnswerRow } from '../runs/answer.ts';
import { jsonLog } from '../log.ts';

const start = consortiumPerTest();
const open: Admin[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((admin) => admin.close()));
});

async function administer(options: ConsortiumOptions = {}): Promise<{ folder: string; admin: Admin; all: Consortium }> {
  const all = await start(options);
  const folder = join(all.folder, 'bank-a');
  const log = jsonLog({ level: 'debug', wallClock: { now: () => 0 }, line: (text) => void all.logs.push(text) });
  const admin = await openAdmin({ folder, node: all.node('bank-a'), log });
  open.push(admin);
  return { folder, admin, all };
}

/** Sends raw bytes and gives all that comes back until the node closes. */
function raw(socket: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => connection.write(bytes));
    let text = '';
    connection.on('data', (chunk) => (text += String(chunk)));
    connection.on('error', () => undefined);
    connection.on('close', () => resolve(text));
  });
}

describe('openAdmin', () => {
  it('gives the socket to this user alone', async () => {
    const { folder, admin } = await administer();
    expect(statSync(admin.socket).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'admin')).mode & 0o777).toBe(0o700);
  });

  it('serves who connected while the node was starting, and lets nobody else hold its folder', async () => {
    const all = await start();
    const folder = join(all.folder, 'bank-a');
    const held = await holdFolder(folder);
    await expect(holdFolder(folder)).rejects.toMatchObject({ code: 'resource-limit', phase: 'administration' });
    const status = adminClient(folder).status();
    open.push(await openAdmin({ folder, held, node: all.node('bank-a') }));
    expect((await status).name).toBe('bank-a');
    await open.splice(0)[0].close();
    // Given back, and with it what a killed process would have left.
    await (await holdFolder(folder)).close();
  });

  it('answers status, ask with progress and rows, and runs', async () => {
    const { folder, all } = await administer();
    const client = adminClient(folder);
    const status = await client.status();
    expect(status).toMatchObject({ name: 'bank-a', stopping: false, asking: 0, runs: [], answers: [] });
    const terms = { name: QUESTION, protocol: 'flag', acknowledged: [], agreement: 'configured' };
    expect(status.questions).toEqual([{ ...terms, protocolId: testQuestion.protocol }]);
    expect(status.peers.filter((peer) => peer.connected)).toHaveLength(3);
    const events: AdminAskEvent[] = [];
    const rows: AnswerRow[] = [];
    const summary = await client.ask(QUESTION, {
      onEvent: (event) => events.push(event),
      onRows: (batch) => rows.push(...batch),
    });
    expect(rows.map((row) => row.flagged)).toEqual(expectedAnswer('bank-a'));
    expect(summary).toMatchObject({ question: QUESTION, advisory: true, accountCount: rows.length });
    expect(rows[0]).toMatchObject({ expires: summary.expires, disputeId: summary.disputeId });
    expect(summary.leakage.length).toBeGreaterThan(0);
    expect(events.map((event) => event.kind)).toEqual(
      expect.arrayContaining(['reading', 'planned', 'connecting', 'running']),
    );
    const [record] = await client.runs(10);
    expect(record).toMatchObject({ run: summary.run, sid: summary.sid, outcome: 'done', initiator: 'bank-a' });
    expect(all.logs.some((line) => line.includes('admin-request'))).toBe(true);
  });

  it('keeps a line of the longest rows below what a client reads', () => {
    const columns = Object.fromEntries(
      Array.from({ length: 8 }, (_, k) => [`${k}`.padStart(32, 'c'), k === 0 ? '\ufffd'.repeat(64) : '']),
    );
    const disputeId = '0'.repeat(16);
    const account = `id:${'x'.repeat(64)}`;
    const row = { account, common: true, columns, advisory: true, expires: new Date(0).toISOString(), disputeId };
    const line = JSON.stringify({ kind: 'rows', rows: Array.from({ length: ROWS_PER_LINE }, () => row) });
    expect(new TextEncoder().encode(line).length).toBeLessThan(MAX_RESPONSE_BYTES);
  });

  it("passes the node's errors on with code, phase, party and remedy", async () => {
    const { folder } = await administer();
    const failing = adminClient(folder).ask('no-such-question');
    await expect(failing).rejects.toMatchObject({
      constructor: UsageError,
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: `use one of: ${QUESTION}`,
    });
  });

  it('cancels the run of a client that goes away', async () => {
    const { folder, all } = await administer({
      intercept: (_from, _to, frame) => (frame.length > 4096 ? [] : [frame]),
    });
    const abort = new AbortController();
    const asking = adminClient(folder).ask(QUESTION, {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.kind === 'running') abort.abort(new Error('enough'));
      },
    });
    await expect(asking).rejects.toThrow('enough');
    while (all.node('bank-a').status().asking > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(all.node('bank-a').runs()[0]).toMatchObject({ outcome: 'cancelled' });
  });

  it.each([
    ['no JSON', 'hello\n'],
    ['another value', '[]\n'],
    ['an unknown request', '{"op":"restart"}\n'],
    ['a key too many', '{"op":"status","x":1}\n'],
    ['a peer that is no text', '{"op":"ask","question":"x","peer":1}\n'],
    ['an answer of no run', '{"op":"answer"}\n'],
    ['a limit out of range', '{"op":"runs","limit":100000000}\n'],
    ['two requests', '{"op":"status"}\n{"op":"status"}\n'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 10])],
    ['a line that never ends', 'x'.repeat(10_000)],
  ])('answers %s with an error and goes on', async (_what, bytes) => {
    const { folder, admin } = await administer({ banks: ['bank-a'] });
    const answer = await raw(admin.socket, bytes);
    expect(JSON.parse(answer)).toMatchObject({ kind: 'error', error: { code: 'bad-parameter' } });
    expect((await adminClient(folder).status()).name).toBe('bank-a');
  });

  it('refuses a folder where a node runs, and takes over from one that was killed', async () => {
    const { folder, admin, all } = await administer({ banks: ['bank-a'] });
    const options = { folder, node: all.node('bank-a') };
    await expect(openAdmin(options)).rejects.toMatchObject({ code: 'resource-limit', phase: 'administration' });
    await admin.close();
    const killed = `require('net').createServer().listen(${JSON.stringify(admin.socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', killed]);
    expect(statSync(admin.socket).isSocket()).toBe(true);
    const again = await openAdmin(options);
    expect((await adminClient(folder).status()).name).toBe('bank-a');
    await again.close();
    writeFileSync(adminSocket(folder), '');
    await expect(openAdmin(options)).rejects.toThrow('a file is in the way');
    expect(readFileSync(adminSocket(folder), 'utf8')).toBe('');
  });

  it('is taken over from one that was killed by one of two that start at once', async () => {
    const { folder, admin } = await administer({ banks: ['bank-a'] });
    await admin.close();
    for (let attempt = 0; attempt < 5; attempt++) {
      const killed = `require('net').createServer().listen(${JSON.stringify(admin.socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
      spawnSync(process.execPath, ['-e', killed]);
      const held = await Promise.allSettled([holdFolder(folder), holdFolder(folder), holdFolder(folder)]);
      const refused = held.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      await Promise.all(held.map(async (one) => one.status === 'fulfilled' && (await one.value.close())));
      const message = expect.stringContaining('a node runs here already');
      expect(refused).toMatchObject([{ message }, { message }]);
    }
  });

  it('says that a path is too long for a socket', async () => {
    const { all } = await administer({ banks: ['bank-a'] });
    const folder = join(all.folder, 'x'.repeat(100));
    await expect(openAdmin({ folder, node: all.node('bank-a') })).rejects.toThrow('too long for a socket');
  });

  it('stops the node for a client that asks for it', async () => {
    const { folder, admin, all } = await administer();
    await adminClient(folder).stop();
    await admin.stopped;
    expect(all.node('bank-a').status().stopping).toBe(true);
    await expect(all.node('bank-a').ask(QUESTION)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('adminClient', () => {
  it('says that no node runs where none does', async () => {
    await expect(adminClient('no-node-here').status()).rejects.toMatchObject({
      code: 'unreadable-source',
      remedy: 'start it with up, or name its folder',
    });
  });
});
