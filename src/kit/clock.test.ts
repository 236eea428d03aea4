import { once } from 'node:events';
import { createServer, type Socket, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

/** Two ends of a connection of this machine. */
async function socketPair(): Promise<readonly [Socket, Socket, () => void]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const accepted: Promise<unknown[]> = once(server, 'connection');
  const near = connect(address.port, '127.0.0.1');
  const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
  const ends = [near, far as Socket] as const;
  return [...ends, () => [...ends, server].forEach((end) => ('destroy' in end ? end.destroy() : end.close()))];
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** What comes first when a process stands still until both have: a timer that is due, or bytes of a peer. */
async function firstAfterStall(setTimer: (task: () => void) => void): Promise<readonly string[]> {
  const [near, far, close] = await socketPair();
  const seen: string[] = [];
  const both = new Promise<void>((resolve) => {
    const note = (what: string): void => {
      if (seen.push(what) === 2) resolve();
    };
    near.on('data', () => note('data'));
    setTimer(() => note('timer'));
    far.write('x');
    standStill(60);
  });
  await both;
  close();
  return seen;
}

describe('systemClock.timer', () => {
  it('runs its task when what came while the process stood still is read', async () => {
    expect(await firstAfterStall((task) => systemClock.timer(10, task))).toEqual(['data', 'timer']);
  });

  it('would run it before, were it no more than a timer of the platform', async () => {
    expect(await firstAfterStall((task) => setTimeout(task, 10))).toEqual(['timer', 'data']);
  });

  it('runs no task that was cancelled, before its time or in the turn between', async () => {
    const ran: string[] = [];
    systemClock.timer(1, () => ran.push('early'))();
    const cancel = systemClock.timer(1, () => ran.push('late'));
    setTimeout(cancel, 1);
    // Both are due in one turn then.
    standStill(10);
    await new Promise<void>((resolve) => systemClock.timer(20, resolve));
    expect(ran).toEqual([]);
  });

  it('keeps the process until then, unless told not to', () => {
    const held = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = held();
    const cancels = [systemClock.timer(10_000, () => undefined, { keepsProcess: false })];
    expect(held()).toBe(before);
    cancels.push(
      systemClock.timer(10_000, () => undefined),
      systemClock.timer(10_000, () => undefined, {}),
    );
    expect(held()).toBe(before + 2);
    for (const cancel of cancels) cancel();
    expect(held()).toBe(before);
  });
});
