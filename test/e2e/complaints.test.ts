/**
 * Complaints about whole runs over files, each by where it comes from; those about files alone are in
 * src/data/complaints.test.ts. The answer is the plaintext rule's every time.
 */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { flag, type FlagInput, type FlagOptions } from '../../protocols/flag/index.ts';
import { accountSource } from '../../src/data/account-source.ts';
import { csvTable } from '../../src/data/csv-table.ts';
import { maxFrameBytes } from '../../src/wire/frame.ts';
import {
  ASKER,
  answerOf,
  CONTRIBUTORS,
  expectedFlags,
  type FlagCase,
  type FlagSettings,
  runFlag,
  shuffled,
} from './flag-run.ts';

const RULE: Pick<FlagOptions, 'quorum' | 'score'> = { quorum: 2, score: { threshold: 5, max: 9 } };

const table = (lines: readonly string[]) => csvTable(Readable.from([Buffer.from(`${lines.join('\r\n')}\r\n`)]));

/** The case as files: the asker's accounts, and a list of accounts with scores for each contributor. */
function filesOf({ accounts, evidence }: FlagCase): Record<string, FlagInput> {
  const raw = (account: string) => account.slice('id:'.length);
  const own = table(['"account"', ...accounts.map((account) => `"${raw(account)}"`)]);
  const inputs: Record<string, FlagInput> = {
    [ASKER]: { accounts: accountSource(own, { columns: { account: 'account' }, type: 'plain' }) },
  };
  for (const [k, rows] of evidence.entries()) {
    const list = table(['account,score', ...rows.map(([account, score]) => `${raw(account)},${score}`)]);
    inputs[CONTRIBUTORS[k]] = {
      evidence: accountSource(list, { columns: { account: 'account', score: 'score' }, type: 'plain', maxScore: 9 }),
    };
  }
  return inputs;
}

interface Ran {
  readonly flags: readonly boolean[];
  readonly longestFrame: number;
}

async function run(data: FlagCase, rule: Partial<FlagOptions> = {}, settings: FlagSettings = {}): Promise<Ran> {
  let longestFrame = 0;
  const outcomes = await runFlag(data, {
    ...settings,
    rule: { ...RULE, ...rule },
    inputs: filesOf(data),
    intercept: (_from, _to, bytes) => {
      longestFrame = Math.max(longestFrame, bytes.length);
      return [bytes];
    },
  });
  return { flags: answerOf(outcomes), longestFrame };
}

const accounts = (count: number, from = 0): string[] => Array.from({ length: count }, (_, k) => `id:a${from + k}`);
const scored = (names: readonly string[], score: (k: number) => number) =>
  names.map((name, k) => [name, score(k)] as const);

describe('libPSI #26, psi #364, duplicates that crash:', () => {
  const own = accounts(40);
  const twice = [...scored(own.slice(0, 20), () => 2), ...scored(own.slice(0, 20), () => 4)];
  const once = scored(own, () => 2);

  it.each([
    ['first', 0],
    ['max', 20],
    ['sum', 20],
  ] as const)('under %s a run over lists with duplicates flags %i accounts', async (duplicates, flagged) => {
    const { flags } = await run({ accounts: own, evidence: [twice, once, []] }, { duplicates });
    expect(flags.filter(Boolean)).toHaveLength(flagged);
  });

  it('answers each row of a list that has an account twice', async () => {
    const rows = [...own, ...own];
    const { flags } = await run({ accounts: rows, evidence: [once, scored(own.slice(0, 9), () => 3), []] });
    expect(flags).toEqual(rows.map((_, k) => k % own.length < 9));
  });
});

describe('secretflow #1672, an intersection without a row that crashes:', () => {
  const own = accounts(40);

  it.each([
    ['no account is on a list', accounts(40, 100)],
    ['the lists have no row', []],
  ])('that none is flagged is an answer where %s', async (_, names) => {
    const list = scored(names, () => 9);
    const { flags } = await run({ accounts: own, evidence: [list, list, list] });
    expect(flags).toEqual(own.map(() => false));
  });
});

describe('secretpad #42, private-join-and-compute #16, 10 k x 10 k that run out of memory or of a message:', () => {
  it('10 k against 10 k accounts are answered, in frames of bounded length', async () => {
    const names = accounts(10_000);
    const evidence = [0, 1, 2].map((c) => scored(accounts(10_000, 3000 * c), (k) => (k + c) % 10));
    const data: FlagCase = { accounts: names, evidence };
    const { flags, longestFrame } = await run(data);
    expect(flags).toEqual(expectedFlags(data, RULE));
    expect(flags.filter(Boolean).length).toBeGreaterThan(1000);
    expect(longestFrame).toBeLessThanOrEqual(maxFrameBytes);
    expect(maxFrameBytes).toBeLessThan(2 ** 22);
  });
});

describe('volepsi #7, one row lost in 6 of 100 runs:', () => {
  it.each([
    ['the engine of that complaint', 6, { rule: { oprf: 'vole' }, protocol: flag }],
    ['the ideal one', 40, { rule: {} }],
  ] as const)('no row is lost or won with %s in %i runs of different seeds', async (_, runs, { rule, ...settings }) => {
    for (let seed = 0; seed < runs; seed++) {
      const names = shuffled(accounts(60), `own ${seed}`);
      const evidence = [0, 1, 2].map((c) =>
        scored(shuffled(names, `list ${seed} ${c}`).slice(0, 40), (k) => (7 * k + seed + c) % 10),
      );
      const data: FlagCase = { accounts: names, evidence };
      expect((await run(data, rule, { ...settings, seed })).flags, `seed ${seed}`).toEqual(expectedFlags(data, RULE));
    }
  });
});
