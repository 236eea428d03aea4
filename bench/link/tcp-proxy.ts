/** What lies between two nodes, under control of a test or bench: it passes, holds, delays, slows down or cuts what goes over its port. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type LinkShape, ShapedDirection } from './link-shape.ts';
import { ShapedQueue } from './shaped-queue.ts';

/** Seen from who opened the connection. */
export type Direction = 'there' | 'back';

/**
 * `hold`: nothing is read any more, and neither end hears when the other ends: a cable that was cut. `trickle`: little
 * pieces with pauses.
 */
export type Treatment = 'pass' | 'hold' | 'trickle';

/** Where a connection ends. */
export interface Cut {
  readonly direction: Direction;
  readonly bytes: number;
}

const HOST = '127.0.0.1';
const TRICKLE = { bytes: 700, pauseMs: 2 };

export interface TcpProxyOptions {
  readonly to: number;
  /** Both directions of every connection behave like such a link, as long as they pass. */
  readonly shape?: LinkShape | undefined;
  /** Called before a piece is passed on. */
  readonly onPiece?: (direction: Direction, bytes: number) => void;
  /** Called when a connection has come to the place where it is cut. */
  readonly onCut?: () => void;
}

export class TcpProxy {
  readonly #options: TcpProxyOptions;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #treatment: Readonly<Record<Direction, Treatment>> = { there: 'pass', back: 'pass' };
  #cut: Cut | undefined;

  private constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (client) => this.#arrived(client));
  }

  static async open(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    await new Promise<void>((done) => proxy.#server.listen(0, HOST, done));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open through it. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** From now on, for open connections and new ones. */
  treat(treatment: Partial<Record<Direction, Treatment>>): void {
    this.#treatment = { ...this.#treatment, ...treatment };
    for (const pair of this.#pairs) pair.treat(this.#treatment);
  }

  /** Every connection that is opened from now on ends when so many bytes went that way; undefined: none, open ones included. */
  cutAfter(cut: Cut | undefined): void {
    this.#cut = cut;
    if (cut === undefined) for (const pair of this.#pairs) pair.spare();
  }

  /** Ends all open connections at once. */
  cut(): void {
    for (const pair of this.#pairs) pair.end();
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.cut();
    await closed;
  }

  #arrived(client: Socket): void {
    const { to, shape, onPiece = () => undefined, onCut = () => undefined } = this.#options;
    const target = connect({ port: to, host: HOST, noDelay: true });
    const pair = new Pair(client, target, {
      shape,
      onPiece,
      cut: this.#cut,
      onCut,
      ended: () => void this.#pairs.delete(pair),
    });
    pair.treat(this.#treatment);
    this.#pairs.add(pair);
  }
}

interface PairOptions {
  readonly shape: LinkShape | undefined;
  readonly onPiece: (direction: Direction, bytes: number) => void;
  readonly cut: Cut | undefined;
  readonly onCut: () => void;
  readonly ended: () => void;
}

class Pair {
  readonly #ways: Readonly<Record<Direction, Way>>;
  readonly #sockets: readonly [Socket, Socket];
  readonly #ended: () => void;

  constructor(client: Socket, target: Socket, { shape, onPiece, cut, onCut, ended }: PairOptions) {
    this.#sockets = [client, target];
    this.#ended = ended;
    const options = (direction: Direction): WayOptions => ({
      shape,
      onPiece: (bytes) => onPiece(direction, bytes),
      bytes: cut?.direction === direction ? cut.bytes : Infinity,
      onLast: () => {
        this.end();
        onCut();
      },
      ends: () => this.end(),
    });
    this.#ways = {
      there: new Way(client, target, options('there')),
      back: new Way(target, client, options('back')),
    };
  }

  /** Is not cut any more. */
  spare(): void {
    for (const way of Object.values(this.#ways)) way.left = Infinity;
  }

  treat(treatment: Readonly<Record<Direction, Treatment>>): void {
    this.#ways.there.treat(treatment.there);
    this.#ways.back.treat(treatment.back);
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#ended();
  }
}

interface WayOptions {
  readonly shape: LinkShape | undefined;
  readonly onPiece: (bytes: number) => void;
  /** How many go this way before all ends. */
  readonly bytes: number;
  readonly onLast: () => void;
  /** The source ended. */
  readonly ends: () => void;
}

class Way {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #options: WayOptions;
  readonly #shaped: ShapedQueue | undefined;
  /** Bytes that go on before all ends. */
  left: number;
  #treatment: Treatment = 'pass';
  /** The source ended while nothing was to pass. */
  #endHeld = false;

  constructor(source: Socket, sink: Socket, options: WayOptions) {
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.left = options.bytes;
    if (options.shape !== undefined) this.#shaped = new ShapedQueue(source, sink, new ShapedDirection(options.shape));
    source.on('data', (piece: Uint8Array) => this.#pass(piece));
    source.on('close', () => this.#end());
    // The close that follows says all that there is to know.
    source.on('error', () => undefined);
  }

  treat(treatment: Treatment): void {
    this.#treatment = treatment;
    if (treatment === 'hold') {
      this.#source.pause();
      return;
    }
    this.#source.resume();
    if (this.#endHeld) this.#options.ends();
  }

  #end(): void {
    if (this.#treatment === 'hold') this.#endHeld = true;
    else if (this.#shaped === undefined) this.#options.ends();
    else this.#shaped.whenEmpty(() => this.#options.ends());
  }

  #pass(piece: Uint8Array): void {
    this.#options.onPiece(piece.length);
    const taken = piece.subarray(0, this.left);
    this.left -= taken.length;
    const isLast = this.left === 0;
    if (this.#shaped !== undefined && this.#treatment === 'pass' && !isLast) {
      this.#shaped.add(taken);
      return;
    }
    if (this.#treatment === 'trickle' && taken.length > TRICKLE.bytes) {
      this.#source.pause();
      void this.#trickle(taken);
      return;
    }
    const hasRoom = this.#sink.write(taken, () => void (isLast && this.#options.onLast()));
    if (hasRoom) return;
    this.#source.pause();
    this.#sink.once('drain', () => this.#goOn());
  }

  async #trickle(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length && !this.#sink.destroyed; at += TRICKLE.bytes) {
      this.#sink.write(piece.subarray(at, at + TRICKLE.bytes));
      await new Promise((done) => setTimeout(done, TRICKLE.pauseMs));
    }
    this.#goOn();
  }

  #goOn(): void {
    if (this.#treatment !== 'hold') this.#source.resume();
  }
}
