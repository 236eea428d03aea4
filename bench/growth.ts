/** How cost grows: exponents of power laws y = c x^e, fitted to logarithms by least squares. */
import type { PartiesRow } from './parties/parties-report.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** @throws RangeError with fewer than two different x, or a value that has no logarithm */
export function fittedExponent(points: readonly Point[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  if (logs.some(({ x, y }) => !Number.isFinite(x) || !Number.isFinite(y))) {
    throw new RangeError('Cannot fit exponent: a value is not positive');
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(logs.map(({ x }) => x)), mean(logs.map(({ y }) => y))];
  const spread = logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('Cannot fit exponent: fewer than two sizes');
  return logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

export interface Growth {
  readonly what: string;
  /** What grows: rows of a list, or institutions. */
  readonly of: 'rows' | 'institutions';
  /** From and to. */
  readonly range: readonly [number, number];
  readonly cpu: number;
  readonly bytes: number;
  readonly memory: number;
}

/** Exponents that a protocol may have; outside of them something grows in another way than it was designed to. */
export interface GrowthBounds {
  readonly cpu: readonly [number, number];
  readonly bytes: readonly [number, number];
  readonly memory: readonly [number, number];
}

/**
 * Rows: all is linear but what does not depend on them, which lowers an exponent. Institutions: the asker has a match with every other one,
 * and the committee works on as many inputs, so bytes and the work of all grow linearly; a party's memory less.
 */
export const GROWTH_BOUNDS: Readonly<Record<Growth['of'], GrowthBounds>> = {
  rows: { cpu: [0.2, 1.15], bytes: [0.3, 1.1], memory: [-0.2, 1] },
  institutions: { cpu: [0.6, 1.6], bytes: [0.8, 1.6], memory: [-0.2, 1] },
};

/** Exponents outside of their bounds, in words. */
export function outOfBounds(growth: Growth): readonly string[] {
  const bounds = GROWTH_BOUNDS[growth.of];
  return (['cpu', 'bytes', 'memory'] as const)
    .filter((kind) => !(growth[kind] >= bounds[kind][0] && growth[kind] <= bounds[kind][1]))
    .map((kind) => `${growth.what}, ${kind} over ${growth.of}: exponent ${growth[kind].toFixed(2)}`);
}

/** Rows of a list below which what does not depend on it is most of a run. */
const LEAST_ROWS: number = 2 ** 12;

/** The growths that a report has enough sizes for: warm runs with kept base transfers, one thread, no link, one Node. */
export function growthsOf(rows: readonly PartiesRow[]): readonly Growth[] {
  const plain = rows.filter((row) => isPlain(row) && row.node === rows[0].node);
  const growths: Growth[] = [];
  const add = (
    what: string,
    of: Growth['of'],
    own: readonly PartiesRow[],
    sizeOf: (row: PartiesRow) => number,
  ): void => {
    const sizes = own.map(sizeOf);
    if (new Set(sizes).size < 3) return;
    const exponent = (valueOf: (row: PartiesRow) => number): number =>
      fittedExponent(own.map((row) => ({ x: sizeOf(row), y: valueOf(row) })));
    growths.push({
      what,
      of,
      range: [Math.min(...sizes), Math.max(...sizes)],
      cpu: exponent(({ cpuMs }) => cpuMs.median),
      bytes: exponent(({ bytes }) => bytes),
      memory: exponent(({ parties }) => Math.max(...parties.map(({ peakRssBytes }) => peakRssBytes))),
    });
  };
  const large = plain.filter(({ settings }) => settings.accounts >= LEAST_ROWS);
  const isFlag = ({ settings }: PartiesRow): boolean => settings.question === 'flag';
  add(
    'overlap',
    'rows',
    large.filter((row) => !isFlag(row)),
    ({ settings }) => settings.accounts,
  );
  const five = large.filter((row) => isFlag(row) && row.settings.institutions === 5);
  // Lists are padded to powers of two; other sizes would fit the padding.
  const powers = five.filter(({ settings }) => Number.isInteger(Math.log2(settings.accounts)));
  const series = mostCommon(plain.filter(isFlag).map(({ settings }) => settings.accounts));
  add('flag, 5 institutions', 'rows', powers, ({ settings }) => settings.accounts);
  // With three institutions a helper takes part, which is another shape of run.
  const byInstitutions = plain.filter(
    (row) => isFlag(row) && row.settings.accounts === series && row.settings.institutions > 3,
  );
  add(`flag, ${series} accounts`, 'institutions', byInstitutions, ({ settings }) => settings.institutions);
  return growths;
}

function isPlain({ state, baseTransfers, threads, link, settings }: PartiesRow): boolean {
  const { question, engine, security } = settings;
  const isWarm = state === 'warm' && baseTransfers === 'kept' && threads === 0 && link === 'loopback';
  return isWarm && question !== 'committee' && engine === 'vole' && security !== 'malicious';
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}
