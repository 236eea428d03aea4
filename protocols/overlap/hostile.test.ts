import { describe, expect, it } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import type { Interceptor } from '../../src/kit/memory-network.ts';
import type { PartyId } from '../../src/kit/party.ts';
import {
  IdleClock,
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  runInMemory,
} from '../../src/testing.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import { encodeFrame } from '../../src/wire/encode.ts';
import { tampering, withBytes } from '../../test/redteam/wiretap.ts';
import {
  HOLDER,
  type Lists,
  names,
  overlapRun,
  parametersFor,
  RECEIVER,
  type Rule,
} from '../../test/support/overlap-run.ts';
import { overlap } from './index.ts';

/** RFC 9496 Appendix A: the identity, and encodings that are none. */
const INVALID: readonly (readonly [string, string])[] = [
  ['the identity', '00'.repeat(32)],
  ['an encoding that is not canonical', `edffffff${'ff'.repeat(27)}7f`],
  ['a negative encoding', `0100000000000000${'00'.repeat(24)}`],
  ['no square', '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371'],
];

const lists: Lists = {
  asked: names(100),
  held: names(90, 20).map((account) => [account, new Uint8Array(3)]),
};

async function errorsWith(rule: Rule, intercept: Interceptor): Promise<ReadonlyMap<PartyId, MpcError | undefined>> {
  const outcomes = await runInMemory(overlap, overlapRun(lists, parametersFor(lists, { ...rule, batchRows: 64 })), {
    rng: (party) => insecureSeededRng('hostile', party),
    signer: insecureTestSigner,
    verify: insecureTestVerifier,
    clock: new IdleClock(),
    intercept,
  });
  return new Map(
    [...outcomes].map(([party, outcome]) => {
      if (outcome.status === 'fulfilled') return [party, undefined];
      if (outcome.reason instanceof MpcError) return [party, outcome.reason];
      throw outcome.reason;
    }),
  );
}

describe.each(['receiver', 'size-only'] as const)('a run in mode %s on engine dh', (mode) => {
  const engine = 'dh';
  const elements: readonly (readonly [string, PartyId, PartyId])[] = [
    ['overlap-query', HOLDER, RECEIVER],
    ['overlap-answered', RECEIVER, HOLDER],
  ];
  for (const [message, finder, culprit] of elements) {
    it.each(INVALID)(`ends with bad-message that names the party when ${message} holds %s`, async (_what, hex) => {
      const { intercept, changed } = tampering((frame) =>
        // The last row of the second message.
        frame.name === message && frame.sequence === 1
          ? { ...frame, body: withBytes(frame.body, frame.body.length - 32, Buffer.from(hex, 'hex')) }
          : undefined,
      );
      const errors = await errorsWith({ mode, engine }, intercept);
      expect(changed()).toBe(1);
      expect(errors.get(finder)).toMatchObject({ code: 'bad-message', party: culprit });
      expect(errors.get(culprit)).toMatchObject({ code: 'peer-aborted' });
    });
  }

  it('ends with unexpected-message when an answer comes before its query', async () => {
    let done = false;
    const errors = await errorsWith({ mode, engine }, (from, _to, bytes) => {
      const frame = decodeFrame(bytes);
      if (done || from !== HOLDER || frame.kind !== 'data') return [bytes];
      done = true;
      const body = Buffer.from('e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76'.repeat(64), 'hex');
      const early = { channel: 'overlap/evaluate', name: 'overlap-answered', sequence: 0, last: true, body };
      return [bytes, encodeFrame({ ...frame, ...early })];
    });
    expect(errors.get(RECEIVER)).toMatchObject({ code: 'unexpected-message', party: HOLDER });
  });
});

