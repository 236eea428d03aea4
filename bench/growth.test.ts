import { describe, expect, it } from 'vitest';
import { createFlagQuestion } from '../src/measure/flag-question.ts';
import { createOverlapQuestion } from '../src/measure/overlap-question.ts';
import { fittedExponent, type Growth, growthsOf, outOfBounds } from './growth.ts';
import { measureParties } from './parties/measure-parties.ts';
import type { Series } from './parties/series.ts';

const sizes = [1, 2, 4, 8, 16].map((size) => 1024 * size);

describe('fittedExponent', () => {
  it.each([0.5, 1, 2])('finds the exponent %f of a power law', (exponent) => {
    expect(fittedExponent(sizes.map((x) => ({ x, y: 3 * x ** exponent })))).toBeCloseTo(exponent, 9);
  });

  it('finds about the exponent of a law that wavers', () => {
    const wavering = sizes.map((x, k) => ({ x, y: x ** 1.5 * (k % 2 === 0 ? 1.1 : 0.9) }));
    expect(Math.abs(fittedExponent(wavering) - 1.5)).toBeLessThan(0.05);
  });

  it('refuses one size, and a value that is not positive', () => {
    expect(() => fittedExponent([{ x: 1, y: 1 }])).toThrow(RangeError);
    expect(() => fittedExponent([1, 2].map((x) => ({ x, y: 0 })))).toThrow(RangeError);
  });
});

describe('outOfBounds', () => {
  const linear: Growth = { what: 'x', of: 'rows', range: [1, 2], cpu: 1, bytes: 1, memory: 0.4 };

  it('accepts what is linear and names what is quadratic', () => {
    expect(outOfBounds(linear)).toEqual([]);
    expect(outOfBounds({ ...linear, cpu: 2 })).toEqual(['x, cpu over rows: exponent 2.00']);
    expect(outOfBounds({ ...linear, bytes: Number.NaN })).toHaveLength(1);
  });
});

describe.runIf(process.env['BLINDFLAG_LONG'] === '1')('growth of questions (long)', () => {
  const [overlap, flag] = [createOverlapQuestion(), createFlagQuestion()];
  const plain = { threads: 0, node: 'own', cold: [], profile: false } as const;
  const setting = (question: string, accounts: number, institutions: number): Series['settings'][number] => ({
    question,
    engine: 'vole',
    accounts,
    institutions,
    ...(question === 'overlap' ? { security: 'semi-honest' as const } : {}),
  });
  const series: readonly Series[] = [
    { ...plain, question: overlap, settings: [12, 14, 16, 18].map((log2) => setting('overlap', 2 ** log2, 2)) },
    { ...plain, question: flag, settings: [12, 14, 16].map((log2) => setting('flag', 2 ** log2, 5)) },
    ...[4, 6, 8, 10].map(
      (count): Series => ({ ...plain, question: flag, settings: [setting('flag', 2 ** 13, count)] }),
    ),
  ];

  it('has exponents of CPU time, bytes and memory within their bounds', async () => {
    const growths = growthsOf((await measureParties(series)).rows);
    expect(growths.map(({ of }) => of)).toEqual(['rows', 'rows', 'institutions']);
    expect(growths.flatMap(outOfBounds)).toEqual([]);
  });
});
