import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { flag, type FlagProtocol, idealFlag } from '../../../protocols/flag/index.ts';
import { finish } from '../../crypto/steps.ts';
import { generateConsortium } from '../../data/consortium.ts';
import { InternalError } from '../../errors.ts';
import type { DemoReport } from './demo-report.ts';
import type { DemoOptions } from './demo-options.ts';
import { runDemo } from './demo.ts';
import { runCli } from '../main.ts';
import { byteSize, integer } from '../screen/number-format.ts';
import { type RecordedOptions, recordedSurroundings } from '../recorded-surroundings.ts';
import { textsOf } from '../texts.ts';

const SEED = 'demo-test';
const ACCOUNTS = 60;

async function demo(args: string, options: RecordedOptions = {}) {
  const surroundings = recordedSurroundings(options);
  const code = await runCli(['demo', '--in-memory', ...args.split(' ')], surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

function generated(institutions: number) {
  return finish(generateConsortium({ institutions, accountsPerInstitution: ACCOUNTS, seed: SEED })).institutions;
}

/** Rows that the ideal functionality of the protocol flags: an oracle beside the one that the demo itself asks. */
function idealRows(institutions: number, asker: number, quorum = 2): number[] {
  const all = generated(institutions);
  const lists = all
    .filter((_, index) => index !== asker)
    .map(({ evidence }) => new Map(evidence.map(({ account, score }) => [account, score])));
  const rule = { quorum, score: { threshold: 3, max: 255 } };
  return idealFlag(rule, all[asker].accounts, lists).flatMap((flagged, row) => (flagged ? [row] : []));
}

/** Accounts that `text` shows unmasked. */
function shownAccounts(text: string, accounts: readonly string[]): readonly string[] {
  return accounts.map((account) => account.slice(account.indexOf(':') + 1)).filter((number) => text.includes(number));
}

describe('blindflag demo', () => {
  const args = `--accounts ${ACCOUNTS} --seed ${SEED}`;

  let screen: Awaited<ReturnType<typeof demo>>;
  let json: Awaited<ReturnType<typeof demo>>;
  beforeAll(async () => {
    screen = await demo(args);
    json = await demo(`${args} --json`);
  }, 120_000);

  it('answers as the ideal functionality, and its screen and JSON agree, when four institutions ask', () => {
    expect([screen.code, json.code, json.err]).toEqual([0, 0, '']);
    const report = JSON.parse(json.out) as DemoReport;
    const { institutions, totals } = report;

    expect(institutions.map(({ flagged }) => flagged.rows)).toEqual([0, 1, 2, 3].map((asker) => idealRows(4, asker)));
    expect(totals.flagged).toBeGreaterThan(0);
    expect(screen.out.split('checked against the plaintext rule: equal')).toHaveLength(5);
    for (const { name, flagged, run, traffic, accounts } of institutions) {
      const card = screen.out.slice(screen.out.indexOf(`\n${name}\n`));
      expect(card).toContain(`${flagged.count} of its ${accounts} accounts`);
      expect(card).toContain(`${run.rounds} rounds`);
      expect(card).toContain(`sent ${byteSize(traffic.sentBytes)}, received ${byteSize(traffic.receivedBytes)}`);
      expect(screen.err).toContain(`${name}: done in`);
    }
    const totalRow = /^ {2}total .*$/m.exec(screen.out)?.[0].trim().split(/ {2,}/);
    const { jointly, alone } = totals;
    expect(totalRow?.slice(0, 5)).toEqual([
      'total',
      ...[totals.accounts, jointly.toFind, jointly.flagged, jointly.found].map(integer),
    ]);
    expect(totalRow?.slice(7, 9)).toEqual([alone.flagged, alone.found].map(integer));
  });

  it('shows no full account number, on the screen or in JSON', () => {
    const accounts = generated(4).flatMap((institution) => institution.accounts);
    expect(shownAccounts(screen.out + screen.err + json.out + json.err, accounts)).toEqual([]);
    expect(screen.out).toMatch(/(iban|card):\w{4}…\d{4}/);
    // Positive control: one planted number is found.
    expect(shownAccounts(`${screen.out} ${accounts[7]}`, accounts)).toHaveLength(1);
  });

  it('adds up its totals and keeps standard output to JSON when standard error is a terminal', async () => {
    const { out, err } = await demo(`${args} --institutions 3 --json`, { stderrColumns: 80 });
    expect(err).toContain('\u001B[2K  bank-cedar');
    const { institutions, helpers, totals } = JSON.parse(out) as DemoReport;
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
    expect(totals.accounts).toBe(3 * ACCOUNTS);
    expect(totals.flagged).toBe(sum(institutions.map(({ flagged }) => flagged.count)));
    for (const kind of ['jointly', 'alone'] as const) {
      for (const count of ['flagged', 'found', 'toFind'] as const) {
        expect(totals[kind][count]).toBe(sum(institutions.map((institution) => institution[kind][count])));
      }
    }
    const traffic = [...institutions, ...helpers].map((party) => party.traffic);
    expect(totals.traffic.sentBytes).toBe(sum(traffic.map(({ sentBytes }) => sentBytes)));
    expect(totals.traffic.receivedBytes).toBe(sum(traffic.map(({ receivedBytes }) => receivedBytes)));
    expect(totals.traffic.sentBytes).toBe(totals.traffic.receivedBytes);
    expect(totals.equalAnswers).toBe(3);
    expect(totals.failureLog2).toBeLessThan(-38);
  });

  it('explains the helper and what a positive answer names, in Chinese, when three institutions ask', async () => {
    const { code, out, err } = await demo(`${args} --institutions 3`, { env: { LANG: 'zh_CN.UTF-8' } });
    expect(code).toBe(0);
    expect(out).toContain('中立方 clearing-house');
    expect(out.replaceAll(/\n */g, '')).toContain('“是”的结果说明其他每一家都列有该账户');
    expect(out).toContain('结果为“是”时，每一家贡献方都列有该账户');
    expect(out).not.toContain('被标记的账户由哪几家列出');
    expect(out.split('与明文规则核对：一致')).toHaveLength(4);
    expect(out.replaceAll(/\n */g, '')).toContain('标记仅供参考，不得作为关闭或拒绝账户的唯一依据');
    expect(err).toContain('bank-amber: 完成');
    const counts = [...out.matchAll(/标记 +60 个账户中 (\d+) 个/g)].map((match) => Number(match[1]));
    expect(counts).toEqual([0, 1, 2].map((asker) => idealRows(3, asker).length));
  });

  it('acknowledges the disclosure and claims less when the quorum is all others', async () => {
    const report = JSON.parse((await demo(`${args} --quorum 3 --json`)).out) as DemoReport;
    expect(report.parameters.acknowledged).toEqual(['positive-answer-names-all-contributors']);
    expect(report.helpers).toEqual([]);
    expect(report.institutions.map(({ flagged }) => flagged.rows)).toEqual(
      [0, 1, 2, 3].map((asker) => idealRows(4, asker, 3)),
    );
    expect(report.institutions.some(({ notLearned }) => notLearned.includes('who-listed'))).toBe(false);
  });

  it('asks on AMLSim data when a folder is given', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'blindflag-amlsim-'));
    try {
      const id = (index: number): string => String(100_000_000_000 + index);
      // Account 8 is held by institution 0 and collects from six marked accounts of institutions 1, 2 and 3.
      const payers = [1, 2, 3, 5, 6, 7];
      const marked = new Set([8, ...payers]);
      const nodes = Array.from({ length: 160 }, (_, index) => `${id(index)},${marked.has(index) ? 1 : 0}`);
      writeFileSync(join(directory, 'nodes.csv'), ['nodeid,isFraud', ...nodes].join('\n'));
      const transfers = payers.map((payer) => `${id(payer)},${id(8)}`);
      writeFileSync(join(directory, 'transactions.csv'), ['sourceNodeId,targetNodeId', ...transfers].join('\n'));
      const { code, out } = await demo(`--amlsim ${directory}`);
      expect(code).toBe(0);
      expect(out).toContain('1 of its 40 accounts: id:1000…0008');
      expect(out).toMatch(/institution-0 +40 +1 +1 +1 +100% +100% +0 +0 +- +0%/);
      expect(
        shownAccounts(
          out,
          nodes.map((_, index) => `id:${id(index)}`),
        ),
      ).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('blindflag demo that is interrupted', () => {
  it.each(['Preparing data', 'bank-amber: done'])('ends cleanly with 130 at "%s"', async (moment) => {
    const controller = new AbortController();
    const onStderr = (text: string): void => {
      if (text.startsWith(moment)) controller.abort();
    };
    const { code, out, err } = await demo(`--accounts ${ACCOUNTS}`, { signal: controller.signal, onStderr });
    expect(code).toBe(130);
    expect(err).toContain('Interrupted');
    expect(out).not.toContain('flagged  ');
  });
});

describe('runDemo', () => {
  const options: DemoOptions = {
    source: { kind: 'generated', accountsPerInstitution: ACCOUNTS, seed: SEED },
    institutions: 3,
    quorum: 2,
    scoreThreshold: 3,
    engine: 'vole',
    inMemory: true,
    json: false,
  };

  it('fails loudly with 70 when an answer differs from the plaintext rule', async () => {
    const wrong: FlagProtocol = {
      ...flag,
      async run(io, parameters, input) {
        const answer = await flag.run(io, parameters, input);
        if (answer !== undefined && io.self === 'bank-birch') answer.flagged[5] ^= 1;
        return answer;
      },
    };
    const surroundings = recordedSurroundings();
    expect(await runDemo(options, { surroundings, texts: textsOf('en'), protocol: wrong })).toBe(70);
    expect(surroundings.err()).toContain('WRONG ANSWER: the run of bank-birch differs');
    expect(surroundings.out()).toContain('checked against the plaintext rule: DIFFERENT');
    expect(surroundings.out()).toContain('2 of 3 answers equal the plaintext rule');
  });

  it('reports the cause and not its consequences when one party fails', async () => {
    const failing: FlagProtocol = {
      ...flag,
      async run(io, parameters, input) {
        if (io.self === 'bank-cedar') throw new InternalError('Cannot go on: planted', { code: 'table-full' });
        return await flag.run(io, parameters, input);
      },
    };
    const surroundings = recordedSurroundings();
    await expect(runDemo(options, { surroundings, texts: textsOf('en'), protocol: failing })).rejects.toMatchObject({
      code: 'table-full',
    });
    expect(surroundings.out()).not.toContain('flagged  ');
  });
});
