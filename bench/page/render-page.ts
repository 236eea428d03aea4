/** `bench/RESULTS.md` from stored results: every number in it comes from them. */
import { growthsOf } from '../growth.ts';
import { LINK_SHAPES } from '../link/link-shape.ts';
import type { MachineRecord } from '../machine.ts';
import type { PartiesRow } from '../parties/parties-report.ts';
import { formatMs } from '../text-table.ts';
import { coreTable, missingTable, peersTable, publishedTable } from './core-tables.ts';
import { count, markdown, type Table } from './markdown.ts';
import type { PageResults } from './page-results.ts';
import {
  committeeTable,
  institutionsTable,
  linkTable,
  MARK_MEANS,
  partyTable,
  plainRows,
  sizeTable,
  variantsTable,
} from './party-tables.ts';
import { PLOT_NAMES } from './plots.ts';

const HEAD = `<!-- Made by \`npm run bench:page\`; do not edit. -->
# Results

Every number here is taken from the JSON files in [results](results); [README.md](README.md) says how to make them anew, what they mean and
how noise is handled. CPU time is that of all threads of a process; figures of questions are of processes that share one machine, over
WebSockets and Noise, from account names in memory to the answer by row, and every answer was compared with the plaintext rule while it was
timed. *Cold* is the first run of fresh processes, four times; *warm* comes after 20 small runs. Base transfers are *fresh* (made in the run) or
*kept* from an earlier run of the same two parties. Times are medians of the runs that had quiet cores, of three at least.
${MARK_MEANS}
`;

const shortRun = (what: string): string =>
  `> **Of a short run: ${what}.** It shows that everything works: sizes are small, most figures rest on one run, and times say little.\n`;

export function renderPage(results: PageResults): string {
  const { core, otherCore, parties, peers, published } = results;
  const overlap = plainRows(parties, 'overlap');
  const flag = plainRows(parties, 'flag');
  const largest = flag.findLast(isLargestKept(flag));
  const sections: readonly (readonly string[])[] = [
    [
      HEAD,
      ...(parties.short ? [shortRun('questions and committee')] : []),
      ...(peers.short ? [shortRun('other libraries')] : []),
    ],
    ['## Where and when', markdown(machineTable(results))],
    [
      '## overlap: two institutions',
      plot('overlap-scaling'),
      markdown(sizeTable(overlap)),
      beside(published, 'overlap'),
      plot('overlap-phases'),
    ],
    [
      '## flag: one institution asks about all of its accounts',
      plot('flag-scaling'),
      markdown(sizeTable(flag.filter(({ settings }) => settings.institutions === 5))),
      ...flag.flatMap(allAsk),
      ...(largest === undefined ? [] : [largestRun(largest)]),
      plot('flag-bytes'),
      plot('flag-phases'),
      '### By number of institutions',
      'With three institutions a neutral helper takes part.\n',
      markdown(institutionsTable(flag)),
    ],
    ['## Threads, and another Node', markdown(variantsTable(parties)), skippedLines(parties.skipped)],
    ['## Links', LINKS, markdown(linkTable(parties))],
    ['## Committee operations', COMMITTEE, markdown(committeeTable(parties)), beside(published, 'committee')],
    [
      '## Other libraries, in the same run',
      PEERS,
      markdown(peersTable(peers)),
      ...(peers.missing.length === 0 ? [] : [markdown(missingTable(peers))]),
    ],
    ['## The cryptographic core', CORE, markdown(coreTable(core, otherCore)), beside(published, 'core')],
    ['## Growth', GROWTH, markdown(growthTable(parties.rows))],
  ];
  return `${sections
    .map((section) =>
      section
        .join('\n\n')
        .replace(/\n{3,}/g, '\n\n')
        .trimEnd(),
    )
    .join('\n\n')}\n`;
}

