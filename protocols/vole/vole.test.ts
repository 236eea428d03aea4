import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { fieldBytes, multiplyGf128 } from '../../src/crypto/gf2.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { brokenRows, elementAt, oracleGf128 } from '../../test/support/gf2-oracle.ts';
import { holder, receiver, runVole, type VoleRun } from '../../test/support/vole-run.ts';
import { idealVole } from './ideal.ts';
import { createVole, memoryBaseOtStore, noBaseOtStore, voleFlow, volePlan, voleRounds } from './index.ts';

const short = { length: 20, field: 'gf64', security: 'semi-honest' } as const;

/** Rows of the outputs that break C = A Delta + K. */
const broken = ({ received, held }: VoleRun): readonly number[] =>
  brokenRows(received, held, received.a.length / (held.k.length / 16));

describe('vole', () => {
  it.each([
    [1, 'gf64', 'semi-honest'],
    [300, 'gf128', 'semi-honest'],
    [255, 'gf64', 'malicious'],
    [4096, 'gf64', 'semi-honest'],
    [4097, 'gf128', 'malicious'],
  ] as const)('gives C = A Delta + K in every one of %i rows over %s, %s', async (length, field, security) => {
    const run = await runVole({ length, field, security }, { seed: 1 });
    const { received, held } = run;
    const width = fieldBytes(field);
    expect([received.a.length, received.c.length, held.k.length]).toEqual([width * length, 16 * length, 16 * length]);
    expect(broken(run)).toEqual([]);
    const changed = received.c.map((byte, at) => (at % 1600 === 0 ? byte ^ 1 : byte));
    expect(brokenRows({ ...received, c: changed }, held, width).length).toBe(Math.ceil(length / 100));
  });

  it('gives a uniform A, and different rows', async () => {
    const { received, held } = await runVole({ length: 4096, field: 'gf64', security: 'malicious' }, { seed: 2 });
    const ones = received.a.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
    // 2^18 bits: six standard deviations are 1536.
    expect(Math.abs(ones - 2 ** 17)).toBeLessThan(1536);
    const rows = (bytes: Uint8Array, width: number): number =>
      new Set(Array.from({ length: 4096 }, (_, i) => toHex(bytes.subarray(i * width, (i + 1) * width)))).size;
    expect([rows(received.a, 8), rows(received.c, 16), rows(held.k, 16)]).toEqual([4096, 4096, 4096]);
  });

  it('is what the ideal functionality gives, which the oracle finds right', () => {
    const { receiver: received, holder: held } = idealVole(50, 'gf128', insecureSeededRng('ideal'));
    expect(brokenRows(received, held, 16)).toEqual([]);
    expect(brokenRows(received, { ...held, delta: received.a.slice(0, 16) }, 16).length).toBe(50);
  });

  it.each([
    [4095, -104],
    [4096, -48],
  ])('states the error of its weakest check with %i rows', (length, log2) => {
    const { spec } = createVole(noBaseOtStore);
    const parameters = { length, field: 'gf128', receiver, holder } as const;
    expect(spec.failures({ ...parameters, security: 'malicious' })).toEqual([
      { event: 'a check passes by chance', log2 },
    ]);
    expect(spec.failures({ ...parameters, security: 'semi-honest' })).toEqual([]);
  });

  it.each([
    ['a length of zero', { length: 0 }],
    ['a length that is no integer', { length: 1.5 }],
    ['a length above 2^23', { length: 2 ** 23 + 1 }],
    ['one party in both roles', { receiver: holder }],
  ])('is refused with %s', (_what, change) => {
    const { spec } = createVole(noBaseOtStore);
    expect(() => spec.validate({ ...short, receiver, holder, ...change })).toThrow(/Cannot plan/);
  });
});

