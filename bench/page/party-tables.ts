/** Tables of questions and operations whose parties had a process each. */
import type { PartySummary } from '../../src/measure/measure-question.ts';
import { isDisturbed } from '../parties/attempts.ts';
import type { PartiesReport, PartiesRow } from '../parties/parties-report.ts';
import { digits, formatBytes, formatMs, formatRate } from '../text-table.ts';
import { count, type Table } from './markdown.ts';

type Rows = readonly PartiesRow[];

/** Runs of one question in this Node, over loopback. */
export function plainRows({ rows, node }: PartiesReport, question: string): Rows {
  return rows.filter((row) => row.settings.question === question && row.link === 'loopback' && row.node === node);
}

/** Of times beside which others worked on the machine, and what it says. */
export const MARK: string = String.raw`\*`;
export const MARK_MEANS: string = `${MARK} Others worked on the machine beside a run that counts: with quiet cores it takes less.`;

export function timeOf(row: PartiesRow, ms: number): string {
  return isDisturbed(row) ? `${formatMs(ms)} ${MARK}` : formatMs(ms);
}

/** Warm, with kept base transfers. */
export const isKept = (row: PartiesRow): boolean => row.state === 'warm' && row.baseTransfers === 'kept';

/** By size: cold, warm with fresh base transfers, warm with kept ones. */
export function sizeTable(rows: Rows): Table {
  const sizes = rows.filter(({ threads, settings }) => threads === 0 && settings.engine === 'vole');
  return {
    head: [
      'accounts each',
      'run',
      'wall at the asker',
      'min – max',
      'CPU of all',
      'sent by all',
      'per account',
      'peak RSS, largest party',
      'rounds',
      'error',
    ],
    rows: sizes
      .toSorted((a, b) => a.settings.accounts - b.settings.accounts)
      .map((row) => [
        count(row.settings.accounts),
        [
          row.state,
          `base transfers ${row.baseTransfers}`,
          ...(row.settings.security === 'malicious' ? ['malicious'] : []),
        ].join(', '),
        timeOf(row, row.wallMs.median),
        `${formatMs(row.wallMs.min)} – ${formatMs(row.wallMs.max)}`,
        timeOf(row, row.cpuMs.median),
        formatBytes(row.bytes),
        formatBytes(row.bytes / row.settings.accounts),
        formatBytes(peakRss(row)),
        String(row.rounds),
        `2^${Math.ceil(10 * row.failureLog2) / 10}`,
      ]),
  };
}

export function institutionsTable(rows: Rows): Table {
  const own = rows.filter((row) => isKept(row) && row.threads === 0);
  const accounts = seriesAccounts(own);
  return {
    head: [
      'institutions',
      'accounts each',
      'wall at the asker',
      'CPU of all',
      'sent by all',
      'peak RSS, largest party',
      'rounds',
    ],
    rows: own
      .filter(({ settings }) => settings.accounts === accounts)
      .map((row) => [
        String(row.settings.institutions),
        count(row.settings.accounts),
        timeOf(row, row.wallMs.median),
        timeOf(row, row.cpuMs.median),
        formatBytes(row.bytes),
        formatBytes(peakRss(row)),
        String(row.rounds),
      ]),
  };
}

/** The number of accounts that was measured with more than one number of institutions. */
export function seriesAccounts(rows: Rows): number | undefined {
  const numbers = new Map<number, Set<number>>();
  for (const { settings } of rows) {
    const known = numbers.get(settings.accounts) ?? new Set();
    numbers.set(settings.accounts, known.add(settings.institutions));
  }
  return [...numbers].find(([, institutions]) => institutions.size > 1)?.[0];
}

/** What the largest run cost each party. */
export function partyTable(row: PartiesRow): Table {
  const cells = (party: PartySummary): readonly string[] => [
    party.party,
    party.roles.join(', '),
    formatMs(party.cpuMs),
    formatBytes(party.peakRssBytes),
    formatBytes(party.sentBytes),
    formatBytes(party.receivedBytes),
  ];
  return { head: ['party', 'roles', 'CPU', 'peak RSS', 'sent', 'received'], rows: row.parties.map(cells) };
}

