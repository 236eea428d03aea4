/** A PostgreSQL server of this machine for one test file: own folder, random port on loopback, gone at the end. */
import { spawn, type ChildProcess, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';
const START_MS = 60_000;

export const PASSWORD = 'password-of-a-test';
export const SUPERUSER = 'owner';

/** The folder of the server's programs; undefined, and a warning on standard error, where there is none. */
export function findPostgres(debian: string = DEBIAN): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folder = versions.map((version) => join(debian, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  const problem = folder === undefined ? `no ${debian}/*/bin/initdb` : userProblem();
  if (problem === undefined) return folder;
  process.stderr.write(`\nWARNING: tests with PostgreSQL are SKIPPED: ${problem}; apt-get install postgresql\n`);
  return undefined;
}

export interface PostgresServer {
  readonly port: number;
  /** Folder of the local socket. */
  readonly socketFolder: string;
  /** The authority of the server's certificate, in PEM; undefined where this machine has no openssl. */
  readonly caFile: string | undefined;
  /** Runs statements as the owner of the database `postgres`. */
  sql(text: string): void;
  stop(): Promise<void>;
}

export async function startPostgres(bin: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'blindflag-postgres-'));
  chmodSync(folder, 0o755);
  const user = serverUser();
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  const caFile = certificate(folder);
  if (user !== undefined) for (const path of [folder, ...filesOf(folder)]) chownSync(path, user.uid, user.gid);
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' };
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--no-sync'],
    { ...as, env, encoding: 'utf8', cwd: folder },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const tls =
    caFile === undefined
      ? []
      : ['-c', 'ssl=on', '-c', `ssl_cert_file=${caFile}`, '-c', `ssl_key_file=${join(folder, 'key.pem')}`];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', ...tls],
    { ...as, env, stdio: ['ignore', 'ignore', 'pipe'], cwd: folder },
  );
  const stop = async (): Promise<void> => {
    await ended(server);
    rmSync(folder, { recursive: true, force: true });
  };
  const sql = (text: string): void => {
    const options = { env: { ...env, PGPASSWORD: PASSWORD }, input: text, encoding: 'utf8' } as const;
    const args = [
      '-X',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      SUPERUSER,
      'postgres',
    ];
    const done = spawnSync(join(bin, 'psql'), args, options);
    if (done.status !== 0) throw new Error(`psql failed: ${done.stderr}`);
  };
  try {
    await listening(server);
    return { port, socketFolder: folder, caFile, sql, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** initdb refuses the superuser: then it runs as the user that Debian's package has made. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('postgres:'));
  const [, , uid, gid] = entry?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function userProblem(): string | undefined {
  return process.getuid?.() === 0 && serverUser() === undefined ? 'there is no user postgres' : undefined;
}

/** A certificate for localhost that is its own authority. */
function certificate(folder: string): string | undefined {
  const caFile = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    caFile,
  ];
  const made = spawnSync('openssl', args);
  if (made.status !== 0) return undefined;
  chmodSync(key, 0o600);
  return caFile;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The server says when it listens: nothing has to be tried. */
function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(() => reject(new Error(`postgres does not start: ${log}`)), START_MS);
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (!log.includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
    server.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`postgres ended: ${log}`));
    });
  });
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) resolve();
    else {
      server.once('exit', () => resolve());
      // Immediate shutdown: open connections are cut.
      server.kill('SIGQUIT');
    }
  });
}
