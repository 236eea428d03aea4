import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedData } from '../../test/shared-data.ts';
import { readAmlsim } from './amlsim.ts';
import type { Consortium } from './consortium-data.ts';
import { aloneFlags, plaintextFlags, precisionRecall, truthFlags } from './evaluate.ts';

const shared = sharedData();

// The numbers are those of shared/data/README.md, computed there by a script of its own.
describe.skipIf(!shared)('readAmlsim on the published sample', () => {
  let four: Consortium;
  beforeAll(async () => {
    four = await readAmlsim(shared?.amlsimDirectory ?? '', { institutions: 4 });
  });

  it.each([
    { institutions: 3, across: 80_200 },
    { institutions: 4, across: 90_795 },
    { institutions: 5, across: 96_333 },
  ])('counts $across transfers across when split into $institutions', async ({ institutions, across }) => {
    const consortium = await readAmlsim(shared?.amlsimDirectory ?? '', { institutions });
    expect(consortium.transferCounts.across).toBe(across);
    expect(consortium.transferCounts.inside).toBe(120_558 - across);
    expect(consortium.institutions.flatMap(({ accounts }) => accounts)).toHaveLength(20_000);
  });

  it('finds 1804 marked accounts and 234 collectors, all marked', () => {
    const marked = four.institutions.flatMap((institution) => [...institution.marked]);
    const truth = four.institutions.flatMap((institution) => [...institution.truth]);
    expect([marked.length, truth.length]).toEqual([1804, 234]);
    expect(truth.every((account) => marked.includes(account))).toBe(true);
  });

  it('gives account n to institution n mod 4', () => {
    four.institutions.forEach(({ name, accounts }, i) => {
      expect(name).toBe(`institution-${i}`);
      expect(accounts.slice(0, 2)).toEqual([`id:${i}`, `id:${i + 4}`]);
    });
  });

  it.each([
    { scoreThreshold: 2, perAsker: [460, 515, 454, 448], collectors: 228, marked: 731 },
    { scoreThreshold: 3, perAsker: [217, 250, 209, 217], collectors: 220, marked: 469 },
    { scoreThreshold: 4, perAsker: [106, 110, 86, 99], collectors: 192, marked: 252 },
    { scoreThreshold: 5, perAsker: [51, 55, 42, 49], collectors: 140, marked: 140 },
  ])('flags jointly what the README lists when T = $scoreThreshold', ({ scoreThreshold, ...expected }) => {
    const flags = plaintextFlags(four, { quorum: 2, scoreThreshold });
    expect(flags.map((row) => row.filter(Boolean).length)).toEqual(expected.perAsker);
    expect(precisionRecall(flags, truthFlags(four, 'truth')).hits).toBe(expected.collectors);
    expect(precisionRecall(flags, truthFlags(four, 'marked')).hits).toBe(expected.marked);
  });

  it.each([
    { scoreThreshold: 3, flagged: 120, hits: 62 },
    { scoreThreshold: 5, flagged: 22, hits: 18 },
  ])('finds $hits collectors alone when T = $scoreThreshold', ({ scoreThreshold, flagged, hits }) => {
    const alone = precisionRecall(aloneFlags(four, { scoreThreshold }), truthFlags(four, 'truth'));
    expect(alone).toMatchObject({ flagged, hits, relevant: 234 });
  });
});

describe('readAmlsim', () => {
  const directory = mkdtempSync(join(tmpdir(), 'blindflag-amlsim-test-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  const NODES = 'nodeid,isFraud\n0,1\n1,1\n2,0\n3,1\n';
  const TRANSACTIONS = 'sourceNodeId,targetNodeId\n0,1\n0,1\n3,1\n2,1\n1,2\n';

  async function read(nodes: string, transactions: string, institutions = 3): Promise<Consortium> {
    writeFileSync(join(directory, 'nodes.csv'), nodes);
    writeFileSync(join(directory, 'transactions.csv'), transactions);
    return readAmlsim(directory, { institutions });
  }

  it('scores a payee by distinct marked customers when one pays twice', async () => {
    const { institutions, transferCounts } = await read(NODES, TRANSACTIONS);
    // Institution 0 holds 0 and 3; both are marked and pay 1. The payment of 2, which is not marked, is no evidence.
    expect(institutions.map(({ evidence }) => evidence)).toEqual([
      [{ account: 'id:1', score: 2 }],
      [{ account: 'id:2', score: 1 }],
      [],
    ]);
    expect(transferCounts).toEqual({ inside: 0, across: 5 });
  });

  it.each([
    ['a missing column', 'nodeid\n0\n', TRANSACTIONS, 'missing-column', "'isFraud'"],
    ['an id with a leading zero', 'nodeid,isFraud\n007,0\n', TRANSACTIONS, 'malformed-row', "row 2, column 'nodeid'"],
    ['a mark that is not 0 or 1', 'nodeid,isFraud\n0,yes\n', TRANSACTIONS, 'malformed-row', "column 'isFraud'"],
    ['an account twice', 'nodeid,isFraud\n0,0\n0,1\n', TRANSACTIONS, 'duplicate-item', 'row 3'],
    ['an unknown payee', NODES, 'sourceNodeId,targetNodeId\n0,77\n', 'malformed-row', "column 'targetNodeId'"],
  ])('refuses %s', async (_, nodes, transactions, code, text) => {
    await expect(read(nodes, transactions)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    await expect(read(nodes, transactions)).rejects.not.toMatchObject({ message: expect.stringMatching(/007|77|yes/) });
  });

  it('names the file when it is missing', async () => {
    await expect(readAmlsim(join(directory, 'nowhere'), { institutions: 4 })).rejects.toMatchObject({
      code: 'unreadable-source',
      message: expect.stringContaining('nodes.csv'),
    });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s institutions', async (institutions) => {
    await expect(read(NODES, TRANSACTIONS, institutions)).rejects.toMatchObject({ code: 'bad-parameter' });
  });

  it('stops with the reason of the signal when aborted', async () => {
    const reason = new Error('stopped by the test');
    await expect(readAmlsim(directory, { institutions: 4, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
