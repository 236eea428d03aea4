import { describe, expect, it } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import type { Interceptor } from '../../src/kit/memory-network.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import { encodeFrame } from '../../src/wire/encode.ts';
import type { Frame } from '../../src/wire/frame.ts';
import { sitesOfCase } from './attacked.ts';
import { scoreCase } from './cases.ts';
import { errorsOf, observe } from './observe.ts';
import { isAt, type Site } from './sites.ts';
import { expectAllNamed, expectOrderlyEnd } from './verdict.ts';

const SEED = 1;
const entry = scoreCase;
const sites = (await sitesOfCase(entry)).filter((site) => site.occurrence === 'first' && site.channel !== 'done');

/** Sends additional frames of the site's sender right before the site's own. */
function inject(site: Site, forge: (run: Uint8Array) => readonly Uint8Array[]): Interceptor {
  return (from, to, original) => {
    const frame = decodeFrame(original);
    if (frame.kind !== 'data' || !isAt(site, from, to, frame)) return [original];
    return [...forge(frame.run), original];
  };
}

const forged = (frame: (run: Uint8Array) => Frame) => (run: Uint8Array) => [encodeFrame(frame(run))];

const fatal: readonly (readonly [string, (run: Uint8Array) => readonly Uint8Array[]])[] = [
  ['credit that was never owed', forged((run) => ({ kind: 'credit', run, channel: 'open', bytes: 2 ** 40 }))],
  ['credit on an unknown channel', forged((run) => ({ kind: 'credit', run, channel: '__proto__', bytes: 1 }))],
  ['credit for nothing', forged((run) => ({ kind: 'credit', run, channel: 'open', bytes: 0 }))],
  ['a probe of another run', forged(() => ({ kind: 'probe', run: new Uint8Array(16) }))],
  ['a status of another run', forged(() => ({ kind: 'status', run: new Uint8Array(16), waiting: [] }))],
  [
    'an abort of another run',
    forged(() => ({ kind: 'abort', run: new Uint8Array(16), code: 'x', phase: '', party: '' })),
  ],
  ['a frame of an unknown kind', (run) => [Uint8Array.of(0x93, 1, 9, 0xc4, 16, ...run)]],
  ['a frame of another version', (run) => [Uint8Array.of(0x93, 2, 4, 0xc4, 16, ...run)]],
  ['a probe that goes on', (run) => [Uint8Array.of(0x93, 1, 4, 0xc4, 16, ...run, 0)]],
  ['an empty frame', () => [new Uint8Array(0)]],
  ['a map in place of a frame', () => [Uint8Array.of(0x81, 0xa1, 0x61, 1)]],
  ['a record definition', () => [Uint8Array.of(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61)]],
];

const harmless: readonly (readonly [string, (run: Uint8Array) => readonly Uint8Array[]])[] = [
  ['a thousand probes', (run) => Array.from({ length: 1000 }, () => encodeFrame({ kind: 'probe', run }))],
  [
    'a thousand answers that nobody asked for',
    (run) => Array.from({ length: 1000 }, () => encodeFrame({ kind: 'status', run, waiting: ['bank-a', 'nobody'] })),
  ],
];

describe('a frame that is no data', () => {
  it.each(fatal)('ends the run with the name of its sender when it is %s', async (what, forge) => {
    for (const site of sites) {
      const seen = await observe(entry, { seed: SEED, intercept: inject(site, forge) });
      expectOrderlyEnd(seen, { entry, seed: SEED, what });
      expectAllNamed(seen, `${what} at ${site.descriptor}`, { blamed: [site.from] });
      const error = errorsOf(seen.outcomes).get(site.to);
      expect(error instanceof MpcError ? error.code : error, what).toBe('bad-frame');
    }
  });

  it.each(harmless)('changes no answer when it is one of %s', async (what, forge) => {
    for (const site of sites.slice(0, 12)) {
      const seen = await observe(entry, { seed: SEED, intercept: inject(site, forge) });
      expect(errorsOf(seen.outcomes), site.descriptor).toEqual(new Map());
      expectOrderlyEnd(seen, { entry, seed: SEED, what });
    }
  });

  it.each([
    ['blames nobody', '', 'bad-message', 'peer-aborted'],
    ['blames a stranger', 'bank-z', 'bad-message', 'peer-aborted'],
    ['gives a code that does not exist', '', 'no-such-code', 'peer-aborted'],
    ['says that it was refused', '', 'refused', 'refused-by-peer'],
  ])('ends the run with the name of its sender when it is an abort that %s', async (what, party, code, expected) => {
    for (const site of sites) {
      const forge = forged((run) => ({ kind: 'abort', run, code, phase: '', party }));
      const seen = await observe(entry, { seed: SEED, intercept: inject(site, forge) });
      expectOrderlyEnd(seen, { entry, seed: SEED, what });
      const error = errorsOf(seen.outcomes).get(site.to);
      expect(error, `${what} at ${site.descriptor}`).toMatchObject({ code: expected, party: site.from });
    }
  });
});
