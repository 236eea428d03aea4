/**
 * A table or query of a PostgreSQL database: one snapshot in a read-only transaction, fetched through a cursor, so that
 * neither side holds the result. The package is loaded when the first such table is read.
 */
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { checkServerIdentity } from 'node:tls';
import type { Client, QueryArrayResult } from 'pg';
import { UsageError } from '../errors.ts';
import { passwordFromFile } from './password-file.ts';
import {
  countedRows,
  fromClause,
  quotedName,
  requireColumns,
  selectionName,
  SqlBatches,
  type SqlSelection,
} from './sql-table.ts';
import { MAX_TABLE_BATCH_ROWS, type ReadTableOptions, type Table, type TextBatch, unreadable } from './table.ts';

export interface PostgresConnection {
  /** A name or address, or the folder of a local socket. */
  readonly host: string;
  /** undefined means 5432. */
  readonly port?: number | undefined;
  readonly database: string;
  readonly user: string;
  readonly password?: string | undefined;
  /** Where the password is looked for when it is not given; undefined means nowhere. */
  readonly passwordFile?: string | undefined;
  /**
   * `verify`: the server must show a certificate for `host` from a known authority. undefined means `verify`, and `off`
   * for a server on this machine.
   */
  readonly tls?: 'verify' | 'off' | undefined;
  /** The authority's certificates in PEM; undefined means those that Node knows. */
  readonly caFile?: string | undefined;
}

export type PostgresTableOptions = { readonly connection: PostgresConnection } & SqlSelection;

const DEFAULT_PORT = 5432;
const CONNECT_MS = 15_000;

/** A table or query of a PostgreSQL server; connects when it is read. */
export function postgresTable(options: PostgresTableOptions): Table {
  const { host, port = DEFAULT_PORT, database } = options.connection;
  const name = `${database} on ${host}:${port}, ${selectionName(options)}`;
  const { connection } = options;
  return {
    name,
    read: (reading) => batches(name, options, reading),
    expectedRows: (signal) => countedRows(options, (query) => postgresTable({ ...query, connection }), signal),
  };
}