/** The same questions with worker threads, and in another Node. */
export function variantsTable({ rows, node }: PartiesReport): Table {
  const own = rows.filter((row) => isKept(row) && row.link === 'loopback');
  const variants = own.filter((row) => row.threads > 0 || row.node !== node);
  const cells = (row: PartiesRow): readonly string[] => {
    const plain = own.find((other) => other.node === node && other.threads === 0 && sameSize(other, row));
    const ratio = plain === undefined ? '' : `${digits(row.wallMs.median / plain.wallMs.median)} ×`;
    const cpuRatio = plain === undefined ? '' : `${digits(cpuAgainst(row, plain))} ×`;
    return [
      `${row.settings.question}, ${row.settings.institutions} × ${count(row.settings.accounts)}`,
      row.node.slice(1),
      String(row.threads),
      timeOf(row, row.wallMs.median),
      ratio,
      timeOf(row, row.cpuMs.median),
      cpuRatio,
    ];
  };
  return {
    head: [
      'question',
      'Node',
      'worker threads',
      'wall at the asker',
      'against one thread here',
      'CPU of all',
      'against one thread here',
    ],
    rows: variants.map(cells),
  };
}

/** By the yardstick, where both have it: the two were measured minutes apart. */
function cpuAgainst(row: PartiesRow, plain: PartiesRow): number {
  const has = row.proportion !== undefined && plain.proportion !== undefined;
  return has ? row.proportion / plain.proportion : row.cpuMs.median / plain.cpuMs.median;
}

function sameSize(a: PartiesRow, b: PartiesRow): boolean {
  const key = ({ settings: { question, engine, security, accounts, institutions } }: PartiesRow): string =>
    [question, engine, security, accounts, institutions].join();
  return key(a) === key(b);
}

export function linkTable({ rows }: PartiesReport): Table {
  return {
    head: [
      'question',
      'link',
      'base transfers',
      'measured wall',
      'model',
      'measured / model',
      'messages in a chain',
      'bytes, busiest direction',
    ],
    rows: rows.flatMap((row) =>
      row.model === undefined
        ? []
        : [
            [
              `${row.settings.question}, ${row.settings.institutions} × ${count(row.settings.accounts)}`,
              row.link,
              row.baseTransfers,
              timeOf(row, row.wallMs.median),
              formatMs(row.model.modelMs),
              digits(row.wallMs.median / row.model.modelMs),
              String(row.model.messages),
              formatBytes(row.model.bytes),
            ],
          ],
    ),
  };
}

export function committeeTable({ rows }: PartiesReport): Table {
  return {
    head: [
      'operation',
      'how many',
      'Node',
      'operations alone',
      'a second',
      'CPU of all',
      'sent by a member, each',
      'whole run',
    ],
    rows: rows
      .filter(({ settings }) => settings.question === 'committee')
      .map((row) => {
        const operations = row.parties.flatMap((party) => (party.operations === undefined ? [] : [party.operations]));
        const wallMs = Math.max(...operations.map((one) => one.wallMs));
        const sentBytes = Math.max(...operations.map((one) => one.sentBytes));
        const { engine, accounts } = row.settings;
        return [
          engine === 'multiply' ? 'product modulo 2^64' : 'comparison of 32 bits',
          count(accounts),
          row.node.slice(1),
          timeOf(row, wallMs),
          formatRate((1000 * accounts) / wallMs),
          formatMs(operations.reduce((sum, one) => sum + one.cpuMs, 0)),
          formatBytes(sentBytes / accounts),
          timeOf(row, row.wallMs.median),
        ];
      }),
  };
}

export function peakRss({ parties }: PartiesRow): number {
  return Math.max(...parties.map(({ peakRssBytes }) => peakRssBytes));
}
