import { describe, expect, it } from 'vitest';
import { partyId } from '../kit/party.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { LedgerState } from './ledger-state.ts';

const PEER = partyId('bank-b');
const hash = '0'.repeat(64);

function sealedAt(own: number, theirs: number): LedgerEntry {
  const seal = { peer: PEER, theirs: { seq: theirs, hash }, transcript: hash, signature: '00', countersignature: '00' };
  return {
    seq: own + 1,
    prev: hash,
    at: '2027-01-15T12:00:00.000Z',
    salt: '0'.repeat(32),
    kind: 'heads-countersigned',
    body: { run: '0'.repeat(32), sid: hash, own: { seq: own, hash }, peers: [seal] },
  };
}

describe('LedgerState.sealWith', () => {
  it('has the latest head of the peer, whichever of two runs ended last', () => {
    for (const order of [
      [10, 15],
      [15, 10],
    ]) {
      const state = new LedgerState();
      for (const seq of order) state.apply(sealedAt(2 * seq, seq));
      expect(state.sealWith(PEER)).toMatchObject({ theirs: { seq: 15 }, own: { seq: 30 } });
      expect(state.seals().get(PEER)).toEqual(state.sealWith(PEER));
    }
  });
});