async function* batches(
  name: string,
  options: PostgresTableOptions,
  { columns, signal }: ReadTableOptions,
): AsyncGenerator<TextBatch> {
  signal?.throwIfAborted();
  const socket = new Socket();
  // The one way to end a query that the server is still busy with.
  const stop = (): void => void socket.destroy();
  let client: Client | undefined;
  signal?.addEventListener('abort', stop, { once: true });
  try {
    client = await connected(options.connection, socket);
    yield* rows(new Queries(client), { name, from: fromClause(options), columns, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof UsageError ? error : translate(name, error);
  } finally {
    signal?.removeEventListener('abort', stop);
    // A reader that leaves in the middle must not wait for the server.
    if (signal?.aborted) socket.destroy();
    else await client?.end().catch(() => undefined);
    socket.destroy();
  }
}

async function connected(connection: PostgresConnection, socket: Socket): Promise<Client> {
  const { default: pg } = await import('pg');
  const { host, port = DEFAULT_PORT, database, user, passwordFile } = connection;
  const found = async (file: string): Promise<string | undefined> =>
    await passwordFromFile(file, { host, port, database, user });
  const password = connection.password ?? (passwordFile === undefined ? undefined : await found(passwordFile));
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    // Without one the package would look in places of its own.
    password: () => password ?? '',
    ssl: await tlsOptions(connection),
    stream: () => socket,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'blindflag',
    // Also after a query that would end the transaction.
    options: '-c default_transaction_read_only=on',
  });
  // A connection that breaks between two queries is noticed by the next one.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function tlsOptions({ host, tls, caFile }: PostgresConnection): Promise<false | object> {
  if ((tls ?? (isLocal(host) ? 'off' : 'verify')) === 'off') return false;
  let ca: string | undefined;
  try {
    ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
  } catch (error) {
    throw unreadable(caFile ?? '', 'the certificates cannot be read', 'name a file in PEM format', error);
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    // The package would hold the certificate of a server given by its address against another name.
    checkServerIdentity: (_name: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(host, certificate),
  };
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

async function* rows(
  queries: Queries,
  { name, from, columns, signal }: ReadTableOptions & { readonly name: string; readonly from: string },
): AsyncGenerator<TextBatch> {
  await queries.run('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await queries.run("SET LOCAL TimeZone = 'UTC'");
  await queries.run("SET LOCAL DateStyle = 'ISO'");
  const { fields } = await queries.run(`SELECT * FROM ${from} LIMIT 0`);
  requireColumns(
    name,
    fields.map((field) => field.name),
    columns,
  );
  const texts = columns.map((column) => `CAST(${quotedName(column)} AS text)`);
  await queries.run(`DECLARE "blindflag" NO SCROLL CURSOR FOR SELECT ${texts.join(', ')} FROM ${from}`);
  const under = new SqlBatches(columns.length);
  for (;;) {
    const fetched = await queries.run(`FETCH ${MAX_TABLE_BATCH_ROWS} FROM "blindflag"`);
    for (const row of fetched.rows) under.add(row);
    yield under.take();
    if (fetched.rows.length < MAX_TABLE_BATCH_ROWS) return;
    await setImmediate();
    signal?.throwIfAborted();
  }
}

class Queries {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** One statement: the extended protocol takes no second one behind a semicolon. */
  async run(text: string): Promise<QueryArrayResult<unknown[]>> {
    const query = { text, rowMode: 'array', queryMode: 'extended' } as const;
    return await this.#client.query<unknown[]>(query);
  }
}

const PROBLEMS: Readonly<Record<string, readonly [state: string, remedy: string]>> = {
  ECONNREFUSED: ['no server answers there', 'check host and port, and whether the server runs'],
  ENOENT: ['no server has a socket there', 'check host and port, and whether the server runs'],
  ENOTFOUND: ['its host is not known', 'check the name of the host'],
  ETIMEDOUT: ['no server answers there', 'check host, port and firewall'],
  '28P01': ['the server refused the password', 'set the password in the environment or the password file'],
  '28000': ['the server refused the user', "check the user, and the server's pg_hba.conf"],
  '3D000': ['there is no such database', 'check the name of the database'],
  '42P01': ['there is no such table', 'check the name and schema of the table; its case counts'],
  '3F000': ['there is no such schema', 'check the name and schema of the table; its case counts'],
  '42703': ['the query names a column that is not there', 'try the query with psql'],
  '42501': ['the user may not read it', 'grant SELECT on it to the user'],
  '42601': ['the query is not one SQL query', 'try the query with psql'],
  '25006': ['the query would change data', 'give a query that only reads'],
  ERR_TLS_CERT_ALTNAME_INVALID: ["the server's certificate is for another host", 'use the name in the certificate'],
};

const CERTIFICATE_CODES =
  /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|CERT_|ERR_TLS|ERR_SSL|ERR_OSSL|HOSTNAME_MISMATCH)/;

/** The server's own texts quote values: only the kind of error is told, and no cause is passed on. */
function translate(name: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = error instanceof Error ? error.message : '';
  const known = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined;
  if (known !== undefined) return unreadable(name, known[0], known[1]);
  if (CERTIFICATE_CODES.test(code)) {
    return unreadable(name, `the server's certificate is not accepted (${code})`, 'name the file of its authority');
  }
  if (text.includes('does not support SSL')) {
    return unreadable(
      name,
      'the server speaks no TLS',
      "set up TLS on the server, or set tls to 'off' on a safe network",
    );
  }
  if (/password must be|no password/i.test(text)) {
    return unreadable(name, 'the server asks for a password', 'set it in the environment or the password file');
  }
  if (/terminated|timeout|ECONNRESET|EPIPE/.test(`${text} ${code}`)) {
    return unreadable(name, 'the connection broke', "look at the server's log, then start again");
  }
  // A class of SQLSTATE says what kind of error it is, and holds no value.
  const hasClass = /^[0-9A-Z]{5}$/.test(code);
  const state = hasClass ? `the server refused the query (SQLSTATE ${code})` : 'the server refused the query';
  return unreadable(name, state, "try the query with psql, or look at the server's log");
}
