/**
 * Local administration of a running node over a Unix socket. Who may connect is whoever may open the socket: it has mode
 * 0600 in a folder of mode 0700, so this user (and root). It shows the operator its own answers, and nothing of a peer's.
 */
import type { Socket } from 'node:net';
import type { Rng } from '../../crypto/rng.ts';
import { type Clock, systemClock, systemRng } from '../../kit/clock.ts';
import { AdminDoor, type DoorStep } from './admin-door.ts';
import type { AdminResponse } from './admin-protocol.ts';
import { type AdminSink, carryOut } from './admin-requests.ts';
import { type HeldFolder, holdFolder } from './held-folder.ts';
import { errorFields, type Log, silentLog } from '../log.ts';
import type { RunningNode } from '../node.ts';
import type { OperatorConfig } from '../agreements/operators.ts';
import { errorToPost } from '../workers/posted-error.ts';

export interface AdminOptions {
  /** The node's own folder; the socket is `admin/node.sock` in it. */
  readonly folder: string;
  /** The folder, where it is held already: it is given back with the administration. Default: it is held from now on. */
  readonly held?: HeldFolder;
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

/** A client sends its one line at once. */
const REQUEST_MS = 10_000;

/** @throws UsageError when another node runs in this folder, or the socket cannot be made */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const held = options.held ?? (await holdFolder(options.folder));
  const server = new AdminServer(options, held);
  held.serve((connection) => server.serve(connection));
  return server;
}

class AdminServer implements Admin {
  readonly stopped: Promise<void>;
  readonly #held: HeldFolder;
  readonly #node: RunningNode;
  readonly #operators: readonly OperatorConfig[] | undefined;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #sockets = new Set<Socket>();
  #hasStopped: () => void = () => undefined;

  constructor(options: AdminOptions, held: HeldFolder) {
    const { node, operators, log = silentLog, clock = systemClock, rng = systemRng } = options;
    this.#held = held;
    this.#node = node;
    this.#operators = operators;
    this.#rng = rng;
    this.#log = log;
    this.#clock = clock;
    this.stopped = new Promise((resolve) => (this.#hasStopped = resolve));
  }

  get socket(): string {
    return this.#held.socket;
  }

  async close(): Promise<void> {
    const closed = this.#held.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  serve(socket: Socket): void {
    this.#sockets.add(socket);
    const gone = new AbortController();
    const door = new AdminDoor({ institution: this.#node.name, operators: this.#operators, rng: this.#rng });
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
