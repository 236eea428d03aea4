/**
 * A node's folder, held by one process: by the socket of its administration, which the system gives back however the process
 * ends. While it is held no other node starts there, and nobody else writes into its ledger.
 */
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
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
      this.#server.once('error', reject);
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
