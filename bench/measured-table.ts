/** The README's table "Measured", from stored results: a test holds the README against it. */
import { measuredOn } from './machine.ts';
import type { BenchReport, CaseResult } from './results.ts';
import { digits, formatBytes, formatMs, formatRate } from './text-table.ts';

interface Row {
  readonly what: string;
  readonly id: string;
  readonly measured: (result: CaseResult) => string;
  /** Rests on data that not every machine has: left out where the case was skipped. */
  readonly optional?: boolean;
}

const ROWS: readonly Row[] = [
  {
    what: 'ristretto255 multiplication, decode and encode included: kernel',
    id: 'group/multiply/kernel-256',
    measured: perItem,
  },
  {
    what: 'hash to ristretto255: kernel',
    id: 'group/hash-to-group/kernel-256',
    measured: perItem,
  },
  { what: 'OPRF, asker: blind', id: 'oprf/dh-blind/bins-128', measured: perItem },
  { what: 'OPRF, contributor: one evaluation of its own', id: 'oprf/dh-evaluate/bins-128', measured: perItem },
  { what: 'OPPRF, a record in three bins, programmed', id: 'opprf/programme/records-4096', measured: perItem },
  { what: 'OPPRF, a record in one bin, read', id: 'opprf/read/records-4096', measured: perItem },
  {
    what: 'AND gates, three members in one thread',
    id: 'committee/and/gates-2097152',
    measured: (result) => formatRate(1e9 / result.nsPerItem),
  },
  {
    what: 'products modulo 2^64, three members in one thread',
    id: 'committee/multiply/products-65536',
    measured: (result) => formatRate(1e9 / result.nsPerItem),
  },
  { what: 'flag, 1,000 accounts × 4 institutions, dh engine', id: 'flag/dh/4x1000', measured: wholeRun },
  { what: 'flag, 1,000 accounts × 4 institutions, vole engine', id: 'flag/vole/4x1000', measured: wholeRun },
  { what: 'flag, 10,000 × 5, vole engine', id: 'flag/vole/5x10000', measured: wholeRun },
  { what: 'flag, 100,000 × 5, vole engine', id: 'flag/vole/5x100000', measured: wholeRun },
  {
    what: 'flag, AMLSim: 4 × 5,000 accounts, all four ask, vole engine',
    id: 'flag/amlsim/vole-4x5000',
    measured: wholeRun,
    optional: true,
  },
];

/** The cases that the table rests on. */
export const measuredIds: readonly string[] = ROWS.map(({ id }) => id);

/** Markdown. @throws RangeError when a row was not measured, was measured twice, or in short mode alone */
export function measuredTable(reports: readonly BenchReport[]): string {
  const full = reports.filter((report) => !report.short);
  const rows: string[] = [];
  const used = new Set<BenchReport>();
  for (const row of ROWS) {
    const found = full.flatMap((report) =>
      report.cases.filter((result) => result.id === row.id).map((result) => ({ report, result })),
    );
    if (found.length === 0 && row.optional === true) continue;
    if (found.length !== 1) throw new RangeError(`Cannot make table: ${row.id} has ${found.length} results`);
    const [{ report, result }] = found;
    used.add(report);
    rows.push(`| ${row.what} | ${row.measured(result)} | \`${row.id}\` |`);
  }
  const sources = new Set([...used].map((report) => measuredOn(report, 'all parties in one process and one thread')));
  return ['| what | measured | case |', '|---|---|---|', ...rows, '', ...sources].join('\n').concat('\n');
}

function perItem({ nsPerItem, unit, speedup }: CaseResult): string {
  const time = `${formatMs(nsPerItem / 1e6)} per ${unit}`;
  return speedup === undefined ? time : `${time}; ${digits(speedup.times)} × the plain reference`;
}

function wholeRun(result: CaseResult): string {
  const parts = [formatMs(result.medianMs)];
  if (result.cpuMs !== undefined) parts.push(`${formatMs(result.cpuMs)} CPU of all parties`);
  if (result.addedCpuMs !== undefined) parts.push(`of which ${formatMs(result.addedCpuMs)} added at one party`);
  if (result.addedColdCpuMs !== undefined) parts.push(`${formatMs(result.addedColdCpuMs)} in the first runs`);
  if (result.bytes !== undefined && result.bytesPerItem !== undefined) {
    parts.push(`${formatBytes(result.bytes)} sent (${formatBytes(result.bytesPerItem)} per account)`);
  }
  if (result.rounds !== undefined) parts.push(`${result.rounds} rounds`);
  if (result.failureLog2 !== undefined) parts.push(`error below 2^${Math.ceil(result.failureLog2)}`);
  if (result.peakRssBytes !== undefined) parts.push(`${formatBytes(result.peakRssBytes)} peak RSS`);
  return parts.join(', ');
}