describe('a run on engine vole', () => {
  const shorter = (name: string) =>
    tampering((frame) =>
      frame.name === name ? { ...frame, body: frame.body.subarray(0, frame.body.length - 8) } : undefined,
    );

  it.each([
    ['overlap-differences', HOLDER, RECEIVER],
    ['overlap-rows', RECEIVER, HOLDER],
  ] as const)('ends with an error that names the party when %s is too short', async (name, finder, culprit) => {
    const { intercept, changed } = shorter(name);
    const errors = await errorsWith({ mode: 'receiver', engine: 'vole' }, intercept);
    expect(changed()).toBeGreaterThan(0);
    expect(errors.get(finder)).toMatchObject({ party: culprit });
    expect(errors.get(culprit)).toMatchObject({ code: 'peer-aborted' });
  });

  it('finds nothing when differences were changed on their way', async () => {
    const { intercept, changed } = tampering((frame) =>
      frame.name === 'overlap-differences' ? { ...frame, body: frame.body.map((byte) => byte ^ 1) } : undefined,
    );
    const errors = await errorsWith({ mode: 'receiver', engine: 'vole' }, intercept);
    expect(changed()).toBe(1);
    expect([...errors.values()]).toEqual([undefined, undefined]);
  });
});

describe('a run against malicious parties', () => {
  const rule: Rule = { mode: 'receiver', engine: 'vole', security: 'malicious' };
  const changing = (name: string, change: (body: Uint8Array) => Uint8Array) =>
    tampering((frame) => (frame.name === name ? { ...frame, body: change(frame.body) } : undefined));
  const flipped = (at: number) => (body: Uint8Array) => body.map((byte, k) => (k === at ? byte ^ 1 : byte));

  it.each([
    ['commitment', 'overlap-coin-commitment', 31],
    ['half', 'overlap-coin-opening', 0],
    ['hiding bytes', 'overlap-coin-opening', 47],
  ] as const)('ends with bad-message that names the holder when it opens another %s', async (_what, name, at) => {
    const { intercept, changed } = changing(name, flipped(at));
    const errors = await errorsWith(rule, intercept);
    expect(changed()).toBe(1);
    expect(errors.get(RECEIVER)).toMatchObject({ code: 'bad-message', party: HOLDER });
    expect(errors.get(HOLDER)).toMatchObject({ code: 'peer-aborted' });
  });

  it.each([
    ['overlap-coin-commitment', RECEIVER, HOLDER],
    ['overlap-coin', HOLDER, RECEIVER],
    ['overlap-coin-opening', RECEIVER, HOLDER],
  ] as const)('ends with an error that names the party when %s is too short', async (name, finder, culprit) => {
    const { intercept, changed } = changing(name, (body) => body.subarray(1));
    const errors = await errorsWith(rule, intercept);
    expect(changed()).toBe(1);
    expect(errors.get(finder)).toMatchObject({ party: culprit });
    expect(errors.get(culprit)).toMatchObject({ code: 'peer-aborted' });
  });

  it('has the coin commitment on its way before the receiver’s table, and the opening behind it', async () => {
    const order: string[] = [];
    const { intercept } = tampering((frame) => {
      order.push(frame.name);
      return undefined;
    });
    await errorsWith(rule, intercept);
    const at = (name: string): number => order.indexOf(name);
    expect(at('overlap-coin-commitment')).toBeGreaterThanOrEqual(0);
    expect(at('overlap-coin-commitment')).toBeLessThan(at('overlap-differences'));
    expect(at('overlap-differences')).toBeLessThan(at('overlap-coin'));
    expect(at('overlap-coin')).toBeLessThan(at('overlap-coin-opening'));
    expect(at('overlap-coin-opening')).toBeLessThan(at('overlap-rows'));
    expect(order.filter((name) => name === 'overlap-coin').length).toBe(1);
  });
});

describe('a holder that repeats one tag', () => {
  it('gets a run that ends, with an answer that is its own fault', async () => {
    const { intercept, changed } = tampering((frame) =>
      frame.name === 'overlap-rows' ? { ...frame, body: new Uint8Array(frame.body.length) } : undefined,
    );
    const errors = await errorsWith({ mode: 'receiver', columns: [{ name: 'risk', bytes: 3 }] }, intercept);
    expect(changed()).toBe(2);
    expect([...errors.values()]).toEqual([undefined, undefined]);
  });
});
