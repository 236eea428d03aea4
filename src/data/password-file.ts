/**
 * PostgreSQL's password file (its documentation, "The Password File"): lines of host:port:database:user:password, where a
 * star stands for anything, and a backslash before a colon or backslash.
 */
import { readFile, stat } from 'node:fs/promises';
import { unreadable } from './table.ts';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The password of the first line that fits; undefined where none does, or there is no file.
 * @throws DataError where others may read the file
 */
export async function passwordFromFile(file: string, login: Login): Promise<string | undefined> {
  let text: string;
  try {
    if (((await stat(file)).mode & 0o077) !== 0) {
      throw unreadable(file, 'others may read this password file', `keep it to yourself: chmod 600 ${file}`);
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // A local socket is written as localhost.
  const host = login.host.startsWith('/') ? 'localhost' : login.host;
  const wanted = [host, String(login.port), login.database, login.user];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.startsWith('#') ? [] : fieldsOf(line);
    if (fields.length >= 5 && wanted.every((value, k) => fields[k] === '*' || fields[k] === value)) return fields[4];
  }
  return undefined;
}

function fieldsOf(line: string): readonly string[] {
  return Array.from(line.matchAll(/((?:[^:\\]|\\.)*)(?::|$)/g), ([, field]) => field.replace(/\\(.)/g, '$1'));
}
