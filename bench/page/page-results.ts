/** All stored results that the page is made of. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARTIES_FORMAT, type PartiesReport } from '../parties/parties-report.ts';
import { PEERS_FORMAT, type PeersReport } from '../peers/peers-report.ts';
import { type BenchReport, REPORT_FORMAT, resultsDirectory } from '../results.ts';

const PUBLISHED_FORMAT = 'blindflag-published/1';

/** A figure of somebody else, or of a native build that this run does not start. */
export interface PublishedRow {
  readonly task: 'overlap' | 'committee' | 'core';
  readonly what: string;
  readonly figure: string;
  readonly source: string;
  readonly hardware: string;
}

export interface PageResults {
  readonly core: BenchReport;
  /** The core in another Node, where there is one. */
  readonly otherCore: BenchReport | undefined;
  readonly parties: PartiesReport;
  readonly peers: PeersReport;
  readonly published: readonly PublishedRow[];
}

/** File names in the folder of results; the core in another Node is apart, so that no case is there twice. */
export const PAGE_FILES: Readonly<Record<'core' | 'otherCore' | 'parties' | 'peers' | 'published', string>> = {
  core: 'core.json',
  otherCore: join('other-node', 'core.json'),
  parties: 'parties.json',
  peers: 'peers.json',
  published: 'published.json',
};

interface Published {
  readonly format: typeof PUBLISHED_FORMAT;
  readonly rows: readonly PublishedRow[];
}

type Stored = BenchReport | PartiesReport | PeersReport | Published;

const isCore = (stored: Stored): stored is BenchReport => stored.format === REPORT_FORMAT;
const isParties = (stored: Stored): stored is PartiesReport => stored.format === PARTIES_FORMAT;
const isPeers = (stored: Stored): stored is PeersReport => stored.format === PEERS_FORMAT;
const isPublished = (stored: Stored): stored is Published => stored.format === PUBLISHED_FORMAT;

/** @throws RangeError when a file is of another format */
export function loadPage(directory: string = resultsDirectory()): PageResults {
  const other = existsSync(join(directory, PAGE_FILES.otherCore));
  return {
    core: read(join(directory, PAGE_FILES.core), isCore),
    otherCore: other ? read(join(directory, PAGE_FILES.otherCore), isCore) : undefined,
    parties: readParties(join(directory, PAGE_FILES.parties)),
    peers: read(join(directory, PAGE_FILES.peers), isPeers),
    published: read(join(directory, PAGE_FILES.published), isPublished).rows,
  };
}

/** @throws RangeError when the file is of another format */
export function readParties(path: string): PartiesReport {
  return read(path, isParties);
}

/** The files are this package's own; the format says which of its shapes they have. */
function read<T extends Stored>(path: string, isIt: (stored: Stored) => stored is T): T {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Stored;
  if (!isIt(report)) throw new RangeError(`Cannot make page: ${path} is of format ${report.format}`);
  return report;
}
