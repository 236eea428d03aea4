/** The command line of the bench: chooses cases, measures, prints tables, writes the report. */
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchCase, selectCases } from './bench-case.ts';
import { measure } from './driver.ts';
import { machineRecord } from './machine.ts';
import { type BenchReport, REPORT_FORMAT, writeJson } from './results.ts';
import { formatMs, resultTables } from './text-table.ts';

export interface BenchCommand {
  readonly only: readonly string[];
  readonly short: boolean;
  readonly list: boolean;
  /** Where the report goes; without it a run of chosen cases is printed alone. */
  readonly out: string | undefined;
}

export const USAGE = `npm run bench -- [--only PATTERN]... [--short] [--out FILE] [--list]

  --only PATTERN   a whole id, or a regular expression that finds ids (never on-request ones)
  --short          the small cases, each about once: whether they work
  --out FILE       write the report there; without --only, core and flag go to bench/results
  --list           print the ids and stop
`;

/** @throws TypeError on unknown options */
export function parseCommand(parameters: readonly string[]): BenchCommand {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      only: { type: 'string', multiple: true },
      short: { type: 'boolean' },
      out: { type: 'string' },
      list: { type: 'boolean' },
    },
  });
  const { only = [], short = false, out, list = false } = values;
  return { only, short, out, list };
}

/** Measures in this process. `write` takes what people read. */
export async function runBench(
  cases: readonly BenchCase[],
  { only, short, out }: Pick<BenchCommand, 'only' | 'short' | 'out'>,
  write: (text: string) => void,
): Promise<BenchReport> {
  const selected = selectCases(cases, { only, short });
  if (selected.length === 0) throw new RangeError('Cannot bench: no case has such an id; --list shows them');
  const machine = machineRecord();
  const { results, skipped } = await measure(selected, {
    short,
    onResult: (result) => write(`${result.id}: ${formatMs(result.medianMs)}\n`),
  });
  const report: BenchReport = {
    format: REPORT_FORMAT,
    name: out === undefined ? 'bench' : basename(out, '.json'),
    ...machine,
    short,
    cases: results,
    skipped,
  };
  write(`\n${resultTables(results)}`);
  for (const { id, reason } of skipped) write(`\nSKIPPED ${id}: ${reason}\n`);
  if (out === undefined) return report;
  const path = resolve(out);
  writeJson(path, report);
  write(`\nwritten: ${path}\n`);
  return report;
}
