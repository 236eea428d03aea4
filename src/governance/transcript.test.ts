import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toHex } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import { referenceStreamHash } from '../crypto/stream-hash.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { runInMemory, succeeded, type InMemoryOptions } from '../testing/in-memory.ts';
import { flagCase } from '../../test/conformance/flag-case.ts';
import { type DigestedMessage, Transcript } from './transcript.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { namedBytes, SHORT_BYTES, TranscriptLane } from './transcript-lane.ts';

const ENTRY = flagCase({ name: 'transcript', contributors: 3 });
const [A, B] = [partyId('bank-a'), partyId('bank-b')];

async function transcriptsOf(options: InMemoryOptions = {}): Promise<ReadonlyMap<PartyId, Transcript>> {
  const run = ENTRY.run(3);
  const transcripts = new Map([...run.inputs.keys()].map((self) => [self, new Transcript({ self })]));
  const witness = (party: PartyId): Transcript => transcripts.get(party) ?? new Transcript({ self: party });
  succeeded(await runInMemory(ENTRY.protocol, run, { witnesses: (party) => [witness(party)], ...options }));
  return transcripts;
}

/** Digests of every pair, from both ends. */
function pairs(transcripts: ReadonlyMap<PartyId, Transcript>): readonly (readonly [string, string])[] {
  const parties = [...transcripts.keys()];
  const digest = (self: PartyId, peer: PartyId): string => {
    const own = transcripts.get(self);
    if (own === undefined) throw new TypeError('no such party');
    return toHex(own.digest(peer));
  };
  return parties.flatMap((a, k) => parties.slice(k + 1).map((b) => [digest(a, b), digest(b, a)] as const));
}

const u32 = (value: number): readonly number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
const named = (name: string): readonly number[] => [...u32(name.length), ...Buffer.from(name)];
const sha256 = (bytes: readonly number[]): readonly number[] => [
  ...createHash('sha256').update(Uint8Array.from(bytes)).digest(),
];

/** The documented form, from nothing but itself: the conversation of A with B, by channel. */
function documentedDigest(sent: ReadonlyMap<string, readonly (readonly number[])[]>): string {
  const text = [...hashTuple('transcript'), ...named(A), ...named(B), ...u32(sent.size)];
  for (const [channel, bodies] of sent) {
    let chain: readonly number[] = [...new Uint8Array(32)];
    let latest: readonly number[] = [];
    for (const body of bodies) {
      const whole = [0, ...named('m'), ...u32(body.length), ...body];
      const hashed = [1, ...sha256([...hashTuple('transcript-message'), ...named('m'), ...body])];
      latest = [...latest, ...(body.length > SHORT_BYTES ? hashed : whole)];
      if (latest.length > SHORT_BYTES) [chain, latest] = [sha256([...chain, ...latest]), []];
    }
    text.push(...named(channel), ...u32(bodies.length), ...chain, ...u32(latest.length), ...latest);
  }
  return Buffer.from(sha256([...text, ...u32(0)])).toString('hex');
}

const part = (channel: string, message: string, body: readonly number[], last = true) => ({
  peer: B,
  channel,
  message,
  last,
  body: Uint8Array.from(body),
});

