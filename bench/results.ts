/** Results as they are stored and read back. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CaseFacts } from './bench-case.ts';
import { type MachineRecord, repositoryRoot } from './machine.ts';
import type { Ratio } from './ratio.ts';

export const REPORT_FORMAT = 'blindflag-bench/1';

export interface CaseResult extends CaseFacts {
  readonly id: string;
  readonly securityModel: string;
  readonly unit: string;
  /** Items of one run. */
  readonly items: number;
  /** Samples behind the numbers: of a micro case each the mean of several calls, of a macro case one run. */
  readonly iterations: number;
  /** Wall-clock time of one run. */
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p95Ms: number;
  /** Runs a second, at the median. */
  readonly opsPerSecond: number;
  /** Time of one item, at the median. */
  readonly nsPerItem: number;
  readonly bytesPerItem?: number;
  /** Macro cases: CPU time of the whole process in one run, all parties and all threads; the median. */
  readonly cpuMs?: number;
  /** Macro cases: highest resident size of the whole process during the first run. */
  readonly peakRssBytes?: number;
  /** Macro cases: longest time between two turns of the event loop, in a run of its own. */
  readonly longestHoldMs?: number;
  /** The part of the longest turn that this process worked; what other programs held is not in it. */
  readonly longestHoldCpuMs?: number;
  /** How many times less CPU time than the baseline's an item takes; of threads, wall time. */
  readonly speedup?: Ratio;
}

export interface BenchReport extends MachineRecord {
  readonly format: typeof REPORT_FORMAT;
  readonly name: string;
  /** Short mode shows that the cases work; its times say little. */
  readonly short: boolean;
  readonly cases: readonly CaseResult[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

export function resultsDirectory(): string {
  return join(repositoryRoot(), 'bench', 'results');
}

export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${onOneLine(JSON.stringify(value, null, 2))}\n`);
}

/** Samples are many: a list of numbers is a line. */
function onOneLine(json: string): string {
  return json.replace(/\[[\s\d.,e+-]+\]/g, (list) => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'));
}

/** All bench reports of a folder, by name; other files (experiments) are passed over. */
export function loadReports(directory: string = resultsDirectory()): readonly BenchReport[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8')))
    .filter(isReport);
}

function isReport(value: unknown): value is BenchReport {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === REPORT_FORMAT;
}
