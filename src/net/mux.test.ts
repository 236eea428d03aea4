import { describe, expect, it } from 'vitest';
import { concatBytes, u32le } from '../crypto/bytes.ts';
import { UsageError } from '../errors.ts';
import type { Link } from '../kit/link.ts';
import { partyId } from '../kit/party.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { decodeFrame } from '../wire/decode.ts';
import { encodeFrame } from '../wire/encode.ts';
import { Connection, DEFAULT_CONNECTION_LIMITS } from './connection.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { ManualClock, turns } from './manual-clock.ts';
import { type MemorySocket, memorySocketPair } from './memory-sockets.ts';
import { type IncomingRun, RunMux } from './mux.ts';
import { DEFAULT_MUX_LIMITS, type MuxLimits } from './run-link.ts';
import { CipherState } from './noise-state.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { RecordLayer } from './record-layer.ts';

const rng = insecureSeededRng('mux');
const name = (n: number): Uint8Array => concatBytes(u32le(n), new Uint8Array(12));

const data = (run: Uint8Array, sequence: number, bytes = 4): Uint8Array =>
  encodeFrame({ kind: 'data', run, channel: 'c', sequence, name: 'm', last: true, body: new Uint8Array(bytes) });

interface End {
  readonly mux: RunMux;
  readonly socket: MemorySocket;
  readonly offered: IncomingRun[];
  readonly ends: ConnectionEnd[];
}

/** Both ends of one connection. */
function pair(limits: Partial<MuxLimits> = {}, clock = new ManualClock()): readonly [End, End] {
  const sockets = memorySocketPair(clock);
  const aead = platformPrimitives.aeads.AESGCM;
  const [there, back] = [rng(32), rng(32)];
  const keys = [
    [there, back],
    [back, there],
  ];
  const end = (index: 0 | 1): End => {
    const [send, receive] = keys[index].map((key) => new CipherState(aead, key));
    const connection = new Connection(sockets[index], new RecordLayer({ send, receive }), {
      clock,
      limits: DEFAULT_CONNECTION_LIMITS,
    });
    const offered: IncomingRun[] = [];
    const ends: ConnectionEnd[] = [];
    const mux = new RunMux(connection, {
      peer: partyId(index === 0 ? 'bank-b' : 'bank-a'),
      clock,
      limits: { ...DEFAULT_MUX_LIMITS, ...limits },
      onRun: (run) => void offered.push(run),
      onClosed: (how) => void ends.push(how),
    });
    return { mux, socket: sockets[index], offered, ends };
  };
  return [end(0), end(1)];
}

interface Heard {
  readonly frames: Uint8Array[];
  closed: number;
}

function hear(link: Link): Heard {
  const heard: Heard = { frames: [], closed: 0 };
  link.attach({ frame: (bytes) => void heard.frames.push(bytes), closed: () => void heard.closed++ });
  return heard;
}

/** Sequence numbers of frames, or what else they are. */
const shown = ({ frames }: Heard): readonly (number | string)[] =>
  frames.map((bytes) => {
    const frame = decodeFrame(bytes);
    return frame.kind === 'data' ? frame.sequence : frame.kind === 'abort' ? frame.code : frame.kind;
  });

