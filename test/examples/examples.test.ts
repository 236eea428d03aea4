import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packPackage, type Packed } from './consumer.ts';
import { BANKS, moveToFreePorts, oracle, rowsOf } from './four-banks-files.ts';
import { commandsOf, type Outcome, ShellSession } from './walk-through.ts';

let packed: Packed;
beforeAll(() => {
  packed = packPackage();
}, 60_000);
afterAll(() => packed.remove());

function compile(home: string): void {
  const result = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: home, encoding: 'utf8' });
  expect(result.stdout + result.stderr, 'the example compiles against the packed types').toBe('');
}

describe.each([
  ['embed', 'build/screening.test.js', 2],
  ['own-protocol', 'build/secure-sum.test.js', 5],
])('examples/%s', (example, file, tests) => {
  it('compiles and passes its own tests as a consumer of the tarball', () => {
    const home = packed.consumer(example);
    compile(home);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
      cwd: home,
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toContain(`# pass ${tests}\n`);
    expect(stdout).toContain('# fail 0\n');
  });
});

const raw = (account: string): string => account.slice(account.indexOf(':') + 1);

describe('examples/four-banks', () => {
  let home: string;
  let shell: ShellSession;
  let lines: readonly string[];
  /** Runs the README's commands up to, and with, the last that matches. */
  let next = 0;
  const walkTo = (last: RegExp): ReadonlyMap<string, Outcome> => {
    const end = lines.findLastIndex((line) => last.test(line)) + 1;
    expect(end).toBeGreaterThan(next);
    const outcomes = new Map<string, Outcome>();
    for (const line of lines.slice(next, end)) {
      const outcome = shell.run(line);
      expect(outcome.code, `${line}\n${outcome.err}`).toBe(0);
      outcomes.set(line, outcome);
    }
    next = end;
    return outcomes;
  };

  beforeAll(async () => {
    home = packed.consumer('four-banks');
    await moveToFreePorts(home);
    const [install, ...rest] = commandsOf(join(home, 'README.md'));
    expect(install).toBe('npm install blindflag');
    lines = rest;
    shell = new ShellSession(home);
  });
  afterAll(() => shell.kill());

  it('needs at most five commands of a bank to its first joint answer', () => {
    const first = lines.findIndex((line) => line.startsWith('npx blindflag ask'));
    const own = lines.slice(0, first + 1).filter((line) => /^npx blindflag [\w ]*? bank-a\b/.test(line));
    expect(own.map((line) => line.split(' ')[2])).toEqual(['init', 'peer', 'up', 'ask']);
  });

  it('makes identities that only this user may read, and complete configurations', () => {
    const outcomes = walkTo(/peer add/);
    for (const bank of BANKS) {
      expect(statSync(join(home, bank, 'identity.json')).mode & 0o777).toBe(0o600);
      expect(outcomes.get(`npx blindflag init ${bank}`)?.out).toContain(`blindflag-card-1:${bank}:`);
    }
    const added = [...outcomes].filter(([line]) => line.includes('peer add'));
    expect(added).toHaveLength(4);
    for (const [, { err }] of added) expect(err).toContain('The configuration is complete');
  });

  it('answers as the rule on plaintext over four processes, in every format', () => {
    // As a reader would who does not wait: the nodes are still starting.
    walkTo(/ up /);
    const outcomes = walkTo(/ ask flag /);

    const table = outcomes.get('npx blindflag ask flag bank-a')?.out ?? '';
    const expected = oracle(home, 'bank-a');
    expect(expected.length).toBeGreaterThan(0);
    expect(table).toContain(`fraud-flags: ${expected.length} of 1,000 own accounts are flagged`);
    const shown = [...table.matchAll(/^(?:iban|card):(\S+) {2}/gm)].map(([, account]) => account);
    expect(shown).toEqual(expected);
    expect(table).toContain('never the sole ground for closing or refusing an account');

    const answered = rowsOf(join(home, 'bank-b', 'answer.csv'));
    expect(answered).toHaveLength(1000);
    expect(answered.filter(([, flagged]) => flagged === '1').map(([account]) => raw(account))).toEqual(
      oracle(home, 'bank-b'),
    );
    expect(statSync(join(home, 'bank-b', 'answer.csv')).mode & 0o777).toBe(0o600);

    const json = JSON.parse(readFileSync(join(home, 'bank-c', 'answer.json'), 'utf8')) as {
      rows: { account: string; flagged: boolean; advisory: boolean; expires: string; disputeId: string }[];
      disputeId: string;
      expires: string;
    };
    expect(json.rows.filter(({ flagged }) => flagged).map(({ account }) => raw(account))).toEqual(
      oracle(home, 'bank-c'),
    );
    expect(json.rows.every(({ advisory, disputeId }) => advisory && disputeId === json.disputeId)).toBe(true);
  });

  it('tells one bank what one other lists, when both acknowledged it, and tells both what that discloses', () => {
    const [{ out, err }] = walkTo(/ ask overlap /).values();
    const own = rowsOf(join(home, 'bank-a', 'accounts.csv')).map(([account]) => account);
    const theirs = new Map(rowsOf(join(home, 'bank-b', 'evidence.csv')).map(([account, score]) => [account, score]));
    const expected = own.filter((account) => theirs.has(account));
    expect(expected.length).toBeGreaterThan(0);
    expect(out).toContain(`watch-list: bank-b lists ${expected.length} of 1,000 own accounts too`);
    const shown = [...out.matchAll(/^(?:iban|card):(\S+) +(\d+) {2}/gm)].map(([, account, score]) => [account, score]);
    expect(shown).toEqual(expected.map((account) => [account, theirs.get(account)]));
    for (const name of ['receiver-learns-row-level-overlap', 'receiver-learns-payload-columns']) {
      expect(err).toContain(name);
      const joined = readFileSync(join(home, 'bank-b', 'log.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes(name));
      expect(joined.filter((line) => line.includes('"event":"run-joined"'))).toHaveLength(1);
    }
  });

  it('writes no account into any log', () => {
    const accounts = BANKS.flatMap((bank) => rowsOf(join(home, bank, 'accounts.csv')).map(([account]) => account));
    const logs = BANKS.map((bank) => readFileSync(join(home, bank, 'log.jsonl'), 'utf8')).join('');
    expect(logs).toContain('"event":"run-ended"');
    expect(accounts.filter((account) => logs.includes(account))).toEqual([]);
    expect(accounts.filter((account) => `${logs}${accounts[3]}`.includes(account))).toHaveLength(1);
  });

  it('lets the service of examples/embed take the place of a node', () => {
    expect(shell.run('npx blindflag stop bank-a').code).toBe(0);
    const service = packed.consumer('embed', 'embed-service');
    compile(service);
    const accounts = rowsOf(join(home, 'bank-a', 'accounts.csv')).map(([account]) => account);
    writeFileSync(join(home, 'list.txt'), accounts.join('\n'));
    const { code, out, err } = shell.run(`node ${service}/build/service.js bank-a list.txt`);
    expect(code, err).toBe(0);
    const flagged = out.trim().split('\n');
    expect(flagged.map((line) => raw(line.split(' ')[0]))).toEqual(oracle(home, 'bank-a'));
  });

  it('says which bank is missing, whose side it is and what to do when one is down', () => {
    const { code, out, err } = shell.run('npx blindflag ask flag bank-b --wait 1');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/\[party bank-a\].*— .*its operator/);
    expect(shell.run('npx blindflag status bank-a').code).toBe(3);
  });

  it('stops every node in order', async () => {
    for (const line of lines.slice(next)) {
      expect(shell.run(line).code, line).toBe(line.endsWith('bank-a') ? 3 : 0);
    }
    expect(await shell.ended()).toEqual([0, 0, 0, 0]);
  });
});
