import { describe, expect, it } from 'vitest';
import { WrongResult } from '../bench-case.ts';
import { installedVersion } from '../own-package.ts';
import { peerCases } from './cases.ts';
import { comparisons } from './emp-cases.ts';
import { type Contender, measurePeers } from './measure-peers.ts';
import { caseId, type PeerSample } from './peer-case.ts';

const sample = (cpuMs: number, correct = true): PeerSample => ({
  correct,
  samplesMs: { cpu: [cpuMs] },
  wallMs: [cpuMs],
  peakRssBytes: 1,
  bytes: 8,
});
const contender = (library: string, measure: Contender['measure'], items = 1): Contender => ({
  task: 'task',
  library,
  securityModel: 'none',
  items,
  unit: 'thing',
  rounds: 3,
  measure,
});

describe('peerCases', () => {
  it('are there once each, and each has a model of security', () => {
    expect(new Set(peerCases.map(caseId)).size).toBe(peerCases.length);
    for (const { securityModel } of peerCases) expect(securityModel.length).toBeGreaterThan(10);
  });

  const small = peerCases.filter(({ short }) => short === true);
  const ready = small.filter(
    ({ library }) => library === 'blindflag' || library.startsWith('@noble') || library.startsWith('node:'),
  );
  it.each(ready.map((peer) => [caseId(peer), peer] as const))('%s gives a right result', async (_, peer) => {
    const prepared = await peer.setUp();
    await prepared.run();
    expect(prepared.check()).toBe(true);
  });

  // They are installed by npm run bench:peers, and by nothing else.
  const installed = small.filter(({ library }) => installedVersion('peers', library) !== undefined);
  it.runIf(installed.length > 0)('give right results where the other libraries are installed', async () => {
    for (const peer of installed) {
      const prepared = await peer.setUp();
      await prepared.run();
      expect(prepared.check(), caseId(peer)).toBe(true);
    }
  });
});

describe('measurePeers', () => {
  it('reports how many times the time of this package another takes for each item, as if the yardstick were always quickest', async () => {
    // Runs of 10, 30 and 20 yardsticks, which take a millisecond at their quickest.
    const rounds = [10, 33, 20].map(
      (cpuMs, round): PeerSample => ({
        ...sample(cpuMs),
        samplesMs: { cpu: [cpuMs], yardstick: [[1, 1.1, 1][round]] },
      }),
    );
    let round = 0;
    const { rows } = await measurePeers([
      contender('blindflag', () => Promise.resolve(sample(2)), 2),
      contender('other', () => Promise.resolve(rounds[round++])),
    ]);
    expect(rows.map(({ cpuNsPerItem }) => cpuNsPerItem)).toEqual([1e6, 2e7]);
    expect(rows[0].ratios).toEqual([]);
    expect(rows[1].ratios).toEqual([{ baseline: 'blindflag', pairs: 3, times: 20, median: 20, min: 10, max: 30 }]);
    expect(rows[1].samplesMs).toEqual([10, 33, 20].map((cpu, k) => ({ cpu: [cpu], yardstick: [[1, 1.1, 1][k]] })));
  });

  it('measures every task in each round, the parties of a task in turn', async () => {
    const order: string[] = [];
    const told = (task: string, library: string): Contender => ({
      ...contender(library, () => {
        order.push(`${task} ${library}`);
        return Promise.resolve(sample(1));
      }),
      task,
      rounds: library === 'slow' ? 1 : 2,
    });
    await measurePeers([told('a', 'blindflag'), told('b', 'blindflag'), told('a', 'slow')]);
    expect(order).toEqual(['a blindflag', 'a slow', 'b blindflag', 'a blindflag', 'b blindflag']);
  });

  it('goes on with those whose rounds differ much, as often as they can take part', async () => {
    const taken = new Map<string, number>();
    const told = (library: string, spreadMs: number, rounds?: number): Contender => ({
      ...contender(library, () => {
        const round = taken.get(library) ?? 0;
        taken.set(library, round + 1);
        return Promise.resolve(sample(100 + (round % 2) * spreadMs));
      }),
      rounds,
    });
    await measurePeers([told('blindflag', 0), told('unsteady', 50), told('less so', 5), told('slow', 50, 7)]);
    // (100, 105, 100, 105, ...): the error of the middle half is 2.0 % of it after five rounds, 1.6 % after six.
    expect([...taken.values()]).toEqual([4, 12, 6, 7]);
  });

  it('takes the memory of the first round, before larger questions', async () => {
    const sizes = [5, 7, 6];
    const growing = (): Promise<PeerSample> => Promise.resolve({ ...sample(1), peakRssBytes: sizes.shift() ?? 0 });
    const { rows } = await measurePeers([contender('blindflag', growing)]);
    expect(rows[0].peakRssBytes).toBe(5);
  });

  it('ends at a wrong result, whoever gives it', async () => {
    const wrong = contender('other', () => Promise.resolve(sample(1, false)));
    await expect(measurePeers([wrong])).rejects.toThrow(WrongResult);
  });

  it('names a library that cannot run, with the reason, and goes on; not so this package', async () => {
    const broken = (library: string): Contender => contender(library, () => Promise.reject(new Error('not installed')));
    const { rows, missing } = await measurePeers([
      contender('blindflag', () => Promise.resolve(sample(2))),
      broken('other'),
    ]);
    expect(missing).toEqual([{ task: 'task', library: 'other', reason: 'not installed' }]);
    expect(rows.map(({ library }) => library)).toEqual(['blindflag']);
    await expect(measurePeers([broken('blindflag')])).rejects.toThrow('not installed');
  });
});

describe('comparisons', () => {
  it('is a circuit that says x >= y, for pairs at the edges', () => {
    const pairs = [0, 1, 2, 2 ** 31, 2 ** 32 - 1].flatMap((x) =>
      [0, 1, 2 ** 31, 2 ** 32 - 1].map((y) => [x, y] as const),
    );
    const [header, sizes, , ...gates] = comparisons(pairs.length).trimEnd().split('\n');
    const wires: number[] = [];
    for (const side of [0, 1] as const) {
      for (const pair of pairs) for (let bit = 0; bit < 32; bit++) wires.push(Math.floor(pair[side] / 2 ** bit) % 2);
    }
    expect(header.split(' ').map(Number)[0]).toBe(gates.length);
    expect(sizes).toBe(`${32 * pairs.length} ${32 * pairs.length} ${pairs.length}`);
    for (const gate of gates) {
      const words = gate.split(' ');
      const [a, b] = words.slice(2, -2).map((wire) => wires[Number(wire)]);
      wires[Number(words.at(-2))] = { INV: 1 - a, AND: a & b, XOR: a ^ b }[words.at(-1) ?? ''] ?? NaN;
    }
    expect(wires).toHaveLength(Number(header.split(' ')[1]));
    expect(wires.slice(-pairs.length)).toEqual(pairs.map(([x, y]) => Number(x >= y)));
  });
});
