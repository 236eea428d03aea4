/**
 * The core is measured in several passes, each in a process of its own: how an engine compiles and where memory lies differs from process
 * to process, and a machine is faster in one quarter of an hour than in another. `flag` has a process to itself, so that resident size is
 * that of its runs alone.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { joinReports, mergeReports } from './merge-reports.ts';
import { type BenchReport, resultsDirectory, writeJson } from './results.ts';

/** What a result file holds: cases that regular expressions find. */
export interface PassOptions {
  /** Name of the report. */
  readonly name: string;
  /** A pass measures each in processes of its own. */
  readonly groups: readonly PassGroup[];
  /** Default: the Node that runs this. */
  readonly node?: string;
  /** Below the folder of results. Default: the name. */
  readonly file?: string;
}

/** Cases, and in how many processes a pass measures them. */
interface PassGroup {
  readonly pattern: string;
  readonly processes: number;
}

/** How fast kernels are, and reading of text, depends on how an engine happens to compile, by a fifth to a third: a few runs in each of many processes. */
export const CORE: PassOptions = {
  name: 'core',
  groups: [
    { pattern: '^(?!flag/|data/|vole/|committee/|net/|node/|governance/|overlap/)', processes: 3 },
    { pattern: '^(?:vole|committee|net|node|governance|overlap)/', processes: 1 },
    { pattern: '^data/', processes: 2 },
  ],
};
const FLAG: PassOptions = { name: 'flag', groups: [{ pattern: '^flag/', processes: 1 }] };
/** Passes over the core. */
const PASSES = 3;

/** Passes over the same cases; what else is measured may come between them. */
export class Passes {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'blindflag-passes-'));
  readonly #options: PassOptions;
  readonly #files: string[][];

  constructor(options: PassOptions) {
    this.#options = options;
    this.#files = options.groups.map(() => []);
  }

  /** @throws Error when the bench ends with another code than 0 */
  next(): void {
    for (const [index, { pattern, processes }] of this.#options.groups.entries()) {
      for (let done = 0; done < processes; done++) this.#measure(pattern, this.#files[index]);
    }
  }

  #measure(pattern: string, files: string[]): void {
    const { name, node = process.execPath } = this.#options;
    const out = join(mkdtempSync(join(this.#folder, 'pass-')), `${name}.json`);
    const program = fileURLToPath(new URL('./run.js', import.meta.url));
    const parameters = [...process.execArgv, program, '--only', pattern, '--out', out];
    const { status, signal } = spawnSync(node, parameters, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`Cannot measure ${name}: the bench ended with ${signal ?? status}`);
    files.push(out);
  }

  /** All passes as one report, in the folder of results. */
  write(): void {
    const { name, file = `${name}.json` } = this.#options;
    const groups = this.#files.map((files) =>
      mergeReports(files.map((path) => JSON.parse(readFileSync(path, 'utf8')) as BenchReport)),
    );
    writeJson(join(resultsDirectory(), file), joinReports(groups));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** All of `npm run bench`, one pass after the other. */
export function measureFull(): void {
  measurePasses(CORE, PASSES);
  measureFlag();
}

export function measureFlag(): void {
  measurePasses(FLAG);
}

export function measurePasses(options: PassOptions, count = 1): void {
  const passes = new Passes(options);
  try {
    for (let pass = 0; pass < count; pass++) passes.next();
    passes.write();
  } finally {
    passes.remove();
  }
}