describe('RunMux', () => {
  it('offers the first frame of a run and delivers all in order', async () => {
    const [a, b] = pair();
    const link = a.mux.run(name(1));
    const heardA = hear(link);
    for (let n = 0; n < 3; n++) link.send([data(name(1), n)]);
    await turns();
    expect(b.offered.map(({ peer, runName, firstFrame }) => [peer, runName, firstFrame])).toEqual([
      ['bank-a', name(1), data(name(1), 0)],
    ]);
    const heardB = hear(b.offered[0].link);
    link.send([data(name(1), 3)]);
    b.offered[0].link.send([data(name(1), 0)]);
    await turns();
    expect([shown(heardB), shown(heardA)]).toEqual([[0, 1, 2, 3], [0]]);
  });

  it('keeps 20 runs apart', async () => {
    const [a, b] = pair();
    const links = Array.from({ length: 20 }, (_, n) => a.mux.run(name(n)));
    const heard = Array.from({ length: 20 }, (_, n) => hear(b.mux.run(name(n))));
    for (let sequence = 0; sequence < 5; sequence++) {
      for (const [n, link] of links.entries()) link.send([data(name(n), sequence, 10 * n)]);
    }
    await turns(400);
    for (const [n, one] of heard.entries()) {
      expect(shown(one)).toEqual([0, 1, 2, 3, 4]);
      expect(
        one.frames.every((bytes) => Buffer.compare(bytes, data(name(n), decodedSequence(bytes), 10 * n)) === 0),
      ).toBe(true);
    }
    expect(b.offered).toEqual([]);
  });

  // Of several records and of one: of these more fit what the socket takes ahead.
  it.each([
    [200_000, 10],
    [60_000, 22],
  ])('gives every run its turn while one has much to send in frames of %i bytes', async (bytes, most) => {
    const [a, b] = pair();
    b.socket.reading = false;
    const bulk = a.mux.run(name(1));
    for (let n = 0; n < 50; n++) bulk.send([data(name(1), n, bytes)]);
    a.mux.run(name(2)).send([data(name(2), 0)]);
    const order: number[] = [];
    for (const run of [1, 2]) {
      b.mux.run(name(run)).attach({ frame: () => void order.push(run), closed: () => undefined });
    }
    b.socket.reading = true;
    await turns(1_000);
    expect(order).toHaveLength(51);
    expect(order.indexOf(2)).toBeLessThan(most);
  });

  it('delivers what came before the end, then the end, once', async () => {
    const [a, b] = pair();
    const link = a.mux.run(name(1));
    const heard = hear(b.mux.run(name(1)));
    link.send([data(name(1), 0)]);
    link.close();
    link.close();
    link.send([data(name(1), 1)]);
    await turns();
    expect([shown(heard), heard.closed]).toEqual([[0], 1]);
    expect([a.mux.runCount, b.mux.runCount]).toEqual([0, 1]);
  });

  it('ignores late frames of a run that has ended here', async () => {
    const [a, b] = pair();
    const link = a.mux.run(name(1));
    const mine = b.mux.run(name(1));
    const heard = hear(mine);
    mine.close();
    link.send([data(name(1), 0)]);
    await turns();
    expect([b.offered, heard.frames, heard.closed]).toEqual([[], [], 0]);
    expect(() => b.mux.run(name(1))).toThrow(UsageError);
  });

  it('keeps an abort that came before the run was opened here', async () => {
    const [a, b] = pair();
    const link = a.mux.run(name(1));
    link.send([encodeFrame({ kind: 'abort', run: name(1), code: 'refused', phase: 'open', party: '' })]);
    link.close();
    await turns();
    expect(b.offered).toEqual([]);
    const heard = hear(b.mux.run(name(1)));
    await turns();
    expect([shown(heard), heard.closed]).toEqual([['refused'], 1]);
  });

  it('refuses runs above the limit with a reason, and goes on with the others', async () => {
    const [a, b] = pair({ runs: 2 });
    const other = pair({ runs: 2 })[0];
    expect(() => [1, 2, 3].map((n) => other.mux.run(name(n)))).toThrow(UsageError);
    const first = b.mux.run(name(1));
    b.mux.run(name(2));
    const heardFirst = hear(first);
    const third = a.mux.run(name(3));
    const heard = hear(third);
    third.send([data(name(3), 0)]);
    a.mux.run(name(1)).send([data(name(1), 0)]);
    await turns();
    expect([shown(heard), heard.closed, b.offered, shown(heardFirst)]).toEqual([['resource-limit'], 1, [], [0]]);
  });

  it('forgets the oldest of the runs that it refused while as many as the limit were open', async () => {
    const [a, b] = pair({ runs: 2, rememberedRuns: 10 });
    b.mux.run(name(1));
    b.mux.run(name(2));
    for (let n = 0; n < 50; n++) new RunFlood(a.mux, n).send();
    await turns(600);
    const codes = Array.from({ length: 50 }, (_, n) => runCode(b.mux, name(1_000 + n)));
    // A name that is remembered was used before; any other is one run too many.
    expect(codes.filter((code) => code === 'bad-parameter')).toHaveLength(10);
    expect(codes.indexOf('bad-parameter')).toBe(40);
  });

  it('refuses a run of which many frames came that are short', async () => {
    const [a, b] = pair({ earlyBytes: 10_000 });
    const link = a.mux.run(name(1));
    const heard = hear(link);
    // Some 30 bytes each: by their content alone, 300 would fit.
    for (let n = 0; n < 60; n++) link.send([encodeFrame({ kind: 'probe', run: name(1) })]);
    await turns();
    expect([shown(heard), b.mux.runCount]).toEqual([['resource-limit'], 0]);
  });

  it('refuses a run of which too much came before anybody took it up', async () => {
    const [a, b] = pair({ earlyBytes: 10_000 });
    const link = a.mux.run(name(1));
    const heard = hear(link);
    for (let n = 0; n < 30; n++) link.send([data(name(1), n, 1_000)]);
    await turns();
    expect([shown(heard), heard.closed, b.mux.runCount]).toEqual([['resource-limit'], 1, 0]);
    const other = a.mux.run(name(2));
    other.send([data(name(2), 0, 20_000)]);
    await turns();
    expect(b.offered).toHaveLength(1);
  });

  it('delivers whatever comes between taking a run up and the next turn', async () => {
    const [a, b] = pair({ earlyBytes: 10_000 });
    const heard: Uint8Array[] = [];
    b.socket.reading = false;
    const link = a.mux.run(name(1));
    for (let n = 0; n < 30; n++) link.send([data(name(1), n, n === 0 ? 10 : 5_000)]);
    b.mux.run(name(1)).attach({ frame: (bytes) => void heard.push(bytes), closed: () => undefined });
    b.socket.reading = true;
    await turns();
    expect(heard).toHaveLength(30);
  });

  it('drops a run that nobody takes up in time', async () => {
    const clock = new ManualClock();
    const [a, b] = pair({}, clock);
    const link = a.mux.run(name(1));
    const heard = hear(link);
    link.send([data(name(1), 0)]);
    await turns();
    await clock.pass(DEFAULT_MUX_LIMITS.earlyMs + 1_000);
    expect([b.offered.length, b.mux.runCount, shown(heard)]).toEqual([1, 0, ['resource-limit']]);
  });

  it('bounds what a peer can make it remember and answer with run names without end', async () => {
    const [a, b] = pair({ runs: 4, rememberedRuns: 50 });
    for (let n = 0; n < 500; n++) {
      const link = new RunFlood(a.mux, n);
      link.send();
    }
    await turns(2_000);
    expect(b.mux.runCount).toBeLessThanOrEqual(4);
    expect(b.ends).toEqual([]);
  });

  it('ends the connection when a frame has no run name', async () => {
    const [a, b] = pair();
    a.mux.run(name(1)).send([Uint8Array.of(1, 2, 3)]);
    await turns();
    expect(b.ends).toMatchObject([{ kind: 'violation', error: { code: 'bad-frame' } }]);
    expect(a.ends).toEqual([{ kind: 'lost' }]);
  });

  it('closes every run when the connection ends, after the frames that came before', async () => {
    const [a, b] = pair();
    const heard = [1, 2].map((n) => hear(b.mux.run(name(n))));
    a.mux.run(name(1)).send([data(name(1), 0)]);
    await turns();
    a.socket.destroy();
    await turns();
    expect(heard.map((one) => [shown(one), one.closed])).toEqual([
      [[0], 1],
      [[], 1],
    ]);
    const late = hear(b.mux.run(name(9)));
    await turns();
    expect(late.closed).toBe(1);
  });
});

/** Runs that end here at once, so that their number is not bounded on this side. */
class RunFlood {
  readonly #link: Link;
  readonly #run: Uint8Array;

  constructor(mux: RunMux, n: number) {
    this.#run = name(1_000 + n);
    this.#link = mux.run(this.#run);
  }

  send(): void {
    this.#link.send([data(this.#run, 0)]);
    this.#link.close();
  }
}

function runCode(mux: RunMux, runName: Uint8Array): string | undefined {
  try {
    mux.run(runName);
    return undefined;
  } catch (error) {
    return error instanceof UsageError ? error.code : undefined;
  }
}

function decodedSequence(bytes: Uint8Array): number {
  const frame = decodeFrame(bytes);
  return frame.kind === 'data' ? frame.sequence : -1;
}
