/**
 * Local administration of a running node over a Unix socket. Who may connect is whoever may open the socket: it has mode
 * 0600 in a folder of mode 0700, so this user (and root). It shows the operator its own answers, and nothing of a peer's.
 */
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { Rng } from '../../crypto/rng.ts';
import { type Clock, systemClock, systemRng } from '../../kit/clock.ts';
import { AdminDoor, type DoorStep } from './admin-door.ts';
import type { AdminResponse } from './admin-protocol.ts';
import { type AdminSink, carryOut } from './admin-requests.ts';
import { errorFields, type Log, silentLog } from '../log.ts';
import type { RunningNode } from '../node.ts';
import type { OperatorConfig } from '../agreements/operators.ts';
import { errorToPost } from '../workers/posted-error.ts';

export interface AdminOptions {
  /** The node's own folder; the socket is `admin/node.sock` in it. */
  readonly folder: string;
  readonly node: RunningNode;
  /** Who may request what. Absent: whoever reaches the socket may request everything. */
  readonly operators?: readonly OperatorConfig[] | undefined;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly rng?: Rng;
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
  readonly #operators: readonly OperatorConfig[] | undefined;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #hasStopped: () => void = () => undefined;

  constructor(options: AdminOptions, socket: string) {
    const { node, operators, log = silentLog, clock = systemClock, rng = systemRng } = options;
    this.socket = socket;
    this.#node = node;
    this.#operators = operators;
    this.#rng = rng;
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
    const door = new AdminDoor(this.#operators, this.#rng);
    const connection = new Connection(socket);
    const cancelTimer = this.#clock.timer(REQUEST_MS, () => socket.destroy());
    let served = false;
    socket.on('data', (chunk: Uint8Array) => {
      if (served) {
        // One request a connection; whatever follows is a mistake of the client.
        socket.destroy();
        return;
      }
      const step = door.take(chunk);
      if (step === undefined) return;
      if (step.kind === 'challenge') {
        connection.offer(step);
        return;
      }
      served = true;
      cancelTimer();
      void this.#answer(connection, step, gone.signal);
    });
    // The close that follows says all that there is to know.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      cancelTimer();
      this.#sockets.delete(socket);
      gone.abort(new Error('the client has gone'));
    });
  }

  async #answer(
    connection: Connection,
    step: Exclude<DoorStep, { readonly kind: 'challenge' }>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#log.write('debug', 'admin-request');
    try {
      if (step.kind === 'refused') throw step.error;
      const value = await carryOut(step, { node: this.#node, sink: connection, signal });
      await connection.send({ kind: 'result', value });
    } catch (error) {
      this.#log.write('info', 'admin-failed', errorFields(error));
      await connection.send({ kind: 'error', error: errorToPost(error) });
    }
    connection.end();
    if (step.kind === 'admitted' && step.request.op === 'stop') this.#hasStopped();
  }
}

/** Writes lines, no faster than the client reads. */
class Connection implements AdminSink {
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
  offer(response: AdminResponse): boolean {
    if (this.#socket.destroyed || this.#socket.writableNeedDrain) return false;
    this.#socket.write(`${JSON.stringify(response)}\n`);
    return true;
  }

  end(): void {
    this.#socket.end();
  }
}