describe('kept base transfers', () => {
  const security = 'malicious';
  const long = { length: 4096, field: 'gf64', security } as const;
  const brief = { ...short, security } as const;
  const sent = ({ messages }: VoleRun): ReadonlySet<string> => new Set(messages.map(({ message }) => message));

  it('save two messages of each side and a round, and give another Delta, A and K', async () => {
    const store = memoryBaseOtStore();
    const first = await runVole(long, { seed: 1, store });
    // Without points the first message that is waited for is the holder's.
    const second = await runVole(long, { seed: 2, store, initiator: receiver });
    expect(broken(second)).toEqual([]);
    const plan = volePlan(long);
    expect([first.rounds, second.rounds]).toEqual([voleRounds(plan), voleRounds(plan) - 1]);
    const flow = voleFlow(receiver, holder, plan).map((row) => row.message);
    expect(sent(first)).toEqual(new Set(flow));
    expect(sent(second)).toEqual(new Set(flow.filter((name) => !/points|seeds/.test(name))));
    for (const [one, other] of [
      [first.held.delta, second.held.delta],
      [first.held.k, second.held.k],
      [first.received.a, second.received.a],
    ]) {
      expect(toHex(one.subarray(0, 16))).not.toBe(toHex(other.subarray(0, 16)));
    }
  });

  it('serve both directions', async () => {
    const store = memoryBaseOtStore();
    await runVole(brief, { seed: 1, store });
    const reversed = await runVole(brief, { seed: 2, store, reversed: true });
    expect(sent(reversed).has('base-ot-points')).toBe(false);
    expect(broken(reversed)).toEqual([]);
  });

  it.each([
    ['the receiver', receiver, holder],
    ['the holder', holder, receiver],
  ])('are made anew when %s has lost them', async (_who, self, peer) => {
    const store = memoryBaseOtStore();
    await runVole(brief, { seed: 1, store });
    store.forget({ self, peer, checked: true });
    const next = await runVole(brief, { seed: 2, store });
    expect(sent(next).has('base-ot-points')).toBe(true);
    expect(broken(next)).toEqual([]);
    expect(sent(await runVole(brief, { seed: 3, store })).has('base-ot-points')).toBe(false);
  });

  it('are made anew when the two sides have kept different ones', async () => {
    const [store, other] = [memoryBaseOtStore(), memoryBaseOtStore()];
    await runVole(brief, { seed: 1, store });
    await runVole(brief, { seed: 2, store: other });
    const pair = { self: receiver, peer: holder, checked: true };
    const foreign = other.find(pair);
    if (foreign === undefined) throw new Error('nothing was kept');
    store.forget(pair);
    store.keep(pair, foreign);
    const next = await runVole(brief, { seed: 3, store });
    expect(sent(next).has('base-ot-points')).toBe(true);
    expect(broken(next)).toEqual([]);
  });

  it('are not those of another epoch, nor those of runs without checks', async () => {
    let epoch = 1;
    const store = memoryBaseOtStore({ epoch: () => epoch });
    const made = async (seed: number, shape: Parameters<typeof runVole>[0]): Promise<boolean> =>
      sent(await runVole(shape, { seed, store })).has('base-ot-points');
    expect(await made(1, short)).toBe(true);
    expect(await made(2, short)).toBe(false);
    expect(await made(3, brief)).toBe(true);
    epoch++;
    expect(await made(4, short)).toBe(true);
  });

  it('serve runs side by side, which begin without any', async () => {
    const store = memoryBaseOtStore();
    const first = await Promise.all([1, 2, 3].map((seed) => runVole(brief, { seed, store })));
    const next = await Promise.all([4, 5, 6].map((seed) => runVole(brief, { seed, store })));
    for (const run of [...first, ...next]) expect(broken(run)).toEqual([]);
    for (const run of next) expect(sent(run).has('base-ot-points')).toBe(false);
    const deltas = [...first, ...next].map(({ held }) => toHex(held.delta));
    const rows = [...first, ...next].map(({ held }) => toHex(held.k.subarray(0, 16)));
    expect([new Set(deltas).size, new Set(rows).size]).toEqual([6, 6]);
  });
});

describe('the products in the README', () => {
  const rows = [
    ...readFileSync('protocols/vole/README.md', 'utf8').matchAll(/\| `(\w{32})` \| `(\w{32})` \| `(\w{32})` \|/g),
  ];

  it('are there', () => {
    expect(rows.length).toBe(4);
  });

  it.each(rows.map(([, a, b, product]) => [a, b, product]))('%s times %s', (a, b, product) => {
    expect(toHex(multiplyGf128(fromHex(a), fromHex(b)))).toBe(product);
    const value = (hex: string): bigint => elementAt(fromHex(hex), 0, 16);
    expect(oracleGf128(value(a), value(b))).toBe(value(product));
  });
});
