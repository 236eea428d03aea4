import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNodeFolders, type NodeFolders } from '../../../test/support/node-folders.ts';
import { holdFolder } from '../../node/admin/held-folder.ts';
import { runCli } from '../main.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const NOW = Date.UTC(2027, 0, 15, 12);
const DRAFT = ['--basis', 'agreement of 2027-01-02', '--expires', '2027-12-31'];

let folders: NodeFolders;
beforeAll(async () => {
  folders = await makeNodeFolders({
    banks: BANKS,
    accounts: 40,
    rules: [{ name: 'flags', quorum: 2, score: { threshold: 150, max: 255 }, agreement: 'signed' }],
  });
});
afterAll(() => folders.remove());

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function say(args: readonly string[], typed?: string): Promise<Said> {
  const surroundings = recordedSurroundings({
    env: { BLINDFLAG_PASSPHRASE: folders.passphrase, LANG: 'en' },
    wallClock: { now: () => NOW },
    ...(typed === undefined ? {} : { secrets: [typed] }),
  });
  const code = await runCli(args, surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

const dir = (bank: string): string => folders.folder(bank);
const fileOf = (bank: string): string => join(dir(bank), 'contracts', 'flags.contract.json');

describe('blindflag contract', () => {
  it('is drafted once, with what only people can say', async () => {
    expect((await say(['contract', 'draft', 'flags', dir('bank-a')])).err).toContain('--basis');
    const past = ['--basis', 'x', '--expires', '2026-12-31'];
    expect(await say(['contract', 'draft', 'flags', dir('bank-a'), ...past])).toMatchObject({ code: 2 });
    const drafted = await say(['contract', 'draft', 'flags', dir('bank-a'), ...DRAFT, '--runs', '50']);
    expect(drafted).toMatchObject({ code: 0, out: expect.stringContaining('flags.contract.json') });
    expect(statSync(fileOf('bank-a')).mode & 0o777).toBe(0o600);
    const again = await say(['contract', 'draft', 'flags', dir('bank-a'), ...DRAFT]);
    expect(again.err).toContain('there is one of this question already');
    expect((await say(['contract', 'draft', 'other', dir('bank-a'), ...DRAFT])).err).toContain('no signed question');
  });

  it('is shown in English and Chinese, with who has not signed', async () => {
    const { out } = await say(['contract', 'show', 'flags', dir('bank-a')]);
    expect(out).toContain('whether 2 or more of those who answer list it');
    expect(out).toContain('bank-b answers from evidence, reading account, score');
    expect(out).toContain('any two committee members together learn');
    expect(out.match(/HAS NOT SIGNED/g)).toHaveLength(4);
    expect(out).toContain('is configured as the contract says');
    const chinese = await say(['contract', 'show', 'flags', dir('bank-a'), '--lang', 'zh']);
    expect(chinese.out).toContain('任意两名委员合谋');
    expect(chinese.out.match(/尚未签署/g)).toHaveLength(4);
  });

  it('is signed only by who types the name of its question, or says --yes', async () => {
    const refused = await say(['contract', 'sign', 'flags', dir('bank-a')], 'no');
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('was not signed') });
    expect(refused.out).toContain('who learns what');
    expect((await say(['contract', 'show', 'flags', dir('bank-a')])).out).not.toContain('has signed');
    const signed = await say(['contract', 'sign', 'flags', dir('bank-a')], 'flags');
    expect(signed).toMatchObject({ code: 0, out: expect.stringContaining('Still to sign: bank-b, bank-c, bank-d') });
    // No list of operators: that one person holds all roles is said where it matters.
    expect(signed.err).toContain('no list of operators');
  });

  it('goes from bank to bank and collects signatures, in any order', async () => {
    for (const bank of ['bank-b', 'bank-c']) {
      const signed = await say(['contract', 'sign', 'flags', dir(bank), fileOf('bank-a'), '--yes']);
      expect(signed.code, signed.err).toBe(0);
    }
    const last = await say(['contract', 'sign', 'flags', dir('bank-d'), fileOf('bank-b'), fileOf('bank-c'), '--yes']);
    expect(last.out).toContain('all parties have signed');
    expect((await say(['contract', 'add', dir('bank-a'), fileOf('bank-d')])).out).toContain('all parties have signed');
    expect((await say(['contract', 'list', dir('bank-a')])).out).toContain('flags: ready; expires 2027-12-31');
    const listedAlone = await say(['contract', 'list', dir('bank-b')]);
    expect(listedAlone.out).toContain('still to sign: bank-c, bank-d');
    expect(listedAlone.err).toContain('No node runs here');
    const shown = JSON.parse((await say(['contract', 'show', 'flags', dir('bank-b'), '--json'])).out) as object;
    const pending = { missing: ['bank-c', 'bank-d'] };
    expect(shown).toMatchObject({ contract: { question: 'flags' }, signed: ['bank-a', 'bank-b'], ...pending });
    const listed = JSON.parse((await say(['contract', 'list', dir('bank-b'), '--json'])).out) as object;
    expect(listed).toMatchObject({ contracts: [{ question: 'flags', ...pending }] });
    expect(readFileSync(fileOf('bank-a'), 'utf8')).toBe(readFileSync(fileOf('bank-d'), 'utf8'));
  });

  it('takes no signature that is not good, and no other contract into one that is there', async () => {
    const text = readFileSync(fileOf('bank-d'), 'utf8');
    const forged = join(dir('bank-b'), 'forged.json');
    const foreign = /"party":"bank-a","signature":"(\w+)"/.exec(text)?.[1] ?? '';
    writeFileSync(forged, text.replace(/("party":"bank-d","signature":)"\w+"/, `$1"${foreign}"`));
    const taken = await say(['contract', 'add', dir('bank-b'), forged]);
    expect(taken.out).toContain('still to sign: bank-d');
    expect(taken.err).toContain('not taken: the signature of bank-d is not on this text');
    expect((await say(['contract', 'add', dir('bank-b'), fileOf('bank-c')])).err).not.toContain('not taken');
    writeFileSync(forged, text.replace('"quorum":2', '"quorum":3'));
    expect((await say(['contract', 'add', dir('bank-b'), forged])).err).toContain('of different contracts');
    writeFileSync(forged, JSON.stringify(JSON.parse(text), undefined, 1));
    expect((await say(['contract', 'show', forged, dir('bank-b')])).err).toContain('canonical form');
    expect((await say(['contract', 'show', fileOf('bank-d'), dir('bank-b')])).out.match(/has signed/g)).toHaveLength(4);
  });

  it('is not signed by a node that is configured otherwise, and says in which line', async () => {
    const file = join(dir('bank-c'), 'node.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('"threshold": 150', '"threshold": 151'));
    try {
      const refused = await say(['contract', 'sign', 'flags', dir('bank-c'), '--yes']);
      expect(refused.err).toContain("'output.score.threshold'");
      expect(refused.out).toContain("says something else than the contract in 'output.score.threshold'");
      expect((await say(['contract', 'list', dir('bank-c')])).out).toContain("'output.score.threshold'");
      // A file about a question that this institution does not have can be looked at all the same.
      writeFileSync(file, before.replaceAll('"flags"', '"others"'));
      const foreign = await say(['contract', 'show', fileOf('bank-d'), dir('bank-c')]);
      expect(foreign.out).toContain("says something else than the contract in 'question'");
      expect((await say(['contract', 'add', dir('bank-c'), fileOf('bank-d')])).err).toContain('no signed question');
    } finally {
      writeFileSync(file, before);
    }
  });

  it('is not signed once it has expired', async () => {
    const late = recordedSurroundings({
      env: { BLINDFLAG_PASSPHRASE: folders.passphrase, LANG: 'en' },
      wallClock: { now: () => Date.UTC(2028, 0, 1) },
    });
    expect(await runCli(['contract', 'sign', 'flags', dir('bank-b'), '--yes'], late)).toBe(2);
    expect(late.err()).toContain('has expired, and was not signed');
  });

  it('is listed with what is wrong with it, and hides none of the others', async () => {
    const file = join(dir('bank-c'), 'node.json');
    const before = readFileSync(file, 'utf8');
    const config = JSON.parse(before) as { questions: { name: string; contributors: string[] }[] };
    const [flags] = config.questions;
    // A positive answer then names all who answer: nobody here has acknowledged that.
    const three = { ...flags, name: 'three', quorum: 3 };
    writeFileSync(file, JSON.stringify({ ...config, questions: [three, flags, { ...flags, name: 'broken' }] }));
    const contracts = join(dir('bank-c'), 'contracts');
    writeFileSync(
      join(contracts, 'three.contract.json'),
      readFileSync(fileOf('bank-d'), 'utf8').replaceAll('"question":"flags"', '"question":"three"'),
    );
    writeFileSync(join(contracts, 'broken.contract.json'), '{');
    try {
      const { code, out } = await say(['contract', 'list', dir('bank-c')]);
      expect(code).toBe(0);
      expect(out).toMatch(/^three: Cannot .*acknowledge/m);
      expect(out).toMatch(/^flags: still to sign: /m);
      expect(out).toMatch(/^broken: .*contract/m);
      const listed = JSON.parse((await say(['contract', 'list', dir('bank-c'), '--json'])).out) as object;
      const problem = { message: expect.stringContaining('Cannot'), code: expect.any(String) };
      expect(listed).toMatchObject({
        contracts: [{ question: 'three', problem }, { question: 'flags', signed: expect.any(Array) }, { problem }],
      });
    } finally {
      writeFileSync(file, before);
      for (const name of ['three', 'broken']) rmSync(join(contracts, `${name}.contract.json`));
    }
  });

  it.each([
    ['contract', 'flags', 'the contract was not revoked: the name of the question was not typed', '合同没有撤销'],
    ['grant', 'for-others', 'the grant was not revoked: its id was not typed', '授权没有撤销'],
  ])('is revoked, as a %s is, only by who types what it is, or says --yes', async (what, word, notTyped, inChinese) => {
    const folder = dir('bank-d');
    const file = join(folder, 'node.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('"question": "flags"', '"id": "for-others", "question": "flags"'));
    try {
      const asked = [what, 'revoke', word, folder];
      for (const typed of ['no', undefined]) {
        const refused = await say(asked, typed);
        expect(refused).toMatchObject({ code: 2, out: '' });
        expect(refused.err).toContain(`${notTyped} — type it when asked, or use --yes`);
        expect(refused.err.includes(`(${word}): `)).toBe(typed !== undefined);
      }
      expect((await say([...asked, '--lang', 'zh'], 'no')).err).toContain(inChinese);
      expect(existsSync(join(folder, 'store', 'ledger.jsonl'))).toBe(false);
    } finally {
      writeFileSync(file, before);
    }
  });

  it('is revoked by who types the id, where it is a grant', async () => {
    const folder = dir('bank-c');
    const file = join(folder, 'node.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('"question": "flags"', '"id": "for-others", "question": "flags"'));
    try {
      const revoked = await say(['grant', 'revoke', 'for-others', folder], 'for-others');
      expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('Revoked: grant for-others') });
      expect(readFileSync(join(folder, 'store', 'ledger.jsonl'), 'utf8')).toContain('"kind":"grant-revoked"');
    } finally {
      writeFileSync(file, before);
    }
  });

  it('is revoked where no node runs, for ever: it is not ready any more, and is not signed again', async () => {
    const ledger = join(dir('bank-a'), 'store', 'ledger.jsonl');
    expect((await say(['contract', 'revoke', 'others', dir('bank-a'), '--yes'])).err).toContain(
      'there is no contract of this question',
    );
    const grant = await say(['grant', 'revoke', 'some', dir('bank-a'), '--yes']);
    expect(grant.err).toContain('no entry under allow has this id');
    expect((await say(['contract', 'list', dir('bank-a')])).out).toContain('flags: ready');
    const revoked = await say(['contract', 'revoke', 'flags', dir('bank-a')], 'flags');
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('Revoked: the contract of flags') });
    expect(revoked.err).toContain('No node runs here');
    expect(readFileSync(ledger, 'utf8')).toContain('"kind":"contract-revoked"');
    expect((await say(['ledger', 'verify', dir('bank-a')])).out).toContain('good: 1 entries');
    // Without its last line the ledger is good as well: only who kept the head sees that the line is gone.
    const [, head = ''] = /--head (\S+)/.exec(revoked.out) ?? [];
    const written = readFileSync(ledger, 'utf8');
    const verify = ['ledger', 'verify', dir('bank-a'), '--head', head];
    expect(revoked.out).toContain(`blindflag ${verify.join(' ')}`);
    expect((await say(verify)).code).toBe(0);
    writeFileSync(ledger, '');
    expect((await say(['ledger', 'verify', dir('bank-a')])).code).toBe(0);
    expect(await say(verify)).toMatchObject({ code: 1, out: expect.stringContaining('BAD: entry 0') });
    writeFileSync(ledger, written);
    expect((await say(['contract', 'list', dir('bank-a')])).out).toContain('flags: revoked here');
    expect((await say(['contract', 'show', 'flags', dir('bank-a')])).out).toContain('has revoked it');
    const again = await say(['contract', 'sign', 'flags', dir('bank-a'), '--yes']);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('it was revoked here') });
    // Elsewhere it stands.
    expect((await say(['contract', 'list', dir('bank-d')])).out).toContain('flags: ready');
    expect((await say(['contract', 'show', 'flags', dir('bank-d')])).out).not.toContain('has revoked it');
  });

  it('is not revoked past a process that holds the folder, or with a wrong passphrase', async () => {
    const held = await holdFolder(dir('bank-b'));
    held.serve((connection) => connection.destroy());
    try {
      expect((await say(['contract', 'revoke', 'flags', dir('bank-b'), '--yes'])).code).not.toBe(0);
    } finally {
      await held.close();
    }
    const wrong = recordedSurroundings({ env: { BLINDFLAG_PASSPHRASE: 'another passphrase', LANG: 'en' } });
    expect(await runCli(['contract', 'revoke', 'flags', dir('bank-b'), '--yes'], wrong)).toBe(2);
    expect(existsSync(join(dir('bank-b'), 'store', 'ledger.jsonl'))).toBe(false);
  });
});
