/** `node dist/bench/peers/run.js [--short] [--only PATTERN] [--out FILE]`: other libraries beside this package, in one run. */
import { parseArgs } from 'node:util';
import { machineRecord } from '../machine.ts';
import { writeJson } from '../results.ts';
import { digits, formatBytes, formatMs } from '../text-table.ts';
import { peerCases } from './cases.ts';
import { type Contender, libraryContender, measurePeers, type PeerRow } from './measure-peers.ts';
import { OwnContenders } from './own-contenders.ts';
import { PEERS_FORMAT, type PeersReport } from './peers-report.ts';

const { values } = parseArgs({
  options: { short: { type: 'boolean' }, only: { type: 'string' }, out: { type: 'string' } },
});
const { short = false, only = '', out } = values;
const own = new OwnContenders();
const machine = machineRecord();
try {
  const measured = await measurePeers(contenders(), {
    short,
    onTurn: ({ task, library }, round) => void process.stdout.write(`  ${task} ${library}, round ${round + 1}\n`),
    onRow: (row) => void process.stdout.write(`${lineOf(row)}\n`),
  });
  for (const { task, library, reason } of measured.missing) {
    process.stdout.write(`NOT MEASURED ${library} at ${task}: ${reason}\n`);
  }
  const report: PeersReport = { format: PEERS_FORMAT, ...machine, short, ...measured };
  if (out !== undefined) writeJson(out, report);
} finally {
  await own.stop();
}

/** Small ones first: the memory of our parties' processes is that of the largest question so far. */
function contenders(): readonly Contender[] {
  const libraries = peerCases.filter((peer) => !short || peer.short === true);
  const overlaps = libraries.filter(({ task }) => task.startsWith('overlap-')).map(({ items }) => items);
  const sizes = [...new Set(overlaps)].toSorted((a, b) => a - b);
  const all = [
    ...sizes.flatMap((accounts) => own.overlap(accounts)),
    own.committee('multiply', 1000),
    own.committee('compare', 64),
    ...libraries.map((peer) => libraryContender(peer)),
  ];
  return all.filter(({ task }) => new RegExp(only).test(task));
}

function lineOf({ task, library, cpuMs, wallMs, bytes, peakRssBytes, ratios }: PeerRow): string {
  const crossed = bytes === undefined ? '' : `, ${formatBytes(bytes)}`;
  const beside = ratios.map(({ baseline, times }) => `, ${digits(times)} × ${baseline}`).join('');
  return `${task} ${library}: CPU ${formatMs(cpuMs)}, wall ${formatMs(wallMs)}${crossed}, peak RSS ${formatBytes(peakRssBytes)}${beside}`;
}
