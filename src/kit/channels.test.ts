import { describe, expect, it } from 'vitest';
import { Cancellation } from './cancellation.ts';
import { InboundChannel } from './inbound-channel.ts';
import { OutboundChannel, type Part, partBytes } from './outbound-channel.ts';

const HEADER = 60;

/** A sender and a receiver joined by hand: frames and credit pass when the test says so. */
function pair(windowBytes: number): {
  send(name: string, body: Uint8Array): Promise<void>;
  take(): Part | undefined;
  flight: Part[];
} {
  const flight: Part[] = [];
  const abort = new AbortController();
  const outbound = new OutboundChannel(windowBytes, new Cancellation(abort.signal), (part) => {
    flight.push(part);
    return part.body.length + HEADER;
  });
  const inbound = new InboundChannel(windowBytes);
  return {
    flight,
    send: (name, body) => outbound.send(name, body),
    take() {
      const part = flight.shift();
      if (part === undefined) return undefined;
      expect(inbound.push({ ...part, frameBytes: part.body.length + HEADER })).toBeUndefined();
      const arrival = inbound.take();
      const credit = inbound.release(part.body.length + HEADER);
      if (credit > 0) expect(outbound.credit(credit)).toBe(true);
      return arrival;
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('channel flow control', () => {
  // Around the smallest part, the header allowance and the largest part, where both sides could wait for each other.
  it.each([1, 100, 1023, 1024, 1500, 1600, 2047, 2048, 2600, 10_000, 524_288, 4_194_304])(
    'moves every byte in order through a window of %i bytes',
    async (windowBytes) => {
      const { send, take } = pair(windowBytes);
      const bodies = [0, 1, 400, partBytes(windowBytes), partBytes(windowBytes) + 1, 5 * partBytes(windowBytes), 777];
      const sent = Promise.all(bodies.map((length, k) => send(`m-${k}`, new Uint8Array(length).fill(k))));
      const received = bodies.map(() => 0);
      let idle = 0;
      while (idle < 3) {
        const part = take();
        if (part === undefined) {
          idle++;
          await turn();
          continue;
        }
        idle = 0;
        const k = Number(part.name.slice(2));
        expect(part.body.every((byte) => byte === k)).toBe(true);
        received[k] += part.body.length;
      }
      await sent;
      expect(received).toEqual(bodies);
    },
  );

  it('keeps no more than the window under way', async () => {
    const { send, flight } = pair(10_000);
    void send('big', new Uint8Array(100_000));
    await turn();
    const underWay = flight.reduce((sum, part) => sum + part.body.length, 0);
    expect(underWay).toBeGreaterThan(0);
    expect(underWay).toBeLessThanOrEqual(10_000);
  });

  it('refuses credit for more than was sent', async () => {
    const outbound = new OutboundChannel(
      1000,
      new Cancellation(new AbortController().signal),
      (part) => part.body.length,
    );
    await outbound.send('m', new Uint8Array(10));
    expect(outbound.credit(11)).toBe(false);
    expect(outbound.credit(10)).toBe(true);
    expect(outbound.credit(1)).toBe(false);
  });

  it('ends waiting senders with the signal’s reason', async () => {
    const abort = new AbortController();
    const outbound = new OutboundChannel(10, new Cancellation(abort.signal), (part) => part.body.length);
    const sent = outbound.send('m', new Uint8Array(5000));
    await turn();
    abort.abort(new Error('over'));
    await expect(sent).rejects.toThrow('over');
  });

  it('tells what is wrong with a repeated, missing or excessive part', () => {
    const part = { name: 'm', last: false, body: new Uint8Array(0), frameBytes: 2 ** 20 };
    const inbound = new InboundChannel(1000);
    expect(inbound.push({ ...part, sequence: 0 })).toBeUndefined();
    expect(inbound.push({ ...part, sequence: 0 })?.code).toBe('unexpected-message');
    expect(inbound.push({ ...part, sequence: 2 })?.code).toBe('unexpected-message');
    expect(inbound.push({ ...part, sequence: 1 })?.code).toBe('oversize-message');
  });
});
