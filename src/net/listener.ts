/**
 * The one port of a node: WebSockets and nothing else. Every other request, and every connection above the limits, ends
 * without an answer. What strangers can cost is bounded: sockets accepted a second and at a time, per address and in
 * all, before any byte of theirs is looked at. Connections that are established do not count and are not touched.
 *
 * A peer behind the same address as a flood of strangers can be held off while it lasts, from new connections only.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { UsageError } from '../errors.ts';
import type { Clock } from '../kit/clock.ts';
import { AddressLimiter, type AddressLimits, DEFAULT_ADDRESS_LIMITS } from './address-limiter.ts';
import type { MessageSocket } from './message-socket.ts';
import { WS_LIMITS, WsSocket } from './ws-socket.ts';

export interface ListenerLimits {
  /** Time from the first byte of TCP to an established connection. */
  readonly handshakeMs: number;
  /** Sockets on their way to become a connection, in all. */
  readonly halfOpen: number;
  /** Sockets of all kinds. */
  readonly sockets: number;
  readonly address: AddressLimits;
}

export const DEFAULT_LISTENER_LIMITS: ListenerLimits = {
  handshakeMs: 10_000,
  halfOpen: 256,
  sockets: 2_048,
  address: DEFAULT_ADDRESS_LIMITS,
};

/** An upgrade from `ws` or a browser has a few hundred bytes; gateways add some. */
const MAX_HEADER_BYTES = 4_096;
/** Connections that the kernel holds until this process takes them: as many as half a second of slow work lets through. */
const BACKLOG = 1_024;

export interface ListenerOptions {
  /** Default: all interfaces. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: Partial<ListenerLimits>;
  /** `settled` is to be called once, when the socket became a connection or will not. */
  readonly onSocket: (socket: MessageSocket, settled: (established: boolean) => void) => void;
}

/** How often something happened since the start. */
export interface ListenerCounts {
  readonly accepted: number;
  /** Ended before a byte was read: too many from that address, or in all. */
  readonly overLimit: number;
  readonly established: number;
  readonly halfOpen: number;
}

export interface Listener {
  readonly port: number;
  counts(): ListenerCounts;
  close(): Promise<void>;
}

/** @throws UsageError `bad-parameter` when the address cannot be listened on */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const gate = new Gate(options);
  await new Promise<void>((resolve, reject) => {
    gate.server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(options, cause)));
    gate.server.listen(
      { port: options.port, backlog: BACKLOG, ...(options.host === undefined ? {} : { host: options.host }) },
      resolve,
    );
  });
  const { port } = gate.server.address() as AddressInfo;
  return { port, counts: () => gate.counts(), close: () => gate.close() };
}

class Gate {
  /** Refuses what is over the limits before it costs an HTTP parser. */
  readonly server: TcpServer;
  readonly #http: HttpServer;
  readonly #options: ListenerOptions;
  readonly #limits: ListenerLimits;
  readonly #webSockets = new WebSocketServer({ ...WS_LIMITS, noServer: true, clientTracking: false });
  readonly #addresses: AddressLimiter;
  /** Sockets that are no connection yet, oldest first. */
  readonly #halfOpen = new Map<Socket, HalfOpen>();
  readonly #counts = { accepted: 0, overLimit: 0, established: 0 };

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LISTENER_LIMITS, ...options.limits };
    this.#addresses = new AddressLimiter(this.#limits.address, options.clock);
    this.server = createTcpServer({ noDelay: true }, (socket) => this.#arrived(socket));
    this.server.maxConnections = this.#limits.sockets;
    // A request without Host, were it required, would be answered with a page of HTTP. Timeouts of HTTP do not run on a server that does not listen itself; every socket has its own timer here.
    this.#http = createHttpServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      this.#http.on(event, (request: IncomingMessage) => request.socket.destroy());
    }
    this.#http.on('connect', (_request, socket) => socket.destroy());
    this.#http.on('clientError', (_error, socket) => socket.destroy());
    // A malformed upgrade would be answered with a page of HTTP.
    this.#webSockets.on('wsClientError', (_error, socket) => socket.destroy());
  }

  counts(): ListenerCounts {
    return { ...this.#counts, halfOpen: this.#halfOpen.size };
  }

  close(): Promise<void> {
    for (const socket of this.#halfOpen.keys()) socket.destroy();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }

  #arrived(socket: Socket): void {
    const address = socket.remoteAddress;
    if (address === undefined || !this.#addresses.admit(address)) {
      this.#counts.overLimit++;
      // A reset leaves no state behind in the kernel.
      socket.resetAndDestroy();
      return;
    }
    this.#counts.accepted++;
    if (this.#halfOpen.size >= this.#limits.halfOpen) this.#evictOldest();
    const entry: HalfOpen = {
      address,
      cancelTimer: this.#options.clock.timer(this.#limits.handshakeMs, () => socket.destroy()),
    };
    this.#halfOpen.set(socket, entry);
    socket.once('close', () => this.#settled(socket, false));
    this.#http.emit('connection', socket);
  }

  /** The newest gets the place: an honest handshake is quick, and the oldest had the most time for it. */
  #evictOldest(): void {
    for (const socket of this.#halfOpen.keys()) {
      this.#counts.overLimit++;
      this.#settled(socket, false);
      socket.resetAndDestroy();
      return;
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const known = request.socket;
    if (!this.#halfOpen.has(known)) {
      socket.destroy();
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      this.#options.onSocket(new WsSocket(ws), (established) => this.#settled(known, established));
    });
  }

  #settled(socket: Socket, established: boolean): void {
    const entry = this.#halfOpen.get(socket);
    if (entry === undefined) return;
    this.#halfOpen.delete(socket);
    entry.cancelTimer();
    this.#addresses.release(entry.address);
    if (established) this.#counts.established++;
  }
}

interface HalfOpen {
  readonly address: string;
  readonly cancelTimer: () => void;
}

function listenError({ host, port }: ListenerOptions, cause: NodeJS.ErrnoException): UsageError {
  const states: Readonly<Record<string, readonly [state: string, remedy: string]>> = {
    EADDRINUSE: ['the port is in use', 'stop what uses it (another node?) or configure another port'],
    EACCES: ['this user may not open the port', 'take a port above 1023 or give the right to the user'],
    EADDRNOTAVAIL: ['this machine has no such address', 'configure an address of this machine'],
  };
  const [state, remedy] = states[cause.code ?? ''] ?? ['the system refuses it', 'look at the cause'];
  return new UsageError(`Cannot listen on ${host ?? 'all interfaces'}, port ${port}: ${state}`, {
    code: 'bad-parameter',
    phase: 'listen',
    remedy,
    cause,
  });
}
