/** Frames: encoding, and strict decoding of what a peer sent. */
import { decodeFrame } from '../../src/wire/decode.ts';
import { encodeFrame } from '../../src/wire/encode.ts';
import { type DataFrame, runBytes } from '../../src/wire/frame.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual, requireResult } from '../bench-case.ts';

/** Frames of one run, so that a sample is long enough to time. */
const FRAMES = 64;
const BODY_BYTES: readonly number[] = [64, 65_536];
const CHANNEL = 'flag/shard:0/match:bank-b/tables';

export const wireCases: readonly BenchCase[] = BODY_BYTES.flatMap((bodyBytes) => [
  {
    ...measures('encode', bodyBytes),
    setUp() {
      const frames = framesOf(bodyBytes);
      let encoded: readonly Uint8Array[] | undefined;
      return Promise.resolve({
        run() {
          encoded = frames.map(encodeFrame);
        },
        check: () => requireSame(ran(encoded).map(decodeFrame), frames),
        facts: () => ({ bytes: totalBytes(ran(encoded)) }),
      });
    },
  },
  {
    ...measures('decode', bodyBytes),
    setUp() {
      const frames = framesOf(bodyBytes);
      const encoded = frames.map(encodeFrame);
      let decoded: ReturnType<typeof decodeFrame>[] | undefined;
      return Promise.resolve({
        run() {
          decoded = encoded.map(decodeFrame);
        },
        check: () => requireSame(ran(decoded), frames),
        facts: () => ({ bytes: totalBytes(encoded) }),
      });
    },
  },
]);

function measures(operation: string, bodyBytes: number): Omit<BenchCase, 'setUp'> {
  return {
    id: `wire/${operation}-frame/body-${bodyBytes}`,
    securityModel: 'framing alone: no encryption; decoding accepts only the canonical encoding',
    unit: 'frame',
    items: FRAMES,
    kind: 'micro',
    selection: 'short',
  };
}

function framesOf(bodyBytes: number): readonly DataFrame[] {
  const rng = insecureSeededRng('bench', 'wire', bodyBytes);
  const run = rng(runBytes);
  return Array.from({ length: FRAMES }, (_, sequence) => ({
    kind: 'data',
    run,
    channel: CHANNEL,
    sequence,
    name: 'target-table',
    last: false,
    body: rng(bodyBytes),
  }));
}

function requireSame(decoded: readonly ReturnType<typeof decodeFrame>[], frames: readonly DataFrame[]): void {
  requireResult(decoded.length === frames.length, 'frames are missing');
  for (const [k, frame] of decoded.entries()) {
    if (frame.kind !== 'data') throw new TypeError('Cannot compare frame: it is of another kind');
    const { channel, sequence, name, last } = frames[k];
    requireEqual([frame.channel, frame.sequence, frame.name, frame.last], [channel, sequence, name, last], 'fields');
    requireEqual(frame.body, frames[k].body, 'body');
  }
}

function totalBytes(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.length, 0);
}
