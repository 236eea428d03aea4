#!/usr/bin/env node
// Starts the compiled command line; in a fresh checkout, where there is none yet, builds it first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const main = join(root, 'dist', 'src', 'cli', 'main.js');

if (!existsSync(main)) {
  process.stderr.write('blindflag: first start, building (about ten seconds)\n');
  const steps = [
    [join(root, 'src', 'kernels', 'build.mjs')],
    [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')],
  ];
  for (const args of steps) {
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) {
      process.stderr.write("blindflag: the build failed; run 'npm ci', then 'npm run build', and read what it says\n");
      process.exit(1);
    }
  }
}

const { runCli } = await import(pathToFileURL(main).href);
process.exitCode = await runCli(process.argv.slice(2));
