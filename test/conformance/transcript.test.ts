import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import type { FlowRow } from '../../src/kit/protocol.ts';
import type { TranscriptEntry } from '../../src/testing.ts';
import { cases, countCase, quickCases } from './cases.ts';
import { flagCase } from './flag-case.ts';
import { LockstepClock } from './lockstep-clock.ts';
import { channelPrefix, dataFrames, errorsOf, observe, ONE_FRAME, type SentFrame } from './observe.ts';
import type { AnyCase } from './protocol-case.ts';
import { memoryTransport } from './transport.ts';
import { transports } from './transports.ts';

/** Per channel, direction and message: how many, and how many body bytes in all. */
type Totals = Readonly<Record<string, { readonly count: number; readonly bytes: number }>>;

function totalsOf(rows: readonly FlowRow[]): Totals {
  const totals: Record<string, { count: number; bytes: number }> = {};
  for (const { channel, from, to, message, count, bytes } of rows) {
    const total = (totals[`${channel} ${from} > ${to} ${message}`] ??= { count: 0, bytes: 0 });
    total.count += count;
    total.bytes += bytes;
  }
  return totals;
}

/** Messages that crossed on the protocol's own channels, in the form of the specification. */
function flowOf(transcript: readonly TranscriptEntry[], prefix: string): readonly FlowRow[] {
  return transcript
    .filter((entry) => entry.channel.startsWith(prefix))
    .map((entry) => ({ ...entry, channel: entry.channel.slice(prefix.length), count: 1 }));
}

/**
 * What a peer sees on every channel, one line per frame in the channel's order. Order across channels depends on how
 * long computing takes, and the run's name on the link is drawn by the transport: neither is the protocol's.
 */
function linesOf(
  frames: readonly SentFrame[],
  line: (sent: ReturnType<typeof dataFrames>[number]) => string,
): string[] {
  return dataFrames(frames)
    .map((sent) => `${sent.from} > ${sent.to} ${sent.frame.channel} #${sent.frame.sequence} ${line(sent)}`)
    .toSorted();
}

const bytesOf = (frames: readonly SentFrame[]): string[] =>
  linesOf(frames, ({ frame }) => `${frame.name} ${frame.last} ${toHex(hashTuple('body', frame.body))}`);

const shapeOf = (frames: readonly SentFrame[]): string[] =>
  linesOf(frames, ({ frame }) => `${frame.name} ${frame.last} ${frame.body.length}`);

describe.each(transports)('over $name', (transport) => {
  describe.each(cases)('$name', (entry) => {
    it('sends exactly the messages of its specification', async () => {
      const { transcript, outcomes } = await observe(entry, { transport });
      expect(errorsOf(outcomes)).toEqual(new Map());
      const { spec } = entry.protocol;
      expect(totalsOf(flowOf(transcript, channelPrefix(entry)))).toEqual(
        totalsOf(spec.flow(spec.validate(entry.run(1).parameters))),
      );
      const outside = new Set(
        transcript.map((sent) => sent.channel).filter((name) => !name.startsWith(channelPrefix(entry))),
      );
      expect(outside).toEqual(new Set(['open', 'done']));
    });
  });

  describe.each(quickCases)('$name', (entry) => {
    it('sends the same messages when a window lets one frame through at a time', async () => {
      const { transcript } = await observe(entry, { transport, limits: ONE_FRAME });
      const { spec } = entry.protocol;
      expect(totalsOf(flowOf(transcript, channelPrefix(entry)))).toEqual(
        totalsOf(spec.flow(spec.validate(entry.run(1).parameters))),
      );
    });

    it('sends the same bytes when every party draws the same randomness', async () => {
      const first = await observe(entry, { transport, seed: 7 });
      const second = await observe(entry, { transport, seed: 7 });
      expect(bytesOf(second.frames)).toEqual(bytesOf(first.frames));
    });

    it('sends other bytes in every body of the protocol when the randomness differs', async () => {
      const run = entry.run(7);
      const first = await observe(entry, { transport, run, seed: 7 });
      const second = await observe(entry, { transport, run, seed: 8 });
      const same = new Set(bodiesOf(entry, first.frames));
      expect(bodiesOf(entry, second.frames).filter((body) => same.has(body))).toEqual([]);
    });

    it('sends frames of the same shape when inputs differ that leak the same', async () => {
      const shapes = new Map<string, string[]>();
      for (const { name, run } of entry.equalLeakage(9)) {
        const { frames, outcomes } = await observe(entry, { transport, run, seed: 9 });
        expect(errorsOf(outcomes), name).toEqual(new Map());
        shapes.set(name, shapeOf(frames));
      }
      expect(shapes.size).toBeGreaterThan(1);
      const [expected] = shapes.values();
      for (const [name, shape] of shapes) expect(shape, name).toEqual(expected);
    });
  });
});

describe.each(cases)('$name', (entry) => {
  it('takes exactly the rounds of its specification when every message takes one tick', async () => {
    const { ticks, meter } = await roundsOf(entry);
    const { spec } = entry.protocol;
    const expected = spec.rounds(spec.validate(entry.run(1).parameters));
    expect({ ticks, meter }).toEqual({ ticks: expected, meter: expected });
  });
});

describe('the comparison of transcripts', () => {
  it('fails when one message is missing, longer, or additional', async () => {
    const { transcript } = await observe(countCase);
    const prefix = channelPrefix(countCase);
    const honest = totalsOf(flowOf(transcript, prefix));
    const own = transcript.filter((sent) => sent.channel.startsWith(prefix));
    const longer = own.map((sent, index) => (index === 3 ? { ...sent, bytes: sent.bytes + 1 } : sent));
    expect(totalsOf(flowOf(own.slice(1), prefix))).not.toEqual(honest);
    expect(totalsOf(flowOf(longer, prefix))).not.toEqual(honest);
    expect(totalsOf(flowOf([...own, own[0]], prefix))).not.toEqual(honest);
  });

  it('fails when a list is in another size bucket', async () => {
    const small = await observe(countCase, { seed: 9 });
    const large = await observe(flagCase({ name: 'flag, larger lists', contributors: 3, accounts: 70 }), { seed: 9 });
    expect(errorsOf(large.outcomes)).toEqual(new Map());
    expect(shapeOf(large.frames)).not.toEqual(shapeOf(small.frames));
  });
});

/** Bodies on the protocol's channels that are long enough not to repeat by chance. */
function bodiesOf(entry: AnyCase, frames: readonly SentFrame[]): readonly string[] {
  return dataFrames(frames)
    .filter(({ frame }) => frame.channel.startsWith(channelPrefix(entry)) && frame.body.length >= 16)
    .map(({ frame }) => toHex(frame.body));
}

async function roundsOf(entry: AnyCase): Promise<{ ticks: number; meter: number }> {
  const clock = new LockstepClock();
  const seen = await observe(entry, {
    transport: { ...memoryTransport, clock: () => clock },
    compute: clock.compute,
    observers: () => [clock.counter(channelPrefix(entry))],
  });
  expect(errorsOf(seen.outcomes)).toEqual(new Map());
  return { ticks: clock.rounds, meter: seen.rounds };
}
