/**
 * Local administration of a running node over a Unix socket. Who may connect is whoever may open the socket: it has mode
 * 0600 in a folder of mode 0700, so this user (and root). It shows the operator its own answers, and nothing of a peer's.
 */
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import {
  type AdminRequest,
  type AdminResponse,
  type AdminResults,
  MAX_REQUEST_BYTES,
  parseRequest,
  plainEvent,
  ROWS_PER_LINE,
  summaryOf,
} from './admin-protocol.ts';
import type { Answer, AnswerRow, OverlapAnswer, OverlapRow } from './answer.ts';
import type { AskOptions } from './asking.ts';
import { LineReader } from './line-reader.ts';
import { errorFields, type Log, silentLog } from './log.ts';
import type { RunningNode } from './node.ts';
import { errorToPost } from './posted-error.ts';

export interface AdminOptions {
  /** The node's own folder; the socket is `admin/node.sock` in it. */
  readonly folder: string;
  readonly node: RunningNode;
  readonly log?: Log;
  readonly clock?: Clock;
}

export interface Admin {
  readonly socket: string;
  /** Resolves when a client asked the node to stop and it has stopped. */
  readonly stopped: Promise<void>;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 16;
/** A client sends its one line at once. */
const REQUEST_MS = 10_000;
/** sun_path has 108 bytes on Linux and 104 on macOS, with its end. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Where the socket of a node's folder is. */
export function adminSocket(folder: string): string {
  return join(folder, 'admin', 'node.sock');
}

/** @throws UsageError when another node runs in this folder, or the socket cannot be made */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const socket = adminSocket(options.folder);
  if (new TextEncoder().encode(socket).length > MAX_SOCKET_PATH_BYTES) {
    throw new UsageError(`Cannot open administration: the path ${socket} is too long for a socket`, {
      code: 'bad-parameter',
      phase: 'administration',
      remedy: `use a folder so that the path has at most ${MAX_SOCKET_PATH_BYTES} bytes`,
    });
  }
  const folder = join(options.folder, 'admin');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await removeStale(socket);
  const server = new AdminServer(options, socket);
  await server.listen();
  return server;
}

/** A socket file that nobody listens on is what a killed node leaves behind. */
async function removeStale(socket: string): Promise<void> {
  const found = await lstat(socket).catch(() => undefined);
  if (found === undefined) return;
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive || !found.isSocket()) {
    throw new UsageError(`Cannot open administration: ${alive ? 'a node runs here already' : 'a file is in the way'}`, {
      code: 'resource-limit',
      phase: 'administration',
      remedy: alive ? 'stop it first, or use another folder' : `move ${socket} away`,
    });
  }
  await unlink(socket);
}

class AdminServer implements Admin {
  readonly socket: string;
  readonly stopped: Promise<void>;
  readonly #node: RunningNode;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #hasStopped: () => void = () => undefined;

  constructor({ node, log = silentLog, clock = systemClock }: AdminOptions, socket: string) {
    this.socket = socket;
    this.#node = node;
    this.#log = log;
    this.#clock = clock;
    this.stopped = new Promise((resolve) => (this.#hasStopped = resolve));
    this.#server = createServer({ allowHalfOpen: false }, (connection) => this.#serve(connection));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.socket, resolve);
    });
    await chmod(this.socket, 0o600);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const gone = new AbortController();
    const lines = new LineReader(MAX_REQUEST_BYTES);
    const cancelTimer = this.#clock.timer(REQUEST_MS, () => socket.destroy());
    let served = false;
    socket.on('data', (chunk: Uint8Array) => {
      if (served) {
        // One request a connection; whatever follows is a mistake of the client.
        socket.destroy();
        return;
      }
      const request = firstRequest(lines, chunk);
      if (request === undefined) return;
      served = true;
      cancelTimer();
      void this.#answer(new Connection(socket), request, gone.signal);
    });
    // The close that follows says all that there is to know.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      cancelTimer();
      this.#sockets.delete(socket);
      gone.abort(new Error('the client has gone'));
    });
  }

  async #answer(connection: Connection, request: AdminRequest | 'bad', signal: AbortSignal): Promise<void> {
    this.#log.write('debug', 'admin-request');
    try {
      if (request === 'bad') throw badRequest();
      const value = await this.#carryOut(request, connection, signal);
      await connection.send({ kind: 'result', value });
    } catch (error) {
      this.#log.write('info', 'admin-failed', errorFields(error));
      await connection.send({ kind: 'error', error: errorToPost(error) });
    }
    connection.end();
    if (request !== 'bad' && request.op === 'stop') this.#hasStopped();
  }

  async #carryOut(
    request: AdminRequest,
    connection: Connection,
    signal: AbortSignal,
  ): Promise<AdminResults[keyof AdminResults]> {
    switch (request.op) {
      case 'status':
        return this.#node.status();
      case 'runs':
        return this.#node.runs(request.limit);
      case 'ask': {
        const { question, peer, waitMs } = request;
        const options: AskOptions = {
          signal,
          ...(waitMs === undefined ? {} : { waitMs }),
          onEvent: (event) => connection.offer({ kind: 'progress', event: plainEvent(event) }),
        };
        const asking =
          peer === undefined ? this.#node.ask(question, options) : this.#node.ask(question, { ...options, peer });
        return await sendAnswer(connection, await asking);
      }
      case 'answer':
        return await sendAnswer(connection, this.#node.keptAnswer(request.run));
      case 'consent':
        return { contracts: this.#node.contracts(), grants: this.#node.grants() };
      case 'reload-contracts':
        return await this.#node.reloadContracts();
      case 'revoke-contract':
        return await this.#node.revokeContract(request.question);
      case 'revoke-grant':
        return await this.#node.revokeGrant(request.id);
      case 'stop':
        await this.#node.stop();
        return null;
      default:
        return request satisfies never;
    }
  }
}

async function sendAnswer(
  connection: Connection,
  answer: Answer | OverlapAnswer,
): Promise<ReturnType<typeof summaryOf>> {
  if (answer.kind !== 'size') {
    for (const rows of inBatches<AnswerRow | OverlapRow>(answer.rows())) await connection.send({ kind: 'rows', rows });
  }
  return summaryOf(answer);
}

function firstRequest(lines: LineReader, chunk: Uint8Array): AdminRequest | 'bad' | undefined {
  try {
    const [line, ...more] = lines.push(chunk);
    if (line === undefined) return undefined;
    return more.length > 0 ? 'bad' : (parseRequest(line) ?? 'bad');
  } catch {
    // Too long, or no text: like any other line that is no request.
    return 'bad';
  }
}

function badRequest(): UsageError {
  return new UsageError('Cannot administer: this is no request', {
    code: 'bad-parameter',
    phase: 'administration',
    remedy: 'use the command line of the same version as the node',
  });
}

function* inBatches<Row>(rows: Iterable<Row>): Generator<readonly Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_PER_LINE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Writes lines, no faster than the client reads. */
class Connection {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves when there is room for the next line, or the client has gone. */
  async send(response: AdminResponse): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || socket.write(`${JSON.stringify(response)}\n`)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        socket.off('drain', go);
        socket.off('close', go);
        resolve();
      };
      socket.on('drain', go);
      socket.on('close', go);
    });
  }

  /** Progress is for people: what a slow reader cannot take is left out. */
  offer(response: AdminResponse): void {
    if (this.#socket.destroyed || this.#socket.writableNeedDrain) return;
    this.#socket.write(`${JSON.stringify(response)}\n`);
  }

  end(): void {
    this.#socket.end();
  }
}
