/**
 * A node's folder, held by one process: by the socket of its administration, which the system gives back however the process
 * ends. While it is held no other node starts there, and nobody else writes into its ledger.
 */
import { type BigIntStats, lstatSync, rmSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';

const MAX_CONNECTIONS = 16;
/** sun_path has 108 bytes on Linux and 104 on macOS, with its end. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Where the socket of a node's folder is. */
export function adminSocket(folder: string): string {
  return join(folder, 'admin', 'node.sock');
}

/** @throws UsageError when another process holds the folder, or the socket cannot be made */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  const socket = adminSocket(folder);
  if (new TextEncoder().encode(socket).length > MAX_SOCKET_PATH_BYTES) {
    throw new UsageError(`Cannot open administration: the path ${socket} is too long for a socket`, {
      code: 'bad-parameter',
      phase: 'administration',
      remedy: `use a folder so that the path has at most ${MAX_SOCKET_PATH_BYTES} bytes`,
    });
  }
  const inside = join(folder, 'admin');
  await mkdir(inside, { recursive: true, mode: 0o700 });
  await chmod(inside, 0o700);
  await removeStale(socket);
  const held = new HeldFolder(socket);
  await held.listen();
  return held;
}

/** A socket file that nobody listens on is what a killed node leaves behind. */
async function removeStale(socket: string): Promise<void> {
  const found = fileAt(socket);
  if (found === undefined) return;
  if (!found.isSocket()) throw notHeld('a file is in the way', `move ${socket} away`);
  if (await isListenedOn(socket)) throw runsAlready();
  // Another starter may have found the same and listens by now: what is unlinked is what was found, in one turn.
  if (!isSame(found, fileAt(socket))) throw runsAlready();
  rmSync(socket, { force: true });
}

/** A node that is too busy to answer runs as well: nobody listens where the system says so, and nowhere else. */
function isListenedOn(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT');
    });
  });
}

function fileAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** The number of a file that is gone is given to the next: its times are another one's. */
function isSame(found: BigIntStats, now: BigIntStats | undefined): boolean {
  return now === undefined || (now.ino === found.ino && now.ctimeNs === found.ctimeNs);
}

function runsAlready(): UsageError {
  return notHeld('a node runs here already', 'stop it first, or use another folder');
}

function notHeld(state: string, remedy: string): UsageError {
  return new UsageError(`Cannot open administration: ${state}`, {
    code: 'resource-limit',
    phase: 'administration',
    remedy,
  });
}

export class HeldFolder {
  readonly socket: string;
  readonly #server: Server;
  /** Who connects before anyone serves waits, as for a node that is busy. */
  readonly #waiting = new Set<Socket>();
  #take: ((connection: Socket) => void) | undefined;

  constructor(socket: string) {
    this.socket = socket;
    this.#server = createServer({ allowHalfOpen: false }, (connection) => this.#arrived(connection));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject('code' in error && error.code === 'EADDRINUSE' ? runsAlready() : error);
      });
      this.#server.listen(this.socket, resolve);
    });
    await chmod(this.socket, 0o600);
  }

  /** Gets all who connected, and who does from here on. */
  serve(take: (connection: Socket) => void): void {
    this.#take = take;
    for (const connection of this.#waiting) take(connection);
    this.#waiting.clear();
  }

  /** Resolves when all connections have ended; those that are served are not ended here. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#waiting) connection.destroy();
    await closed;
  }

  #arrived(connection: Socket): void {
    // The close that follows says all that there is to know.
    connection.on('error', () => undefined);
    if (this.#take !== undefined) {
      this.#take(connection);
      return;
    }
    this.#waiting.add(connection);
    connection.once('close', () => this.#waiting.delete(connection));
  }
}
