/**
 * A list of 10^8 rows in bounded memory: CSV text that is made while it is read is scanned, its accounts and scores are
 * made canonical, and their digests go to files by bucket and are joined there.
 * Run: `node dist/bench/experiments/large-list.js [--rows N] [--folder DIR] [--out FILE]`. Writes 44 bytes a row to the
 * folder, which is by default that of temporary files.
 *
 * Every 50th row repeats an earlier account, so that the number of different accounts is known; a result with another one
 * is an error and nothing is written.
 */
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { accountSource } from '../../src/data/account-source.ts';
import { csvTable } from '../../src/data/csv-table.ts';
import { defaultSpillParent, openSpillFolder } from '../../src/data/spill/spill-folder.ts';
import { SpilledList } from '../../src/data/spill/spilled-list.ts';
import { systemRng } from '../../src/kit/clock.ts';
import { machineRecord, type MachineRecord } from '../machine.ts';
import { resultsDirectory, writeJson } from '../results.ts';

const EXPERIMENT_FORMAT = 'blindflag-large-list/1';
const REPEAT_EVERY = 50;
const LINES_PER_CHUNK = 4096;
const NS_PER_SECOND = 1e9;

export interface LargeList {
  readonly rows: number;
  readonly distinct: number;
  readonly buckets: number;
  readonly diskBytes: number;
  /** Making the text, reading, canonical accounts, hashing, writing; and joining all buckets. */
  readonly readSeconds: number;
  readonly readCpuSeconds: number;
  readonly joinSeconds: number;
  readonly joinCpuSeconds: number;
  /** Of the whole process. */
  readonly peakRssBytes: number;
}

export async function readLargeList(rows: number, parent: string): Promise<LargeList> {
  const folder = await openSpillFolder(parent, { rng: systemRng, work: 'bench' });
  try {
    const table = csvTable(Readable.from(csvText(rows), { objectMode: false }));
    const source = accountSource(table, { columns: { account: 'account', score: 'score' }, type: 'iban' });
    const reading = stopwatch();
    const list = await SpilledList.of(source, {
      folder,
      name: 'list',
      rng: systemRng,
      digestKey: systemRng(32),
      rows,
      duplicates: 'max',
    });
    const read = reading();
    const joining = stopwatch();
    const { distinct, repeated } = await list.survey();
    const join_ = joining();
    await list.close();
    const expected = rows - Math.floor((rows - 1) / REPEAT_EVERY);
    if (distinct !== expected || list.rows !== rows || repeated.count !== rows - expected) {
      throw new Error(`Cannot trust the result: ${distinct} different accounts instead of ${expected}`);
    }
    return {
      rows,
      distinct,
      buckets: list.buckets,
      diskBytes: 44 * rows,
      readSeconds: read.seconds,
      readCpuSeconds: read.cpuSeconds,
      joinSeconds: join_.seconds,
      joinCpuSeconds: join_.cpuSeconds,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    await folder.remove();
  }
}

/** Accounts of a made-up bank with right check digits; row k * 50 repeats the one before it. */
function* csvText(rows: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode('account,score,note\n');
  let lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    const account = row > 0 && row % REPEAT_EVERY === 0 ? row - 1 : row;
    const digits = String(account).padStart(10, '0');
    // ISO/IEC 7064 mod 97-10 of 37040044, ten digits and DE00, in parts that numbers hold.
    const rest = (((37_040_044 % 97) * (10_000_000_000 % 97) + (account % 97)) * (1_000_000 % 97) + 131_400) % 97;
    lines.push(`DE${String(98 - rest).padStart(2, '0')}37040044${digits},${row % 256},n${row}\n`);
    if (lines.length < LINES_PER_CHUNK && row < rows - 1) continue;
    yield encoder.encode(lines.join(''));
    lines = [];
  }
}

function stopwatch(): () => { readonly seconds: number; readonly cpuSeconds: number } {
  const begin = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const seconds = Number(process.hrtime.bigint() - begin) / NS_PER_SECOND;
    return { seconds: Number(seconds.toFixed(1)), cpuSeconds: Number(((user + system) / 1e6).toFixed(1)) };
  };
}

interface LargeListExperiment extends MachineRecord, LargeList {
  readonly format: typeof EXPERIMENT_FORMAT;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { rows: { type: 'string' }, folder: { type: 'string' }, out: { type: 'string' } },
  });
  const machine = machineRecord();
  const result = await readLargeList(Number(values.rows ?? 1e8), resolve(values.folder ?? defaultSpillParent()));
  const experiment: LargeListExperiment = { format: EXPERIMENT_FORMAT, ...machine, ...result };
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  writeJson(resolve(values.out ?? join(resultsDirectory(), 'large-list.json')), experiment);
}
