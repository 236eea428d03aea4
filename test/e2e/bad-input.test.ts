import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import type { FlagInput, FlagOptions } from '../../protocols/flag/index.ts';
import { accountSource } from '../../src/data/account-source.ts';
import { csvTable } from '../../src/data/csv-table.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { MpcError, UsageError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { leaksOf } from '../redteam/leaks.ts';
import { ASKER, CONTRIBUTORS, type FlagCase, type Outcomes, parametersFor, runFlag } from './flag-run.ts';

/** In every account of this file, so that a text that holds one is found. */
const CANARY = '73190428';
const folder = mkdtempSync(join(tmpdir(), 'blindflag-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = Array.from({ length: 40 }, (_, k) => `${CANARY}${k}`);
const accountsCsv = `account\n${rows.join('\n')}\n`;
const evidenceCsv = `account,score\n${rows.map((row, k) => `${row},${k % 5}`).join('\n')}\n`;
const data: FlagCase = { accounts: rows.map((row) => `id:${row}`), evidence: [[], [], []] };
const RULE: Partial<FlagOptions> = {
  contributorItems: [64, 64, 64],
  score: { threshold: 5, max: 9 },
  duplicates: 'reject',
};

function asker(text: string, column = 'account'): FlagInput {
  return {
    accounts: accountSource(csvTable(Readable.from([Buffer.from(text)])), {
      columns: { account: column },
      type: 'plain',
    }),
  };
}

function contributor(text: string, columns = { account: 'account', score: 'score' }): FlagInput {
  return { evidence: accountSource(csvTable(Readable.from([Buffer.from(text)])), { columns, type: 'plain' }) };
}

interface Attempt {
  readonly outcomes: Outcomes;
  /** Data frames that left the party. */
  readonly sentBy: (party: PartyId) => string[];
}

/** A run in which all but the given parties have good input; every frame is seen. */
async function attempt(
  inputs: Record<string, FlagInput>,
  options: { askerParameters?: unknown } = {},
): Promise<Attempt> {
  const sent: { readonly from: PartyId; readonly name: string }[] = [];
  const good: Record<string, FlagInput> = { [ASKER]: asker(accountsCsv) };
  for (const name of CONTRIBUTORS.slice(0, 3)) good[name] = contributor(evidenceCsv);
  const outcomes = await runFlag(data, {
    rule: RULE,
    inputs: { ...good, ...inputs },
    parametersOf: (party) => (party === ASKER ? options.askerParameters : undefined),
    intercept: (from, _to, bytes) => {
      const frame = decodeFrame(bytes);
      if (frame.kind === 'data') sent.push({ from, name: frame.name });
      return [bytes];
    },
  });
  return { outcomes, sentBy: (party) => sent.filter(({ from }) => from === party).map(({ name }) => name) };
}

function errorOf(outcomes: Outcomes, party: PartyId): MpcError {
  const outcome = outcomes.get(party);
  const error: unknown = outcome?.status === 'rejected' ? outcome.reason : undefined;
  if (!(error instanceof MpcError)) throw new Error(`${party} did not end with an error of the package`);
  return error;
}

/** The party ends with the code before a frame of it leaves, all others end too, and no text holds an account. */
function expectRefusal({ outcomes, sentBy }: Attempt, party: PartyId, code: ErrorCode): void {
  const error = errorOf(outcomes, party);
  expect(error).toBeInstanceOf(UsageError);
  expect(error.code).toBe(code);
  expect(error.remedy).toBeTruthy();
  expect(sentBy(party)).toEqual([]);
  for (const name of outcomes.keys()) expect(leaksOf(errorOf(outcomes, name), [CANARY])).toEqual([]);
}

const BAD_FILES: readonly { what: string; code: ErrorCode; text: string; column?: string }[] = [
  { what: 'is empty', code: 'unreadable-source', text: '' },
  { what: 'is no text at all', code: 'unreadable-source', text: 'PK\u0003\u0004' },
  { what: 'has a zero byte in a row', code: 'malformed-row', text: `account\n${CANARY}\0\n` },
  { what: 'has an account that is no account', code: 'malformed-row', text: `account\n${CANARY} 1\n${CANARY}\n` },
  { what: 'lost digits to a spreadsheet', code: 'malformed-row', text: 'account\n7.3190428E+17\n' },
  { what: 'has a row with too many fields', code: 'malformed-row', text: `account\n${CANARY},${CANARY}\n` },
  { what: 'does not have the column', code: 'missing-column', text: accountsCsv, column: 'iban' },
  { what: 'has data in place of a header', code: 'missing-column', text: rows.join('\n') },
  { what: 'has too few accounts', code: 'too-few-items', text: `account\n${rows.slice(0, 31).join('\n')}\n` },
  {
    what: 'has more accounts than declared',
    code: 'too-many-items',
    text: `account\n${Array.from({ length: 65 }, (_, k) => `${CANARY}${k}`).join('\n')}\n`,
  },
];

describe('flag with bad input', () => {
  it('runs when all files are good', async () => {
    const { outcomes, sentBy } = await attempt({});
    expect(outcomes.get(ASKER)).toMatchObject({ status: 'fulfilled' });
    expect(sentBy(ASKER)).toContain('offer');
  });

  it.each(BAD_FILES)("sends nothing when the asker's file $what", async ({ code, text, column }) => {
    const tried = await attempt({ [ASKER]: asker(text, column) });
    expectRefusal(tried, ASKER, code);
    // The asker opens the run, so there is no message of anybody.
    for (const name of tried.outcomes.keys()) expect(tried.sentBy(name)).toEqual([]);
  });

  it.each([
    { what: 'has a score above the largest', code: 'malformed-row', text: `account,score\n${CANARY},10\n` },
    { what: 'has a score that is no number', code: 'malformed-row', text: `account,score\n${CANARY},high\n` },
    { what: 'has a negative score', code: 'malformed-row', text: `account,score\n${CANARY},-1\n` },
    { what: 'repeats an account', code: 'duplicate-item', text: `${evidenceCsv}${rows[3]},1\n` },
    { what: 'has no score column', code: 'missing-column', text: accountsCsv },
    { what: 'has a malformed account', code: 'malformed-row', text: `account,score\n\u4e2d${CANARY},1\n` },
  ] as const)('sends nothing of a contributor when its file $what', async ({ code, text }) => {
    expectRefusal(await attempt({ [CONTRIBUTORS[1]]: contributor(text) }), CONTRIBUTORS[1], code);
  });

  it('sends nothing of a contributor when its rows have no scores and the rule needs them', async () => {
    const input = { evidence: [{ accounts: [`id:${CANARY}`] }] };
    expectRefusal(await attempt({ [CONTRIBUTORS[0]]: input }), CONTRIBUTORS[0], 'malformed-row');
  });

  it.each([
    ['is not there', join(folder, 'absent.csv')],
    ['is a directory', folder],
  ])('sends nothing when a file %s', async (_what, path) => {
    const input = { accounts: accountSource(csvTable(path), { columns: { account: 'account' }, type: 'plain' }) };
    expectRefusal(await attempt({ [ASKER]: input }), ASKER, 'unreadable-source');
  });

  it('reads a file of the disk when it is good', async () => {
    const path = join(folder, 'accounts.csv');
    writeFileSync(path, accountsCsv);
    const input = { accounts: accountSource(csvTable(path), { columns: { account: 'account' }, type: 'plain' }) };
    expect((await attempt({ [ASKER]: input })).outcomes.get(ASKER)).toMatchObject({ status: 'fulfilled' });
  });

  it.each([
    ['accounts to ask about', ASKER],
    ['evidence to contribute', CONTRIBUTORS[2]],
  ])('sends nothing when a party has no %s', async (_what, party) => {
    expectRefusal(await attempt({ [party]: {} }), party, 'bad-input');
  });
});

describe('flag with bad parameters', () => {
  const good = parametersFor(data, RULE);
  const asked = (change: object): Promise<Attempt> => attempt({}, { askerParameters: { ...good, ...change } });

  it.each([
    ['the score threshold is above what the scores can sum up to', { score: { threshold: 28, max: 9 } }],
    ['the largest score does not fit a score field', { score: { threshold: 5, max: 2 ** 24 } }],
    ['the threshold is a number that a double cannot hold', { score: { threshold: 2 ** 60, max: 9 } }],
    ['there are fewer than three institutions', { contributors: CONTRIBUTORS.slice(0, 1), contributorBuckets: [64] }],
    ['the quorum is one', { quorum: 1 }],
    ['the quorum is above the number of the others', { quorum: 4 }],
    ['the asker is among the contributors', { contributors: [ASKER, ...CONTRIBUTORS.slice(0, 2)] }],
    ['the committee has a party twice', { committee: ['bank-b', 'bank-b', 'bank-c'] }],
    ['a bucket is no declared size', { askerBucket: 101 }],
    ['a bucket is missing', { contributorBuckets: [64, 64] }],
    ['the engine is unknown', { oprf: 'none' }],
  ])('sends nothing when %s', async (_what, change) => {
    const tried = await asked(change);
    expectRefusal(tried, ASKER, 'bad-parameter');
    for (const name of tried.outcomes.keys()) expect(tried.sentBy(name)).toEqual([]);
  });

  it.each([
    ['the quorum', { quorum: 3, acknowledged: ['positive-answer-names-all-contributors'] }, 'parameters'],
    ['the threshold', { score: { threshold: 6, max: 9 } }, 'parameters.score'],
    ['the duplicate policy', { duplicates: 'sum' }, 'parameters.duplicates'],
    ['a bucket', { askerBucket: 128 }, 'parameters.askerBucket'],
    ['the purpose', { purpose: 'marketing' }, 'parameters.purpose'],
    ['the order of the contributors', { contributors: good.contributors.toReversed() }, 'parties'],
  ])('sends nothing but the offer when the parties differ in %s', async (_what, change, field) => {
    const tried = await asked(change);
    expect(new Set(tried.sentBy(ASKER))).toEqual(new Set(['offer']));
    for (const name of CONTRIBUTORS.slice(0, 3)) {
      expect(tried.sentBy(name)).toEqual([]);
      const error = errorOf(tried.outcomes, name);
      expect(['offer-mismatch', 'peer-aborted']).toContain(error.code);
      if (error.code === 'offer-mismatch') expect(error.message).toContain(field);
      expect(leaksOf(error, [CANARY])).toEqual([]);
    }
    expect(CONTRIBUTORS.slice(0, 3).map((name) => errorOf(tried.outcomes, name).code)).toContain('offer-mismatch');
  });
});
