/**
 * JIFF: Shamir shares modulo a prime in plain JavaScript, three parties and the server through which they speak, all in this process.
 * Triples for products come from the server.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ran } from '../bench-case.ts';
import { loadFrom } from '../own-package.ts';
import type { PeerCase, PreparedPeer } from './peer-case.ts';

interface Share {
  smult(other: Share): Share;
  slt(other: Share): Share;
}

/** The part of a JIFF client that is used. */
interface Client {
  readonly id: number;
  share_array(values: readonly number[]): Promise<Readonly<Record<number, readonly Share[]>>>;
  open_array(shares: readonly Share[]): Promise<readonly number[]>;
  disconnect(safe: boolean, free: boolean): void;
}

interface Jiff {
  readonly JIFFServer: new (http: Server, options: object) => unknown;
  readonly JIFFClient: new (url: string, computation: string, options: object) => Client;
}

/** 2^24 + 513, JIFF's own default. */
const PRIME = 16_777_729;
const PARTIES = [1, 2, 3] as const;
const LIBRARY = {
  library: 'jiff-mpc',
  securityModel:
    'semi-honest; one party of three may be curious, and the server, which deals the triples, joins nobody',
} as const;

/** A run takes the better part of a minute. */
const LONG = { samples: 1, warmUps: 0, rounds: 3 } as const;

const multiply = (count: number): PeerCase => ({
  ...LIBRARY,
  task: `products-${count}`,
  items: count,
  unit: 'product',
  ...LONG,
  setUp: () =>
    prepare(
      count,
      (x, y) => x.smult(y),
      (x, y) => (x * y) % PRIME,
    ),
});

const compare = (count: number): PeerCase => ({
  ...LIBRARY,
  task: `comparisons-${count}`,
  items: count,
  unit: 'comparison',
  ...LONG,
  setUp: () =>
    prepare(
      count,
      (x, y) => x.slt(y),
      (x, y) => Number(x < y),
    ),
});

export const jiffCases: readonly PeerCase[] = [multiply(1000), compare(64)];

async function prepare(
  count: number,
  operation: (x: Share, y: Share) => Share,
  plain: (x: number, y: number) => number,
): Promise<PreparedPeer> {
  const { JIFFServer, JIFFClient } = (await loadFrom<{ readonly default: Jiff }>('peers', 'jiff-mpc')).default;
  const http = createServer();
  const sockets: Socket[] = [];
  http.on('connection', (socket) => sockets.push(socket));
  void new JIFFServer(http, { logs: false });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const valueOf = (party: number, k: number): number => (party * 7919 + k * 104_729) % 30_011;
  let opened: readonly (readonly number[])[] | undefined;
  let runs = 0;
  return {
    async run() {
      const computation = `bench-${runs++}`;
      sockets.length = 0;
      const clients = await Promise.all(
        PARTIES.map(
          () =>
            new Promise<Client>((resolve) => {
              const client: Client = new JIFFClient(url, computation, {
                party_count: PARTIES.length,
                crypto_provider: true,
                Zp: PRIME,
                onConnect: () => resolve(client),
              });
            }),
        ),
      );
      opened = await Promise.all(
        clients.map(async (client) => {
          const shares = await client.share_array(Array.from({ length: count }, (_, k) => valueOf(client.id, k)));
          return await client.open_array(shares[1].map((x, k) => operation(x, shares[2][k])));
        }),
      );
      for (const client of clients) client.disconnect(false, true);
    },
    check: () =>
      ran(opened).every(
        (values) =>
          values.length === count && values.every((value, k) => value === plain(valueOf(1, k), valueOf(2, k))),
      ),
    // All connections go to the server: what it takes and sends is all that crosses.
    bytes: () => sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0),
  };
}
