import { describe, expect, it } from 'vitest';
import { partyId } from '../kit/party.ts';
import { LEDGER_KINDS, type LedgerBodies, type LedgerEntry, type LedgerKind } from './ledger-entry.ts';
import { AskPatterns, eventOf } from './monitor.ts';

const B = partyId('bank-b');
const AT = '2027-01-15T12:00:00.000Z';
const hash = '00'.repeat(32);
const BODIES: LedgerBodies = {
  'contract-signed': { question: 'q', contract: hash },
  'contract-revoked': { question: 'q', contract: hash },
  'grant-revoked': { question: 'q', grant: 'g' },
  snapshot: { contract: hash, question: 'q', period: 'day:2027-01-15', dataset: 'evidence', root: hash, bucket: 64 },
  'run-admitted': {
    run: 'r',
    question: 'q',
    protocol: 'flag/12',
    asker: B,
    contributors: [],
    bucket: 64,
    contract: hash,
  },
  'run-opening': { run: 'r', sid: hash, seed: hash },
  'run-ended': { run: 'r', outcome: 'done', sid: hash },
  'failed-start': { run: 'r', outcome: 'cancelled', phase: 'open', party: 'bank-c', shown: true, givenBack: false },
  refused: { peer: B, reason: 'policy/per-day', count: 10, question: 'q' },
  alert: { alert: 'enumeration', peer: B, question: 'q' },
  'heads-countersigned': {
    run: 'r',
    sid: hash,
    own: { seq: 0, hash },
    peers: [
      {
        peer: B,
        theirs: { seq: 0, hash },
        transcript: hash,
        signature: '00'.repeat(64),
        countersignature: '00'.repeat(64),
      },
    ],
  },
};

const entryOf = (kind: LedgerKind): LedgerEntry =>
  ({ seq: 0, prev: hash, at: AT, salt: '00'.repeat(16), kind, body: BODIES[kind] }) as LedgerEntry;

describe('eventOf', () => {
  it('tells of every kind of entry when and what, and no hash, salt or signature', () => {
    for (const kind of LEDGER_KINDS) {
      const event = eventOf(entryOf(kind));
      expect(event.at, kind).toBe(AT);
      expect(JSON.stringify(event), kind).not.toMatch(/0{32}/);
    }
    expect(eventOf(entryOf('failed-start'))).toEqual({
      kind: 'ended',
      at: AT,
      run: 'r',
      outcome: 'cancelled',
      phase: 'open',
      party: 'bank-c',
    });
    // A positive control: the entries have what must not be told.
    expect(LEDGER_KINDS.filter((kind) => /0{32}/.test(JSON.stringify(BODIES[kind]))).length).toBeGreaterThan(5);
  });
});

describe('AskPatterns.admitted', () => {
  const admit = (patterns: AskPatterns, bucket: number, more: Partial<LedgerBodies['run-admitted']> = {}) =>
    patterns.admitted(
      AT,
      { ...BODIES['run-admitted'], period: 'day:2027-01-15', bucket, ...more },
      {
        mostRows: 1024,
        customerBucket: 512,
      },
    );
  const alerts = (count: number, bucket: number, more?: Partial<LedgerBodies['run-admitted']>): readonly string[] => {
    const patterns = new AskPatterns();
    return Array.from({ length: count }, () => admit(patterns, bucket, more)).flat();
  };

  it('finds who uses up its rows in eight pieces or more, and nobody else', () => {
    expect(alerts(8, 128)).toEqual(['piecemeal']);
    expect(alerts(7, 146)).toEqual([]);
    expect(alerts(2, 512)).toEqual([]);
    expect(alerts(8, 64)).toEqual([]);
  });

  it('counts every period, question and asker for itself', () => {
    const patterns = new AskPatterns();
    const found = Array.from(
      { length: 16 },
      (_, k) => admit(patterns, 128, k % 2 === 0 ? {} : { asker: partyId('bank-c') }).length,
    );
    expect(found.reduce((sum, count) => sum + count)).toBe(2);
    expect(admit(patterns, 128, { period: 'day:2027-01-16' })).toEqual([]);
    expect(admit(patterns, 128, { question: 'other' })).toEqual([]);
  });

  it('finds a list that is larger than the bucket of the declared customers, and not one as large', () => {
    expect(alerts(1, 512)).toEqual([]);
    expect(alerts(1, 1024)).toEqual(['above-base']);
    expect(
      new AskPatterns().admitted(AT, { ...BODIES['run-admitted'], bucket: 2 ** 24 }, { mostRows: Infinity }),
    ).toEqual([]);
  });
});
