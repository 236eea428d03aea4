import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { failure } from '../../test/support/consortium-of-nodes.ts';
import { type Login, passwordFromFile } from './password-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'blindflag-password-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'pgpass');

const LOGIN: Login = { host: 'db.example', port: 5432, database: 'risk', user: 'reader' };
const passwordIn = async (text: string, login: Partial<Login> = {}): Promise<string | undefined> => {
  writeFileSync(file, text, { mode: 0o600 });
  return await passwordFromFile(file, { ...LOGIN, ...login });
};

describe('passwordFromFile', () => {
  it.each([
    ['its own line', 'db.example:5432:risk:reader:one\n', {}, 'one'],
    ['the first that fits', 'other:*:*:*:one\n*:*:*:reader:two\n*:*:*:*:three', {}, 'two'],
    ['a line with Windows line ends', 'db.example:5432:risk:reader:one\r\n', {}, 'one'],
    ['a password with escapes', String.raw`*:*:*:*:a\:b\\c`, {}, String.raw`a:b\c`],
    ['an address with colons', String.raw`\:\:1:*:*:*:one`, { host: '::1' }, 'one'],
    ['a local socket as localhost', 'localhost:*:*:*:one', { host: '/var/run/postgresql' }, 'one'],
    ['nothing in a comment', '#*:*:*:*:one', {}, undefined],
    ['nothing where no line fits', 'db.example:5433:*:*:one\n\nshort:line\n', {}, undefined],
  ])('takes %s', async (_, text, login, password) => {
    expect(await passwordIn(text, login)).toBe(password);
  });

  it('finds none where there is no file', async () => {
    expect(await passwordFromFile(join(folder, 'none'), LOGIN)).toBeUndefined();
  });

  it('refuses a file that others may read', async () => {
    await passwordIn('');
    chmodSync(file, 0o640);
    expect(await failure(passwordFromFile(file, LOGIN))).toMatchObject({ code: 'unreadable-source' });
  });
});
