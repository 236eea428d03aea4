import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packPackage, type Packed } from './consumer.ts';
import { BANKS, moveToFreePorts, oracle, rowsOf } from './four-banks-files.ts';
import { commandsOf, type Outcome, ShellSession } from './walk-through.ts';

let packed: Packed;
let home: string;
let shell: ShellSession;
let lines: readonly string[];
/** Runs the README's commands up to, and with, the last that matches; what a line's end says is refused has to fail. */
let next = 0;
const walkTo = (last: RegExp): readonly (Outcome & { readonly line: string })[] => {
  const end = lines.findLastIndex((line) => last.test(line)) + 1;
  expect(end).toBeGreaterThan(next);
  const outcomes = lines.slice(next, end).map((line) => ({ line, ...shell.run(line) }));
  for (const { line, code, out, err } of outcomes) {
    expect(code, `${line}\n${out}${err}`).toBe(line.endsWith('# refused') ? 1 : 0);
  }
  next = end;
  return outcomes;
};

beforeAll(async () => {
  packed = packPackage();
  home = packed.consumer('compliance');
  await moveToFreePorts(home);
  const [install, ...rest] = commandsOf(join(home, 'README.md'));
  expect(install).toBe('npm install blindflag');
  lines = rest;
  shell = new ShellSession(home);
}, 60_000);
afterAll(() => {
  shell.kill();
  packed.remove();
});

/** Evidence as the rule counts it: bank-d's score of an account is the number of different persons who reported it. */
const evidenceOf = (bank: string): ReadonlyMap<string, number> => {
  if (bank !== 'bank-d') {
    return new Map(rowsOf(join(home, bank, 'evidence.csv')).map(([account, score]) => [account, Number(score)]));
  }
  const scores = new Map<string, number>();
  for (const [account] of rowsOf(join(home, bank, 'reports.csv'))) {
    scores.set(account, Math.min(255, (scores.get(account) ?? 0) + 1));
  }
  return scores;
};

describe('examples/compliance', () => {
  it('drafts a contract and shows it in both languages before anyone has signed', () => {
    const shown = walkTo(/contract show .* zh/).filter(({ line }) => line.includes('contract show'));
    const [english, chinese] = shown.map(({ out }) => out);
    expect(english).toContain('whether 2 or more of those who answer list it');
    expect(english.replace(/\s+/g, ' ')).toContain('any two committee members together learn');
    expect(english.match(/HAS NOT SIGNED/g)).toHaveLength(4);
    expect(english).toContain('is configured as the contract says');
    expect(chinese.match(/尚未签署/g)).toHaveLength(4);
  });

  it('collects the signatures of all banks', () => {
    const listed = walkTo(/contract list bank-a/).filter(({ line }) => line.includes('contract list'));
    expect(listed[0].out).toContain('still to sign: bank-b, bank-c, bank-d');
    expect(listed[1].out).toContain('fraud-flags: ready');
    const files = BANKS.map((bank) => readFileSync(join(home, bank, 'contracts', 'fraud-flags.contract.json'), 'utf8'));
    expect(new Set(files).size).toBe(1);
  });

  it('answers as the rule on plaintext, with a register as one of the lists', () => {
    const answer = walkTo(/ask flag bank-a$/).at(-1)?.out ?? '';
    const expected = oracle(home, 'bank-a', evidenceOf);
    expect(expected.length).toBeGreaterThan(0);
    const shown = [...answer.matchAll(/^(?:iban|card):(\S+) {2}/gm)].map(([, account]) => account);
    expect(shown).toEqual(expected);
  });

  it('refuses what is over the budget of the period, and names the line of the contract', () => {
    const [{ err }] = walkTo(/ask flag bank-a +# refused/);
    expect(err).toMatch(/policy\/contract\/inputs/);
    expect(err).toContain('[party bank-a]');
  });

  it('verifies the ledgers, and shows what was asked', () => {
    const outcomes = walkTo(/ledger show bank-b$/);
    for (const { out } of outcomes.slice(0, 2)) expect(out).toContain('good');
    expect(outcomes[2].out).toContain("bank-a asked 'fraud-flags'");
  });

  it('executes the run again at one bank, and finds what the others countersigned', () => {
    const audited = walkTo(/blindflag audit/).at(-1)?.out ?? '';
    expect(audited).toMatch(/^Run [0-9a-f]{32}: fraud-flags .* asked by bank-a /);
    expect(audited).toMatch(/^EQUAL: all [\d,]+ messages/m);
    expect(audited).toMatch(/the same transcript: (?=.*bank-a)(?=.*bank-c)(?=.*bank-d)/);
  });

  it('withdraws a flag', () => {
    const before = walkTo(/flags list bank-d --json/);
    expect(before).toHaveLength(1);
    const flags = JSON.parse(readFileSync(join(home, 'bank-d', 'flags.json'), 'utf8')) as { stands: boolean }[];
    const [withdrawn, listed] = walkTo(/flags list bank-d$/);
    expect(withdrawn.out).toMatch(/withdrawn/);
    const standing = flags.filter(({ stands }) => stands).length;
    expect(listed.out).toContain(String(standing - 1));
  });

  it('answers no more at a bank that revoked the contract', () => {
    const outcomes = walkTo(/ledger verify bank-c/);
    expect(outcomes[0].out).toContain('Revoked: the contract of fraud-flags');
    expect(outcomes[1].out).toContain('revoked here');
    expect(outcomes[2].err).toMatch(/policy\/contract\/revoked\] \[party bank-c\]/);
    expect(outcomes[3].out).toContain('good');
  });

  it('stops every node in order, and has written no account into a log or ledger', async () => {
    for (const line of lines.slice(next)) expect(shell.run(line).code, line).toBe(0);
    expect(await shell.ended()).toEqual([0, 0, 0, 0]);
    const accounts = BANKS.flatMap((bank) => rowsOf(join(home, bank, 'accounts.csv')).map(([account]) => account));
    const texts = BANKS.flatMap((bank) => ['log.jsonl', 'store/ledger.jsonl'].map((file) => join(home, bank, file)));
    const written = texts.map((file) => readFileSync(file, 'utf8')).join('');
    expect(written).toContain('run-opening');
    expect(accounts.filter((account) => written.includes(account))).toEqual([]);
    expect(accounts.filter((account) => `${written}${accounts[3]}`.includes(account))).toHaveLength(1);
  });
});
