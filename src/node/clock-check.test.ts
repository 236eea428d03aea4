import { describe, expect, it } from 'vitest';
import { partyId } from '../kit/party.ts';
import { requireCommonTime, suspectClock } from './clock-check.ts';
import type { PeerStatus } from './peer-network.ts';

const HOUR = 3_600_000;
const self = partyId('bank-a');
const peers = (...offsets: readonly (number | undefined)[]): PeerStatus[] =>
  offsets.map((clockOffsetMs, k) => ({
    peer: partyId(`bank-${'bcde'[k]}`),
    connected: true,
    sinceMs: 0,
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
  }));

describe('suspectClock', () => {
  it.each<[string, (number | undefined)[], string | undefined]>([
    ['nobody was measured', [undefined, undefined], undefined],
    ['all agree within two minutes', [1000, -119_000, 119_000], undefined],
    ['one of three is off', [0, HOUR, 0], 'bank-c'],
    ['one is slow', [-HOUR, 0, 0], 'bank-b'],
    ['all others are off by the same: ours is', [HOUR, HOUR + 1000, HOUR], 'bank-a'],
    ['most others are off by the same', [HOUR, HOUR, 0], 'bank-a'],
    ['two are off by different times', [HOUR, -HOUR, 0], 'bank-b'],
    ['the only one measured is off', [HOUR, undefined], 'bank-b'],
  ])('when %s', (_what, offsets, party) => {
    expect(suspectClock(self, peers(...offsets))?.party).toBe(party);
  });
});

describe('requireCommonTime', () => {
  it('says whose clock it is, by how much and in which direction', () => {
    const [b, c, d] = ['bank-b', 'bank-c', 'bank-d'].map(partyId);
    expect(() => requireCommonTime(self, peers(0, HOUR, 0), [self, b, c, d])).toThrow('60 minutes fast');
    expect(() => requireCommonTime(self, peers(HOUR, HOUR, HOUR), [self, b, c, d])).toThrow('60 minutes slow');
    expect(() => requireCommonTime(self, peers(0, HOUR, 0), [self, b, d])).not.toThrow();
    // Two that are not part of the run cannot keep it from beginning by what they say.
    expect(() => requireCommonTime(self, peers(HOUR, 0, HOUR), [self, c])).not.toThrow();
  });

  it.each<[number[], string, string, RegExp]>([
    [[0, HOUR, 0], 'bank-c', 'fast', /^ask its operator/],
    [[HOUR, HOUR, HOUR], 'bank-a', 'slow', /^set the clock of this machine/],
    [[-HOUR], 'bank-b', 'behind the one here', /may be either$/],
  ])('with offsets of %j says whose side it is and what to do', (offsets, party, how, remedy) => {
    const parties = ['bank-a', 'bank-b', 'bank-c', 'bank-d'].map(partyId);
    expect(() => requireCommonTime(self, peers(...offsets), parties)).toThrow(
      expect.objectContaining({
        code: 'refused',
        phase: 'clock',
        party,
        message: expect.stringContaining(`60 minutes ${how}`),
        remedy: expect.stringMatching(remedy),
      }),
    );
  });
});
