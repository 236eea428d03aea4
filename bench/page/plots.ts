/** The plots of the page as Vega-Lite specifications, with their data in them. */
import type { PartiesReport, PartiesRow } from '../parties/parties-report.ts';
import { plainRows } from './party-tables.ts';

export const PLOT_NAMES = ['overlap-scaling', 'overlap-phases', 'flag-scaling', 'flag-phases', 'flag-bytes'] as const;
export type PlotName = (typeof PLOT_NAMES)[number];

/** Plain data; what its fields mean is Vega-Lite's matter. */
export type PlotSpec = Readonly<Record<string, unknown>>;

const SIZE = { width: 560, height: 300 } as const;
const CONFIG = {
  background: 'white',
  font: 'sans-serif',
  axis: { labelFontSize: 12, titleFontSize: 12, gridColor: '#e6e6e6' },
  legend: { labelFontSize: 12, titleFontSize: 12, labelLimit: 0 },
  title: { fontSize: 14, anchor: 'start' },
} as const;

/** What a job's name begins with, in words; bars are stacked in this order. */
const PHASES: Readonly<Record<string, string>> = {
  items: 'reading and hashing names',
  vole: 'VOLE',
  oprf: 'oblivious evaluation',
  match: 'match: table and decoding',
  overlap: 'overlap: table, tags, comparison',
  committee: 'committee gates',
  kit: 'signatures',
  other: 'messages, encryption, sockets, the rest',
};

export function plotSpecs(report: PartiesReport): Readonly<Record<PlotName, PlotSpec>> {
  const overlap = plainRows(report, 'overlap').filter(isPlain);
  const flag = plainRows(report, 'flag').filter((row) => isPlain(row) && row.settings.institutions === 5);
  return {
    'overlap-scaling': scaling('overlap, two institutions: time over accounts', overlap),
    'overlap-phases': phases('overlap: CPU time of both parties by phase (warm, base transfers kept)', overlap),
    'flag-scaling': scaling('flag, five institutions: time over accounts', flag),
    'flag-phases': phases(
      'flag, five institutions: CPU time of all parties by phase (warm, base transfers kept)',
      flag,
    ),
    'flag-bytes': bytesByParty('flag, five institutions: bytes by party', flag),
  };
}

function isPlain({ threads, settings }: PartiesRow): boolean {
  return threads === 0 && settings.engine === 'vole' && settings.security !== 'malicious';
}

/** Wall and CPU time by size, all on logarithmic axes: a straight line is a power law. */
function scaling(title: string, rows: readonly PartiesRow[]): PlotSpec {
  const values = rows.flatMap((row) => {
    const run = row.state === 'cold' ? 'cold' : `warm, ${row.baseTransfers} base transfers`;
    return [
      { accounts: row.settings.accounts, seconds: row.wallMs.median / 1000, run, what: 'wall at the asker' },
      { accounts: row.settings.accounts, seconds: row.cpuMs.median / 1000, run, what: 'CPU of all' },
    ];
  });
  return spec(title, values, {
    mark: { type: 'line', point: true },
    width: 260,
    encoding: {
      x: {
        field: 'accounts',
        type: 'quantitative',
        scale: { type: 'log', base: 2 },
        title: 'accounts of each list',
        axis: { format: ',d', labelOverlap: true, values: [...new Set(values.map(({ accounts }) => accounts))] },
      },
      y: {
        field: 'seconds',
        type: 'quantitative',
        scale: { type: 'log' },
        title: 'seconds',
        axis: { format: '~g', tickCount: 6 },
      },
      color: { field: 'run', type: 'nominal', title: 'run' },
      column: { field: 'what', type: 'nominal', title: null },
    },
  });
}

function phases(title: string, rows: readonly PartiesRow[]): PlotSpec {
  const values = rows.flatMap((row) => {
    const sums = new Map<string, number>();
    for (const { cpuMsByJob = {} } of row.parties) {
      for (const [job, ms] of Object.entries(cpuMsByJob)) sums.set(job, (sums.get(job) ?? 0) + ms);
    }
    return [...sums].map(([job, ms]) => ({
      accounts: row.settings.accounts,
      phase: PHASES[job] ?? job,
      seconds: ms / 1000,
    }));
  });
  return spec(title, values, {
    mark: 'bar',
    encoding: {
      x: { field: 'accounts', type: 'ordinal', title: 'accounts of each list', axis: { format: ',d', labelAngle: 0 } },
      y: {
        field: 'seconds',
        type: 'quantitative',
        aggregate: 'sum',
        stack: 'normalize',
        title: 'share of CPU time',
        axis: { format: '%' },
      },
      color: {
        field: 'phase',
        type: 'nominal',
        title: 'phase',
        sort: Object.values(PHASES),
        scale: { scheme: 'tableau10' },
      },
    },
  });
}

function bytesByParty(title: string, rows: readonly PartiesRow[]): PlotSpec {
  const largest = Math.max(...rows.map(({ settings }) => settings.accounts));
  const shown = rows.filter((row) => row.settings.accounts === largest && row.state === 'warm');
  const values = shown.flatMap((row) =>
    row.parties.flatMap(({ party, sentBytes, receivedBytes }) => [
      { party, megabytes: sentBytes / 1e6, direction: 'sent', run: `${row.baseTransfers} base transfers` },
      { party, megabytes: receivedBytes / 1e6, direction: 'received', run: `${row.baseTransfers} base transfers` },
    ]),
  );
  return spec(
    `${title}, ${largest.toLocaleString('en-US')} accounts each (${shown[0]?.parties[0]?.party ?? ''} asks)`,
    values,
    {
      mark: 'bar',
      encoding: {
        x: { field: 'party', type: 'nominal', title: null, axis: { labelAngle: 0 } },
        xOffset: { field: 'direction', type: 'nominal', sort: ['sent', 'received'] },
        y: { field: 'megabytes', type: 'quantitative', title: 'MB' },
        color: { field: 'direction', type: 'nominal', title: null, sort: ['sent', 'received'] },
        column: { field: 'run', type: 'nominal', title: null },
      },
      width: 250,
    },
  );
}

function spec(title: string, values: readonly object[], rest: PlotSpec): PlotSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    ...SIZE,
    config: CONFIG,
    data: { values },
    ...rest,
  };
}
