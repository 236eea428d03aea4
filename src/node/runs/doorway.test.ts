import { describe, expect, it } from 'vitest';
import { createMemoryNetwork } from '../../kit/memory-network.ts';
import { partyId } from '../../kit/party.ts';
import { IdleClock } from '../../testing/idle-clock.ts';
import { Doorway } from './doorway.ts';
import type { IncomingRun } from '../peer-network.ts';

const [self, peer] = [partyId('bank-a'), partyId('bank-b')];

function arrival(): IncomingRun {
  const link = createMemoryNetwork([self, peer]).links(self).get(peer);
  if (link === undefined) throw new Error('no link');
  return { peer, runName: new Uint8Array(16).fill(1), link };
}

describe('Doorway', () => {
  it('holds a link, with a timer, until it is closed', () => {
    const clock = new IdleClock();
    const doorway = new Doorway({ clock, offered: () => undefined, refused: () => undefined });
    doorway.arrive(arrival());
    expect([doorway.waiting, clock.pendingTimers]).toEqual([1, 1]);
    doorway.close();
    expect([doorway.waiting, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('lets nobody wait, and sets no timer, when it was closed before', () => {
    const clock = new IdleClock();
    const doorway = new Doorway({ clock, offered: () => undefined, refused: () => undefined });
    doorway.close();
    doorway.arrive(arrival());
    expect([doorway.waiting, clock.pendingTimers]).toEqual([0, 0]);
  });
});
