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

/** @throws RangeError when a file is of another format, or of a short run */
export function loadPage(directory: string = resultsDirectory()): PageResults {
  const published = read<{ readonly format: string; readonly rows: readonly PublishedRow[] }>(
    directory,
    PAGE_FILES.published,
    PUBLISHED_FORMAT,
  );
  const other = existsSync(join(directory, PAGE_FILES.otherCore));
  return {
    core: read<BenchReport>(directory, PAGE_FILES.core, REPORT_FORMAT),
    otherCore: other ? read<BenchReport>(directory, PAGE_FILES.otherCore, REPORT_FORMAT) : undefined,
    parties: read<PartiesReport>(directory, PAGE_FILES.parties, PARTIES_FORMAT),
    peers: read<PeersReport>(directory, PAGE_FILES.peers, PEERS_FORMAT),
    published: published.rows,
  };
}

/** The files are this package's own; the format says which of its shapes they have. */
function read<T extends { readonly format: string; readonly short?: boolean }>(
  directory: string,
  file: string,
  format: string,
): T {
  const report = JSON.parse(readFileSync(join(directory, file), 'utf8')) as T;
  if (report.format !== format) throw new RangeError(`Cannot make page: ${file} is of format ${report.format}`);
  if (report.short === true) throw new RangeError(`Cannot make page: ${file} is of a short run`);
  return report;
}
