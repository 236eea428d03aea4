/**
 * `node dist/bench/parties/run.js [--short | --largest ACCOUNTS] [--other-node PATH] [--out FILE [--again MINUTES]]`: a process for every
 * party. Again: what had no quiet cores when the file was written, as long as there is time.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { machineRecord } from '../machine.ts';
import { readParties } from '../page/page-results.ts';
import { writeJson } from '../results.ts';
import { formatBytes, formatMs } from '../text-table.ts';
import { requireSame } from './attempts.ts';
import { measureParties } from './measure-parties.ts';
import { PARTIES_FORMAT, type PartiesReport, type PartiesRow } from './parties-report.ts';
import { fullSeries, shortSeries, upTo } from './series.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean' },
    largest: { type: 'string', default: 'Infinity' },
    'other-node': { type: 'string' },
    out: { type: 'string' },
    again: { type: 'string' },
  },
});
const { short = false, largest, out, again, 'other-node': path } = values;
const machine = machineRecord();
const earlier = again === undefined ? undefined : earlierReport(out);
const withinMs = 60_000 * Number(again ?? Infinity);
if (!(withinMs > 0)) throw new RangeError('Cannot ask again: --again takes minutes');
const measured = await measureParties(short ? shortSeries() : upTo(Number(largest), fullSeries()), {
  short,
  again: earlier === undefined ? undefined : { rows: earlier.rows, withinMs },
  onQuestion: (what) => void process.stdout.write(`  ${what}\n`),
  onRow: (row) => void process.stdout.write(`${lineOf(row)}\n`),
  otherNode:
    path === undefined
      ? undefined
      : { path, version: execFileSync(path, ['-p', 'process.version'], { encoding: 'utf8' }).trim() },
});
for (const { id, reason } of measured.skipped) process.stdout.write(`SKIPPED ${id}: ${reason}\n`);
const { date, loadAverage } = machine;
const report: PartiesReport = {
  format: PARTIES_FORMAT,
  ...(earlier === undefined ? { ...machine, short } : { ...earlier, again: { date, loadAverage } }),
  ...measured,
};
if (out !== undefined) writeJson(out, report);

/** What was measured before, of the same and at the same. */
function earlierReport(file: string | undefined): PartiesReport {
  if (file === undefined) throw new RangeError('Cannot ask again: --out says of which file');
  const before = readParties(file);
  requireSame(before, { ...machine, short });
  return before;
}

function lineOf({ id, wallMs, cpuMs, bytes }: PartiesRow): string {
  return `${id}: ${formatMs(wallMs.median)}, CPU of all ${formatMs(cpuMs.median)}, ${formatBytes(bytes)}`;
}
