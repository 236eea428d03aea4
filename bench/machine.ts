/** Where and on what a result was measured. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { processorName } from '../src/measure/processor.ts';

export interface MachineRecord {
  /** ISO 8601, when the run began. */
  readonly date: string;
  /** `unknown` outside a repository. */
  readonly commit: string;
  /** Whether files differed from that commit, results and what is made of them aside; also where that cannot be told. */
  readonly dirty: boolean;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** One-minute load average at the start: what else the machine was doing. */
  readonly loadAverage: number;
}

/** The same as a sentence that ends with `how`. */
export function measuredOn({ date, cpu, cores, node, commit, dirty }: MachineRecord, how: string): string {
  const state = dirty ? ', with changes' : '';
  return `Measured ${date.slice(0, 10)} on ${cores} cores of ${cpu}, Node ${node.slice(1)}, commit ${commit.slice(0, 12)}${state}; ${how}.`;
}

export function machineRecord(): MachineRecord {
  const changes = git(
    'status',
    '--porcelain',
    '--',
    '.',
    ':!bench/results',
    ':!bench/RESULTS.md',
    ':!bench/plots',
    ':!README.md',
  );
  return {
    date: new Date().toISOString(),
    commit: git('rev-parse', 'HEAD') ?? 'unknown',
    dirty: changes !== '',
    node: process.version,
    cpu: processorName(),
    cores: cpus().length,
    memoryBytes: totalmem(),
    loadAverage: Number(loadavg()[0].toFixed(2)),
  };
}

/** The folder of package.json above this file, be it run from its source or compiled. */
export function repositoryRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('Cannot find repository: no package.json above the bench');
    folder = parent;
  }
  return folder;
}

/** Trimmed output, or undefined where git or a repository is missing. */
function git(...parameters: readonly string[]): string | undefined {
  try {
    return execFileSync('git', [...parameters], {
      cwd: repositoryRoot(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
