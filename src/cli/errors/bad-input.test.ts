import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flag, flagParameters } from '../../../protocols/flag/index.ts';
import { overlap } from '../../../protocols/overlap/index.ts';
import { MAX_INSTITUTIONS, MIN_INSTITUTIONS, MIN_QUORUM, SCORE_MAX } from '../demo/demo-options.ts';
import { runCli } from '../main.ts';
import { packageVersion } from '../package-version.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';

async function run(...args: readonly string[]) {
  const surroundings = recordedSurroundings();
  return { code: await runCli(args, surroundings), out: surroundings.out(), err: surroundings.err() };
}

describe('runCli without a demo', () => {
  it('prints the version of package.json, and the protocols of all questions that a node has', async () => {
    const out = `blindflag ${packageVersion()}\n${flag.spec.id}, ${overlap.spec.id}\n`;
    expect(await run('--version')).toEqual({ code: 0, out, err: '' });
    expect(await run('-V')).toEqual({ code: 0, out, err: '' });
  });

  it('prints help in the language asked for', async () => {
    for (const args of [['help'], ['--help'], ['help', 'demo'], ['demo', '--help']]) {
      const english = await run(...args);
      expect(english).toMatchObject({ code: 0, err: '' });
      expect(english.out).toMatch(/^Usage: blindflag /);
    }
    const chinese = await run('help', 'demo', '--lang', 'zh');
    expect(chinese).toMatchObject({ code: 0, err: '' });
    expect(chinese.out).toContain('选项：');
    expect(chinese.out).not.toContain('Options:');
  });

  it('prints help to standard error and fails when no command is given', async () => {
    const { code, out, err } = await run();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: blindflag');
  });
});

describe('runCli with a wrong command line', () => {
  const CASES: readonly (readonly [args: string, what: string, remedy: string])[] = [
    ['--institutions 2', '--institutions is out of range', 'use 3 to 10'],
    ['--institutions 11', '--institutions is out of range', 'use 3 to 10'],
    ['--institutions four', '--institutions is not a whole number', 'digits'],
    ['--institutions', '--institutions has no value', 'write the value'],
    ['--accounts 0', '--accounts is too small', 'use 32 or more'],
    ['--accounts 31', '--accounts is too small', 'use 32 or more'],
    ['--accounts 1e3', '--accounts is not a whole number', 'digits'],
    ['--accounts=-5', '--accounts is not a whole number', 'digits'],
    ['--accounts 90000000', 'accounts are more than', 'resource-limit'],
    ['--quorum 1', '--quorum is out of range', 'use 2 to 3 with 4 institutions'],
    ['--quorum 4', '--quorum is out of range', 'use 2 to 3 with 4 institutions'],
    ['--threshold 0', '--threshold is out of range', 'use 1 to 765'],
    ['--threshold 766', '--threshold is out of range', 'use 1 to 765'],
    ['--threshold 99999999999999999999', '--threshold is not a whole number', 'digits'],
    ['--seed=', '--seed is not usable', 'ASCII'],
    ['--engine ideal', 'protects nothing', 'use vole'],
    ['--engine ecdh', '--engine has no such choice', 'use vole'],
    ['--lang fr', '--lang has no such choice', 'en or zh'],
    ['--amlsim . --accounts 60', '--accounts describes generated data', 'leave one'],
    ['--amlsim . --seed 2', '--seed describes generated data', 'leave one'],
    ['--amlsim /does/not/exist', '/does/not/exist/nodes.csv', 'unreadable-source'],
    ['--colour', 'no option --colour', 'spelling'],
    ['extra', 'more words', '--'],
  ];

  it.each(CASES)(
    'says what is wrong and what to do, and sends nothing, when given demo %s',
    async (args, what, remedy) => {
      const { code, out, err } = await run('demo', ...args.split(' '));
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(what);
      expect(err).toContain(remedy);
      expect(err).not.toMatch(/\n {4}at /);
    },
  );

  it('says it in Chinese when the person reads Chinese', async () => {
    const { code, err } = await run('demo', '--quorum', '9', '--lang', 'zh');
    expect(code).toBe(2);
    expect(err).toContain('--quorum 超出范围 — 4 家机构时可取 2 至 3');
    expect((await run('demo', '--amlsim', '/does/not/exist', '--lang', 'zh')).err).toContain('没有这个文件');
    expect((await run('dmeo', '--lang', 'zh')).err).toContain('没有命令 dmeo');
  });
});

describe('runCli with wrong AMLSim data', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'blindflag-bad-amlsim-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const nodes = ['nodeid,isFraud', ...Array.from({ length: 160 }, (_, id) => `${id},0`)].join('\n');
  const transactions = 'sourceNodeId,targetNodeId\n1,2\n';
  const CASES: readonly (readonly [name: string, nodes: string, transactions: string, what: string])[] = [
    ['a column is missing', nodes.replace('isFraud', 'fraud'), transactions, 'isFraud'],
    ['an account is malformed', nodes.replace('\n7,', '\nseven,'), transactions, "column 'nodeid'"],
    ['a mark is malformed', nodes.replace('\n7,0', '\n7,maybe'), transactions, "column 'isFraud'"],
    ['an account comes twice', nodes.replace('\n7,', '\n8,'), transactions, 'came before'],
    ['a transfer names no account', nodes, `${transactions}1,9999\n`, 'no such account'],
    ['an institution is too small', nodes.split('\n').slice(0, 101).join('\n'), transactions, 'fewer than the 32'],
  ];

  it.each(CASES)('refuses before anything is sent when %s', async (_name, nodeText, transactionText, what) => {
    writeFileSync(join(directory, 'nodes.csv'), nodeText);
    writeFileSync(join(directory, 'transactions.csv'), transactionText);
    const { code, out, err } = await run('demo', '--amlsim', directory);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(what);
    expect(err).not.toContain('seven');
    expect(err).not.toContain('maybe');
  });
});

describe('demo limits', () => {
  const plan = (institutions: number, quorum: number, threshold: number): unknown => {
    const names = Array.from({ length: institutions - 1 }, (_, index) => `bank-${index}`);
    return flagParameters({
      asker: 'asker',
      contributors: names,
      committee: [...names, 'helper'].slice(0, 3),
      quorum,
      score: { threshold, max: SCORE_MAX },
      askerItems: 64,
      contributorItems: names.map(() => 64),
      acknowledged: ['positive-answer-names-all-contributors'],
    });
  };

  it('are those of the protocol', () => {
    for (const institutions of [MIN_INSTITUTIONS, MAX_INSTITUTIONS]) {
      const others = institutions - 1;
      expect(() => plan(institutions, MIN_QUORUM, 1)).not.toThrow();
      expect(() => plan(institutions, others, others * SCORE_MAX)).not.toThrow();
      expect(() => plan(institutions, MIN_QUORUM - 1, 1)).toThrow('quorum');
      expect(() => plan(institutions, others + 1, 1)).toThrow('quorum');
      expect(() => plan(institutions, MIN_QUORUM, others * SCORE_MAX + 1)).toThrow('threshold');
    }
    expect(() => plan(MAX_INSTITUTIONS + 1, MIN_QUORUM, 1)).toThrow('institutions');
  });
});