describe('Transcript', () => {
  it('gives both ends of every pair the same digest, and every pair another, after a run of four parties', async () => {
    const found = pairs(await transcriptsOf());
    expect(found.length).toBe(6);
    for (const [one, other] of found) expect(other).toBe(one);
    expect(new Set(found.map(([one]) => one)).size).toBe(6);
  });

  it('gives another digest in every run, because keys are fresh', async () => {
    const [first, second] = [pairs(await transcriptsOf()), pairs(await transcriptsOf())];
    expect(first.filter(([digest]) => second.some(([again]) => again === digest))).toEqual([]);
  });

  it('agrees across ends when a window cuts every message into small parts', async () => {
    for (const [one, other] of pairs(await transcriptsOf({ limits: { windowBytes: 2048 } }))) expect(other).toBe(one);
  });

  it('does not depend on how a message was cut, nor on the order across channels', () => {
    const whole = new Transcript({ self: A });
    whole.sent(part('x', 'm', [1, 2, 3]));
    whole.taken(part('y', 'n', [4]));
    const cut = new Transcript({ self: A });
    cut.sent(part('x', 'm', [1], false));
    cut.taken(part('y', 'n', [4]));
    cut.sent(part('x', 'm', [2, 3]));
    expect(cut.digest(B)).toEqual(whole.digest(B));
  });

  it.each([0, 1, 31, 32, 33, 64, 65])(
    'sees every message of a channel with %i of them, where it was and that it was',
    (count) => {
      const digestOf = (bodies: readonly number[]): string => {
        const transcript = new Transcript({ self: A });
        for (const body of bodies) transcript.sent(part('x', 'm', [body]));
        const digest = toHex(transcript.digest(B));
        // Looking at it changes nothing.
        expect(toHex(transcript.digest(B))).toBe(digest);
        return digest;
      };
      const bodies = Array.from({ length: count }, (_, k) => k);
      const digests = new Set([digestOf(bodies), digestOf([...bodies, count])]);
      for (const at of bodies) {
        digests.add(digestOf(bodies.with(at, 255)));
        if (at > 0) digests.add(digestOf(bodies.with(at, at - 1).with(at - 1, at)));
      }
      expect(digests.size).toBe(2 + count + Math.max(0, count - 1));
    },
  );

  it.each([
    ['short messages of all lengths', [0, 1, 255, 256]],
    ['one that just fills a lane', [SHORT_BYTES - 10]],
    ['one that just goes into its hash', [SHORT_BYTES - 9]],
    ['the longest short one', [SHORT_BYTES, 3]],
    ['the shortest long one', [SHORT_BYTES + 1, 3]],
    ['long ones between short ones', [7, 3 * SHORT_BYTES, 0, SHORT_BYTES + 1, 2000, 2000, 2000]],
    ['so many long ones that they are hashed together', Array.from({ length: 130 }, () => SHORT_BYTES + 1)],
  ] as const)('hashes %s as is documented, however they are cut', (_, lengths) => {
    const bodies = lengths.map((length, k) => Array.from({ length }, (__, at) => (at + k) & 0xff));
    const expected = documentedDigest(
      new Map([
        ['a', bodies],
        ['b', [[1]]],
      ]),
    );
    for (const partBytes of [Infinity, SHORT_BYTES, 1000]) {
      for (const onMessage of [undefined, () => undefined]) {
        const transcript = new Transcript({ self: A, ...(onMessage === undefined ? {} : { onMessage }) });
        transcript.sent(part('b', 'm', [1]));
        for (const body of bodies) {
          for (let from = 0; from === 0 || from < body.length; from += partBytes) {
            transcript.sent(part('a', 'm', body.slice(from, from + partBytes), from + partBytes >= body.length));
          }
        }
        expect(toHex(transcript.digest(B))).toBe(expected);
      }
    }
  });

  it('has no byte of a message left when it is wiped', () => {
    const lane = new TranscriptLane(namedBytes(Uint8Array.of(1)), { newHash: referenceStreamHash, digests: false });
    const text = (): readonly number[] => {
      const out = new GrowingBytes();
      lane.putInto(out);
      return [...out.view()];
    };
    lane.add({ named: namedBytes(Uint8Array.of(2)), body: new Uint8Array(1000).fill(77), last: true });
    expect(text().filter((byte) => byte === 77)).toHaveLength(1000);
    lane.wipe();
    expect(text()).not.toContain(77);
  });

  it('keeps nothing of a part that the transport takes back', () => {
    const [kept, overwritten] = [new Transcript({ self: A }), new Transcript({ self: A })];
    for (const last of [false, true]) {
      const taken = part('x', 'm', [1, 2], last);
      kept.taken(part('x', 'm', [1, 2], last));
      overwritten.taken(taken);
      taken.body.fill(9);
    }
    expect(overwritten.digest(B)).toEqual(kept.digest(B));
  });

  it('sees every change: name, channel, order, direction, number, content, what is under way', () => {
    const honest = new Transcript({ self: A });
    for (const body of [[1, 2], [3]]) honest.sent(part('x', 'm', body));
    const digests = new Set([toHex(honest.digest(B))]);
    const changed: readonly ((t: Transcript) => void)[] = [
      (t) => (t.sent(part('x', 'k', [1, 2])), t.sent(part('x', 'm', [3]))),
      (t) => (t.sent(part('z', 'm', [1, 2])), t.sent(part('x', 'm', [3]))),
      (t) => (t.sent(part('x', 'm', [3])), t.sent(part('x', 'm', [1, 2]))),
      (t) => (t.taken(part('x', 'm', [1, 2])), t.taken(part('x', 'm', [3]))),
      (t) => t.sent(part('x', 'm', [1, 2])),
      (t) => t.sent(part('x', 'm', [1, 2, 3])),
      (t) => (t.sent(part('x', 'm', [1, 2])), t.sent(part('x', 'm', [3])), t.sent(part('x', 'm', []))),
      (t) => (t.sent(part('x', 'm', [1])), t.sent(part('x', 'm', [2, 3]))),
      (t) => (t.sent(part('x', 'm1', [2])), t.sent(part('x', 'm', [3]))),
    ];
    for (const change of changed) {
      const other = new Transcript({ self: A });
      change(other);
      digests.add(toHex(other.digest(B)));
    }
    expect(digests.size).toBe(1 + changed.length);
  });

  it('leaves out what is said about the run on other channels than its own', () => {
    const transcript = new Transcript({ self: A });
    const before = transcript.digest(B);
    for (const channel of ['done', 'seal', 'seal/beginning']) transcript.sent(part(channel, 'm', [1]));
    expect(transcript.digest(B)).toEqual(before);
    transcript.sent(part('sealed', 'm', [1]));
    expect(transcript.digest(B)).not.toEqual(before);
  });

  it('leaves a message that is under way out of the digest', () => {
    const transcript = new Transcript({ self: A });
    const before = transcript.digest(B);
    transcript.sent(part('x', 'm', [1], false));
    expect(transcript.digest(B)).toEqual(before);
    transcript.sent(part('x', 'm', [2]));
    expect(transcript.digest(B)).not.toEqual(before);
  });

  it('tells of every message with its number, and hashes as the platform does', () => {
    const told: DigestedMessage[] = [];
    const newHash = (): ReturnType<typeof createHash> => createHash('sha256');
    const transcript = new Transcript({ self: A, newHash, onMessage: (message) => told.push(message) });
    const reference = new Transcript({ self: A });
    for (const one of [transcript, reference]) {
      one.sent(part('x', 'm', [1], false));
      one.sent(part('x', 'm', [2]));
      one.sent(part('x', 'k', []));
      one.taken(part('x', 'm', [7]));
    }
    expect(transcript.digest(B)).toEqual(reference.digest(B));
    expect(told.map(({ direction, message, number, bytes }) => [direction, message, number, bytes])).toEqual([
      ['sent', 'm', 0, 2],
      ['sent', 'k', 1, 0],
      ['taken', 'm', 0, 1],
    ]);
    // The form that is documented, by an implementation of its own.
    const header = [...hashTuple('transcript-message'), 1, 0, 0, 0, 'm'.charCodeAt(0)];
    const expected = createHash('sha256')
      .update(Uint8Array.from([...header, 1, 2]))
      .digest('hex');
    expect(toHex(told[0].digest)).toBe(expected);
  });
});
