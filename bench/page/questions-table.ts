/** The README's table of whole questions: what the one who asks waits for, and what others take for the same. */
import { measuredOn } from '../machine.ts';
import type { PartiesRow } from '../parties/parties-report.ts';
import type { PeersReport } from '../peers/peers-report.ts';
import { digits, formatBytes } from '../text-table.ts';
import { count, markdown } from './markdown.ts';
import type { PageResults } from './page-results.ts';
import { isKept, MARK, MARK_MEANS, peakRss, plainRows, timeOf } from './party-tables.ts';

interface Shown {
  readonly question: 'overlap' | 'flag';
  readonly institutions: number;
  readonly accounts: number;
  readonly security?: 'semi-honest' | 'malicious';
  /** Of other libraries, where some did the same. */
  readonly task?: string;
}

const OVERLAP = { question: 'overlap', institutions: 2, security: 'semi-honest' } as const;
const FLAG = { question: 'flag', institutions: 5 } as const;

const SHOWN: readonly Shown[] = [
  { ...OVERLAP, accounts: 2 ** 16, task: 'overlap-65536' },
  { ...OVERLAP, accounts: 2 ** 20, task: 'overlap-1048576' },
  { ...OVERLAP, accounts: 2 ** 20, security: 'malicious' },
  { ...OVERLAP, accounts: 2 ** 22 },
  { ...FLAG, accounts: 100_000 },
  { ...FLAG, accounts: 2 ** 20 },
  { ...FLAG, accounts: 2 ** 22 },
];

const HEAD = [
  'question',
  'wall at the asker',
  'CPU of all',
  'sent by all',
  'peak RSS, largest party',
  'CPU of others in the same run',
];

/** Warm, with kept base transfers, one thread a party. @throws RangeError when a question was not measured */
export function questionsTable({ parties, peers }: Pick<PageResults, 'parties' | 'peers'>): string {
  const rows = SHOWN.map((shown) => {
    const row = plainRows(parties, shown.question).find((each) => isRowOf(shown, each));
    if (row === undefined) throw new RangeError(`Cannot make table: ${nameOf(shown)} has no result`);
    return [
      nameOf(shown),
      timeOf(row, row.wallMs.median),
      timeOf(row, row.cpuMs.median),
      formatBytes(row.bytes),
      formatBytes(peakRss(row)),
      othersAt(shown, peers),
    ];
  });
  const note = rows.flat().some((cell) => cell.endsWith(MARK)) ? `\n${MARK_MEANS}\n` : '';
  return `${markdown({ head: HEAD, rows })}${note}\n${measuredOn(parties, 'all parties share the cores')}\n`;
}

function nameOf({ question, institutions, accounts, security }: Shown): string {
  const size = `${question}, ${institutions} × ${count(accounts)}`;
  return security === undefined ? size : `${size}, ${security}`;
}

function isRowOf({ accounts, institutions, security }: Shown, row: PartiesRow): boolean {
  const { settings, threads } = row;
  return (
    settings.engine === 'vole' &&
    settings.accounts === accounts &&
    settings.institutions === institutions &&
    settings.security === security &&
    isKept(row) &&
    threads === 0
  );
}

function othersAt({ task }: Shown, { rows }: PeersReport): string {
  const others = rows
    .filter((row) => row.task === task)
    .flatMap(({ library, ratios }) =>
      ratios
        .filter(({ baseline }) => baseline.endsWith('kept'))
        .map(({ times }) => `${NAMES[library] ?? library} ${digits(times)} ×`),
    );
  return others.length === 0 ? '–' : others.join('; ');
}

/** What a library does, where its name does not say it. */
const NAMES: Readonly<Record<string, string>> = { 'node:crypto createHash': 'SHA-256 of all names of both lists' };
