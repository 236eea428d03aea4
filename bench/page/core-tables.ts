/** Tables of the cryptographic core, of other libraries, and of what others publish. */
import type { PeersReport } from '../peers/peers-report.ts';
import type { BenchReport, CaseResult } from '../results.ts';
import { digits, formatBytes, formatMs } from '../text-table.ts';
import { count, type Table } from './markdown.ts';
import type { PublishedRow } from './page-results.ts';

/** Beginnings of ids that the page shows; `core.json` has all. */
const SHOWN: readonly string[] = ['group/', 'x25519/', 'oprf/', 'opprf/', 'vole/', 'bits/', 'ring/', 'committee/'];

export function coreTable(core: BenchReport, other: BenchReport | undefined): Table {
  const inOther = new Map(other?.cases.map((result) => [result.id, result]));
  const rows = core.cases.filter(({ id }) => SHOWN.some((beginning) => id.startsWith(beginning)));
  const cells = (result: CaseResult | undefined): readonly string[] =>
    result === undefined ? ['', ''] : [formatMs(result.nsPerItem / 1e6), ratio(result)];
  return {
    head: [
      'case',
      'item',
      `one item, Node ${core.node.slice(1)}`,
      '× its baseline',
      ...(other === undefined ? [] : [`one item, Node ${other.node.slice(1)}`, '× its baseline']),
    ],
    rows: rows.map((result) => [
      `\`${result.id}\``,
      result.unit,
      ...cells(result),
      ...(other === undefined ? [] : cells(inOther.get(result.id))),
    ]),
  };
}

function ratio({ speedup }: CaseResult): string {
  return speedup === undefined ? '' : `${digits(speedup.times)} (${digits(speedup.min)} – ${digits(speedup.max)})`;
}

export function peersTable({ rows }: PeersReport): Table {
  return {
    head: [
      'task',
      'library',
      'security model',
      'CPU, one run',
      'wall',
      'CPU, one item',
      'bytes',
      'peak RSS',
      '× CPU of this package',
    ],
    rows: rows.map((row) => [
      `${row.task}: ${count(row.items)} × ${row.unit}`,
      row.version === undefined ? row.library : `${row.library} ${row.version}`,
      row.securityModel,
      formatMs(row.cpuMs),
      formatMs(row.wallMs),
      formatMs(row.cpuNsPerItem / 1e6),
      row.bytes === undefined ? '–' : formatBytes(row.bytes),
      formatBytes(row.peakRssBytes),
      row.ratios.map(({ baseline, times }) => `${digits(times)}${baseline.replace(/^blindflag,?/, '')}`).join('; '),
    ]),
  };
}

export function missingTable({ missing }: PeersReport): Table {
  return {
    head: ['task', 'library', 'not measured here, because'],
    rows: missing.map(({ task, library, reason }) => [task, library, reason]),
  };
}

export function publishedTable(rows: readonly PublishedRow[], task: PublishedRow['task']): Table {
  return {
    head: ['what', 'figure', 'source', 'hardware'],
    rows: rows
      .filter((row) => row.task === task)
      .map(({ what, figure, source, hardware }) => [what, figure, source, hardware]),
  };
}
