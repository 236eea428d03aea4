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
import { mergeReports } from './merge-reports.ts';
import { type BenchReport, resultsDirectory, writeJson } from './results.ts';

/** What a result file holds: cases that a regular expression finds. */
export interface PassOptions {
  /** Name of the report. */
  readonly name: string;
  readonly pattern: string;
  /** Default: the Node that runs this. */
  readonly node?: string;
  /** Below the folder of results. Default: the name. */
  readonly file?: string;
}

export const CORE: PassOptions = { name: 'core', pattern: '^(?!flag/)' };
const FLAG: PassOptions = { name: 'flag', pattern: '^flag/' };
/** Passes over the core. */
const PASSES = 3;

/** Passes over the same cases; what else is measured may come between them. */
export class Passes {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'blindflag-passes-'));
  readonly #options: PassOptions;
  readonly #files: string[] = [];

  constructor(options: PassOptions) {
    this.#options = options;
  }

  /** @throws Error when the bench ends with another code than 0 */
  next(): void {
    const { name, pattern, node = process.execPath } = this.#options;
    const out = join(this.#folder, String(this.#files.length), `${name}.json`);
    const program = fileURLToPath(new URL('./run.js', import.meta.url));
    const parameters = [...process.execArgv, program, '--only', pattern, '--out', out];
    const { status, signal } = spawnSync(node, parameters, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`Cannot measure ${name}: the bench ended with ${signal ?? status}`);
    this.#files.push(out);
  }

  /** All passes as one report, in the folder of results. */
  write(): void {
    const { name, file = `${name}.json` } = this.#options;
    const reports = this.#files.map((path) => JSON.parse(readFileSync(path, 'utf8')) as BenchReport);
    writeJson(join(resultsDirectory(), file), mergeReports(reports));
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
