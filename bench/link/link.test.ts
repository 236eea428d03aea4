import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { LINK_SHAPES, type LinkShape, modelMs, ShapedDirection } from './link-shape.ts';
import { TcpProxy } from './tcp-proxy.ts';

const LINK: LinkShape = { name: 'test', roundTripMs: 40, bitsPerSecond: 8e6, jitterMs: 0 };

describe('ShapedDirection', () => {
  it('lets a piece arrive after its own transfer and half a round trip', () => {
    // A megabyte a second: 1,000 bytes take a millisecond.
    expect(new ShapedDirection(LINK).arrivalMs(100, 1000)).toBe(121);
  });

  it('takes pieces one after the other, and begins anew when it was idle', () => {
    const direction = new ShapedDirection(LINK);
    expect([1000, 2000].map((bytes) => direction.arrivalMs(0, bytes))).toEqual([21, 23]);
    expect(direction.arrivalMs(500, 1000)).toBe(521);
  });

  it('never lets a piece overtake another, however jitter falls', () => {
    const falls = [1, 0, 0.5];
    let call = 0;
    const direction = new ShapedDirection({ ...LINK, jitterMs: 50 }, () => falls[call++]);
    const arrivals = falls.map(() => direction.arrivalMs(0, 1000));
    expect(arrivals).toEqual([71, 71, 71]);
  });
});

describe('modelMs', () => {
  it('adds computing, half a round trip a message and the transfer', () => {
    expect(modelMs({ computeMs: 7, messages: 10, bytes: 1e6 }, LINK)).toBe(7 + 200 + 1000);
  });
});

describe('LINK_SHAPES', () => {
  it('go from near to far', () => {
    const trips = LINK_SHAPES.map(({ roundTripMs }) => roundTripMs);
    expect(trips).toEqual(trips.toSorted((a, b) => a - b));
  });
});

describe('TcpProxy with a shape', () => {
  /** Sends `bytes` through it and gets them back; the time that this takes. */
  async function echoMs(shape: LinkShape | undefined, bytes: number): Promise<number> {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = await TcpProxy.open({
      to: (server.address() as AddressInfo).port,
      ...(shape === undefined ? {} : { shape }),
    });
    const socket = connect(proxy.port, '127.0.0.1');
    await once(socket, 'connect');
    const sent = Buffer.alloc(bytes, 7);
    const startMs = performance.now();
    socket.write(sent);
    const received: Buffer[] = [];
    for await (const piece of socket) {
      received.push(piece as Buffer);
      if (received.reduce((sum, { length }) => sum + length, 0) >= bytes) break;
    }
    const ms = performance.now() - startMs;
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    await proxy.close();
    server.close();
    return ms;
  }

  it('delays by no less than the link does, both ways, and keeps every byte', async () => {
    expect(await echoMs(LINK, 100)).toBeGreaterThanOrEqual(40);
    // 20 ms there and back, 100 ms for the first transfer; the second begins before it has ended.
    expect(await echoMs(LINK, 100_000)).toBeGreaterThanOrEqual(140);
    expect(await echoMs(undefined, 200_000)).toBeGreaterThan(0);
  });
});