const LINKS = `What lies between every two parties takes bytes at its rate and delivers them half a round trip later, each connection by itself:
${LINK_SHAPES.map(({ name, roundTripMs, bitsPerSecond, jitterMs }) => `${name} ${roundTripMs} ms there and back, ${bitsPerSecond / 1e6} Mbit/s, jitter up to ${jitterMs} ms`).join('; ')}.
The model adds the wall time without a link, half a round trip for every message of the longest chain, and the bytes of the busiest
direction over the rate. A figure below 1 means that computing and sending overlap; above 1, that senders wait for windows.
`;
const COMMITTEE = `Three processes, encrypted; what is timed as the operations lies between two rounds in which the members meet.
`;
const PEERS = `Each library in a process of its own, warm; what has parties runs all of them there. This package's questions and operations run in a
process per party, over encrypted sockets, and their CPU time is that of all parties. Ratios are of mean CPU times for the same items, of the middle half
of rounds, by a yardstick between runs; where security models differ they compare unlike things.
`;
const CORE = `Times are medians. How many times less time than its baseline a case takes is said of the middle half of pairs of blocks of some milliseconds,
and of the totals where runs are longer; in brackets the range of pairs.
`;
const GROWTH = `Exponents e of cost = c · size^e, fitted to the warm runs with kept base transfers above; lists below 4,096 rows are left out.
The long suite asserts bounds on them.
`;

function machineTable({ core, otherCore, parties, peers }: PageResults): Table {
  const row = (what: string, record: MachineRecord): readonly string[] => [
    what,
    record.date.slice(0, 16).replace('T', ' '),
    `\`${record.commit.slice(0, 12)}\`${record.dirty ? ', with changes' : ''}`,
    record.node.slice(1),
    `${record.cores} × ${record.cpu}`,
    String(record.loadAverage),
  ];
  return {
    head: ['results', 'date (UTC)', 'commit', 'Node', 'processors', 'load when it began'],
    rows: [
      row('questions and committee', parties),
      row('other libraries', peers),
      row('core', core),
      ...(otherCore === undefined ? [] : [row('core, another Node', otherCore)]),
    ],
  };
}

function beside(published: PageResults['published'], task: 'overlap' | 'committee' | 'core'): string {
  return `Published, and native builds:\n\n${markdown(publishedTable(published, task))}`;
}

function isLargestKept(rows: readonly PartiesRow[]): (row: PartiesRow) => boolean {
  const accounts = Math.max(...rows.map(({ settings }) => settings.accounts));
  return (row) => row.settings.accounts === accounts && row.baseTransfers === 'kept' && row.threads === 0;
}

function allAsk({ settings, allAsk: all }: PartiesRow): readonly string[] {
  if (all === undefined) return [];
  const { median, min, max } = all.wallMs;
  const what = `${settings.institutions} × ${count(settings.accounts)}, all ${settings.institutions} ask in turn`;
  return [`${what}, base transfers kept: ${formatMs(median)} (${formatMs(min)} – ${formatMs(max)}).`];
}

function largestRun(row: PartiesRow): string {
  const { settings } = row;
  return `${settings.institutions} × ${count(settings.accounts)}, warm, base transfers kept, by party.\n\n${markdown(partyTable(row))}`;
}

function growthTable(rows: readonly PartiesRow[]): Table {
  return {
    head: ['what', 'over', 'from – to', 'CPU of all', 'bytes of all', 'peak RSS, largest party'],
    rows: growthsOf(rows).map(({ what, of, range, cpu, bytes, memory }) => [
      what,
      of,
      `${count(range[0])} – ${count(range[1])}`,
      ...[cpu, bytes, memory].map((exponent) => exponent.toFixed(2)),
    ]),
  };
}

function skippedLines(skipped: readonly { readonly id: string; readonly reason: string }[]): string {
  return skipped.map(({ id, reason }) => `Not measured: ${id}: ${reason}.`).join('\n\n');
}

function plot(name: (typeof PLOT_NAMES)[number]): string {
  return `![${name.replace('-', ' ')}](plots/${name}.svg)`;
}
