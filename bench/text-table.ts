/** Results for people: units, and a table per area. */
import type { CaseResult } from './results.ts';

/** Times as a person reads them: three digits and a unit. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${digits(ms / 1000)} s`;
  if (ms >= 1) return `${digits(ms)} ms`;
  if (ms >= 1e-3) return `${digits(1e3 * ms)} µs`;
  return `${digits(1e6 * ms)} ns`;
}

/** Decimal units. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${digits(bytes / 1e9)} GB`;
  if (bytes >= 1e6) return `${digits(bytes / 1e6)} MB`;
  if (bytes >= 1e3) return `${digits(bytes / 1e3)} kB`;
  return `${digits(bytes)} B`;
}

/** How many a second. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 1e9) return `${digits(perSecond / 1e9)} G/s`;
  if (perSecond >= 1e6) return `${digits(perSecond / 1e6)} M/s`;
  if (perSecond >= 1e3) return `${digits(perSecond / 1e3)} k/s`;
  return `${digits(perSecond)} /s`;
}

/** Three significant digits, without exponent. */
export function digits(value: number): string {
  const short = Number(value.toPrecision(3));
  return short >= 1000 ? String(Math.round(short)) : String(short);
}

const COLUMNS = [
  'case',
  'median',
  'min',
  'p95',
  'n',
  'per item',
  'items',
  'CPU',
  'bytes/item',
  'peak RSS',
  'hold',
  'own',
];

/** One table per area. */
export function resultTables(results: readonly CaseResult[]): string {
  const areas = new Map<string, CaseResult[]>();
  for (const result of results) {
    const [area] = result.id.split('/');
    areas.set(area, [...(areas.get(area) ?? []), result]);
  }
  return [...areas.values()].map((own) => tableOf([COLUMNS, ...own.flatMap(rowsOf)])).join('\n');
}

function rowsOf(result: CaseResult): readonly (readonly string[])[] {
  const row = [
    result.id,
    formatMs(result.medianMs),
    formatMs(result.minMs),
    formatMs(result.p95Ms),
    String(result.iterations),
    `${formatMs(result.nsPerItem / 1e6)}/${result.unit}`,
    formatRate(1e9 / result.nsPerItem),
    optional(result.cpuMs, formatMs),
    optional(result.bytesPerItem, formatBytes),
    optional(result.rssBytes ?? result.peakRssBytes, formatBytes),
    optional(result.longestHoldMs, formatMs),
    optional(result.longestHoldCpuMs, formatMs),
  ];
  const { speedup, addedCpuMs, addedColdCpuMs } = result;
  const notes: string[] = [];
  if (speedup !== undefined)
    notes.push(`  ${speedup.times} x (pairs ${speedup.min} to ${speedup.max}) ${speedup.baseline}`);
  if (addedCpuMs !== undefined) notes.push(`  ${formatMs(addedCpuMs)} of CPU added at one party`);
  if (addedColdCpuMs !== undefined) notes.push(`  ${formatMs(addedColdCpuMs)} in the first runs`);
  return [row, ...notes.map((note) => [note])];
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '' : format(value);
}

/** Columns as wide as their widest cell; a row of one cell is a note and may be wider. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.filter((row) => row.length > 1).map((row) => row[column].length)),
  );
  const lines = rows.map((row) =>
    row.length === 1
      ? row[0]
      : row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
  );
  return `${lines.join('\n')}\n`;
}
