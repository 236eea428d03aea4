#!/usr/bin/env node
/**
 * Starts the compiled command line. In a checkout it builds first where there is nothing compiled yet, or where a source
 * is newer than what is compiled; an installed package holds no sources and is never built.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const start = join(root, 'dist', 'src', 'cli', 'start.js');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const assembler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');

/** The newest change of any file that the build reads, tests aside. */
function newestSourceMs() {
  let newest = 0;
  const visit = (path) => {
    const { mtimeMs } = statSync(path);
    if (mtimeMs > newest) newest = mtimeMs;
  };
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) visit(join(root, name));
  for (const folder of ['src', 'protocols']) {
    for (const name of readdirSync(join(root, folder), { recursive: true })) {
      const isSource = /\.m?ts$|\.mjs$/.test(name) && !name.endsWith('.test.ts');
      if (isSource && name !== join('cli', 'launch.mjs')) visit(join(root, folder, name));
    }
  }
  return newest;
}

function mustBuild() {
  if (!existsSync(join(root, 'src', 'cli', 'start.ts'))) return false;
  return !existsSync(start) || statSync(start).mtimeMs < newestSourceMs();
}

function fail(text) {
  process.stderr.write(`blindflag: ${text}\n`);
  process.exit(1);
}

function build() {
  if (!existsSync(compiler) || !existsSync(assembler)) {
    if (!existsSync(start)) {
      fail("Cannot build: TypeScript and AssemblyScript are not installed — run 'npm ci' without --omit=dev");
    }
    process.stderr.write(
      'blindflag: the sources changed, but nothing to build them with is installed; using what is there\n',
    );
    return;
  }
  process.stderr.write('blindflag: building the sources first, a few seconds\n');
  const steps = [[join(root, 'src', 'kernels', 'build.mjs')], [compiler, '-p', join(root, 'tsconfig.build.json')]];
  for (const args of steps) {
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status === 0) continue;
    // What a failed build wrote must not pass for a finished one at the next start.
    rmSync(start, { force: true });
    fail("Cannot build: see above — run 'npm ci', then 'npm run build'");
  }
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Cannot start: Node ${process.versions.node} is too old — use Node 20.19 or newer`);
}
if (!existsSync(join(root, 'package.json'))) fail('Cannot start: the package is incomplete — install it again');
if (mustBuild()) build();
if (!existsSync(start))
  fail("Cannot start: there is nothing compiled — install the package again, or run 'npm run build'");

try {
  await import(pathToFileURL(start).href);
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  fail("Cannot start: a dependency is not installed — run 'npm ci' (or 'npm install' where the package is used)");
}
