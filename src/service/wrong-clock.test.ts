import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeNodeFolders, type NodeFolders } from '../../test/support/node-folders.ts';
import type { NodeStatus } from '../node/node-status.ts';
import { type StartedNode, startNode } from './start-node.ts';
import type { PeerEvent } from './ws-peers.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const NOON = Date.UTC(2030, 0, 15, 12);
const HOUR = 3_600_000;

let folders: NodeFolders | undefined;
const started: StartedNode[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((node) => node.stop()));
  folders?.remove();
  folders = undefined;
});

interface Bank {
  readonly node: StartedNode;
  readonly events: PeerEvent[];
  readonly status: () => NodeStatus;
}

/** Four real nodes; all clocks stand still, and that of bank-a shows what `time` says. */
async function startWith(time: { nowMs: number }): Promise<Bank[]> {
  folders = await makeNodeFolders({ banks: BANKS, accounts: 40 });
  const banks: Bank[] = [];
  for (const name of BANKS) {
    const folder = folders.folder(name);
    // Made long before, also by a clock that is slow.
    utimesSync(join(folder, 'identity.json'), new Date(0), new Date(0));
    const events: PeerEvent[] = [];
    const node = await startNode(folder, {
      passphrase: folders.passphrase,
      wallClock: { now: () => (name === 'bank-a' ? time.nowMs : NOON) },
      onPeer: (event) => events.push(event),
    });
    started.push(node);
    banks.push({ node, events, status: () => node.node.status() });
  }
  return banks;
}

const until = async (isSo: () => boolean | undefined): Promise<void> => {
  while (isSo() !== true) await new Promise((resolve) => setImmediate(resolve));
};

const clockErrors = ({ events }: Bank): readonly (string | undefined)[] =>
  events.flatMap((event) => (event.kind === 'clock-wrong' ? [event.error.party] : []));

describe('a node whose clock is wrong by an hour', () => {
  it.each([
    ['fast', HOUR],
    ['slow', -HOUR],
  ])('is named at every node when it is %s, by how much, and nothing runs until it is right', async (how, offsetMs) => {
    const time = { nowMs: NOON + offsetMs };
    const banks = await startWith(time);
    await until(() => banks.every(({ status }) => status().clockSuspect?.certain === true));
    for (const [index, bank] of banks.entries()) {
      const suspect = bank.status().clockSuspect;
      expect(suspect).toMatchObject({ party: 'bank-a', certain: true });
      expect(Math.abs((suspect?.offsetMs ?? 0) - offsetMs)).toBeLessThan(1000);
      // The operator is told once, whatever was tried how often.
      await until(() => clockErrors(bank).includes('bank-a'));
      expect(clockErrors(bank).filter((party) => party === 'bank-a')).toHaveLength(1);
      const lines = (): NodeStatus['peers'] =>
        bank.status().peers.filter(({ peer }) => index === 0 || peer === 'bank-a');
      await until(() =>
        lines().every(({ lastError }) => lastError?.message.includes('the clocks of the two sides differ')),
      );
      await expect(bank.node.node.ask('flags')).rejects.toMatchObject({
        code: 'refused',
        phase: 'clock',
        party: 'bank-a',
        message: `Cannot run: a clock is 60 minutes ${how} against the others`,
        remedy: expect.stringContaining(index === 0 ? 'set the clock of this machine' : 'ask its operator to set'),
      });
    }
    await until(() => banks[1].status().peers.filter(({ connected }) => connected).length === 2);

    time.nowMs = NOON;
    await until(() => banks.every(({ status }) => status().peers.every(({ connected }) => connected)));
    expect(banks.map(({ status }) => status().clockSuspect)).toEqual(BANKS.map(() => undefined));
    expect(banks.flatMap(({ status }) => status().peers.map(({ lastError }) => lastError)).filter(Boolean)).toEqual([]);
  });

  it('does not start when its clock says a time before its identity was made', async () => {
    folders = await makeNodeFolders({ banks: BANKS, accounts: 40 });
    const folder = folders.folder('bank-a');
    const made = new Date(NOON);
    utimesSync(join(folder, 'identity.json'), made, made);
    const starting = startNode(folder, { passphrase: folders.passphrase, wallClock: { now: () => NOON - HOUR } });
    await expect(starting).rejects.toMatchObject({ phase: 'clock', remedy: expect.stringContaining('time service') });
  });
});
