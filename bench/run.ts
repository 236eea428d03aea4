/** `npm run bench`. A full run takes two processes, so that resident size is that of the flag runs alone. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allCases } from './cases/index.ts';
import { parseCommand, runBench, USAGE } from './command.ts';
import { resultsDirectory } from './results.ts';

/** Name of a result file and the cases that it holds. */
const FILES: readonly (readonly [string, string])[] = [
  ['core', '^(?!flag/)'],
  ['flag', '^flag/'],
];

process.exitCode = await main(process.argv.slice(2));

async function main(parameters: readonly string[]): Promise<number> {
  const write = (text: string): void => void process.stdout.write(text);
  let command: ReturnType<typeof parseCommand>;
  try {
    command = parseCommand(parameters);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (command.list) {
    for (const { id, selection } of allCases) write(`${id}${selection === 'on-request' ? '  (on request)' : ''}\n`);
    return 0;
  }
  const isFull = command.only.length === 0 && command.out === undefined && !command.short;
  if (isFull) return fullRun();
  try {
    await runBench(allCases, command, write);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}

function fullRun(): number {
  for (const [name, pattern] of FILES) {
    const out = join(resultsDirectory(), `${name}.json`);
    const { status } = spawnSync(
      process.execPath,
      [...process.execArgv, fileURLToPath(import.meta.url), '--only', pattern, '--out', out],
      { stdio: 'inherit' },
    );
    if (status !== 0) return status ?? 1;
  }
  return 0;
}
