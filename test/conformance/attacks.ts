/** What a hostile party can do to one frame of its own. */
import type { Rng } from '../../src/crypto/rng.ts';
import type { Interceptor } from '../../src/kit/memory-network.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import { encodeFrame } from '../../src/wire/encode.ts';
import { type DataFrame, maxFrameBytes } from '../../src/wire/frame.ts';
import { isAt, type Site } from './sites.ts';

export interface Attack {
  readonly name: string;
  /** What the receiver gets in the frame's place; undefined where the attack does not apply. */
  readonly change: (frame: DataFrame, context: AttackContext) => readonly Uint8Array[] | undefined;
  /**
   * `shape`: the receiver sees it by itself and names the sender. `absence`: something is missing, which shows only as
   * silence. `body`: other content of the right length, `end`: in its last byte alone; seen where the protocol checks
   * it. `repeat`: seen unless the receiver needs nothing more of the sender.
   */
  readonly seenBy: 'shape' | 'absence' | 'body' | 'end' | 'repeat';
}

export interface AttackContext {
  readonly rng: Rng;
  readonly original: Uint8Array;
  /** The frame before on this link, if there was one. */
  readonly previous: Uint8Array | undefined;
}

const changed = (frame: DataFrame, change: Partial<DataFrame>): readonly Uint8Array[] => [
  encodeFrame({ ...frame, ...change }),
];

function lengthened({ body }: DataFrame, by: number, rng: Rng): Uint8Array {
  const out = new Uint8Array(body.length + by);
  out.set(body);
  out.set(rng(by), body.length);
  return out;
}

export const attacks: readonly Attack[] = [
  {
    name: 'truncate by one byte',
    seenBy: 'shape',
    change: (frame) => (frame.body.length === 0 ? undefined : changed(frame, { body: frame.body.subarray(0, -1) })),
  },
  {
    name: 'truncate to nothing',
    seenBy: 'shape',
    change: (frame) => (frame.body.length === 0 ? undefined : changed(frame, { body: new Uint8Array(0) })),
  },
  {
    name: 'extend by one byte',
    seenBy: 'shape',
    change: (frame, { rng }) => changed(frame, { body: lengthened(frame, 1, rng) }),
  },
  {
    name: 'extend by 300 KiB',
    seenBy: 'shape',
    change: (frame, { rng }) => changed(frame, { body: lengthened(frame, 300 * 1024, rng) }),
  },
  {
    name: 'rename the message',
    seenBy: 'shape',
    change: (frame) => changed(frame, { name: 'another-message' }),
  },
  {
    name: 'claim that the message goes on',
    seenBy: 'absence',
    change: (frame) => (frame.last ? changed(frame, { last: false }) : undefined),
  },
  {
    name: 'go on with another frame',
    seenBy: 'shape',
    change: (frame, { rng }) =>
      frame.last
        ? [...changed(frame, { last: false }), ...changed(frame, { sequence: frame.sequence + 1, body: rng(64) })]
        : undefined,
  },
  {
    name: 'go on with an empty frame',
    seenBy: 'shape',
    change: (frame) =>
      frame.last && frame.body.length > 0
        ? [
            ...changed(frame, { last: false }),
            ...changed(frame, { sequence: frame.sequence + 1, last: false, body: new Uint8Array(0) }),
          ]
        : undefined,
  },
  { name: 'send it twice', seenBy: 'repeat', change: (_, { original }) => [original, original] },
  {
    name: 'replay the frame before',
    seenBy: 'repeat',
    change: (_, { original, previous }) => (previous === undefined ? undefined : [previous, original]),
  },
  { name: 'drop it', seenBy: 'absence', change: () => [] },
  {
    name: 'skip a sequence number',
    seenBy: 'shape',
    change: (frame) => changed(frame, { sequence: frame.sequence + 1 }),
  },
  {
    name: 'name another run',
    seenBy: 'shape',
    change: (frame, { rng }) => changed(frame, { run: rng(16) }),
  },
  {
    name: 'send garbage of the same length',
    seenBy: 'shape',
    change: (_, { rng, original }) => [rng(original.length)],
  },
  {
    name: 'cut the frame in half',
    seenBy: 'shape',
    change: (_, { original }) => [original.subarray(0, original.length >>> 1)],
  },
  {
    name: 'send a frame above the limit',
    seenBy: 'shape',
    change: (_, { original }) => {
      const oversize = new Uint8Array(maxFrameBytes + 1);
      oversize.set(original);
      return [oversize];
    },
  },
  {
    name: 'fill the body with garbage',
    seenBy: 'body',
    change: (frame, { rng }) =>
      frame.body.length === 0 ? undefined : changed(frame, { body: rng(frame.body.length) }),
  },
  {
    name: 'flip the last bit of the body',
    seenBy: 'end',
    change: (frame) => {
      if (frame.body.length === 0) return undefined;
      const body = frame.body.slice();
      body[body.length - 1] ^= 1;
      return changed(frame, { body });
    },
  },
];

/** Carries out an attack at one site; tells whether it happened. */
export function attackAt(
  site: Site,
  attack: Attack,
): { readonly intercept: Interceptor; readonly done: () => boolean } {
  const previous = new Map<string, Uint8Array>();
  const rng = insecureSeededRng('attack', site.descriptor, attack.name);
  let happened = false;
  return {
    done: () => happened,
    intercept: (from, to, original) => {
      const frame = decodeFrame(original);
      const link = `${from} > ${to}`;
      const before = previous.get(link);
      if (frame.kind === 'data') previous.set(link, original);
      if (frame.kind !== 'data' || !isAt(site, from, to, frame)) return [original];
      const replaced = attack.change(frame, { rng, original, previous: before });
      if (replaced === undefined) return [original];
      happened = true;
      return replaced;
    },
  };
}
