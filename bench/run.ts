/** `npm run bench`. */
import { allCases } from './cases/index.ts';
import { parseCommand, runBench, USAGE } from './command.ts';
import { measureFull } from './passes.ts';

// A reader that has gone (`| head`) is told no more; nor is the bench at its end.
process.stdout.once('error', () => process.exit(1));
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
  try {
    if (isFull) measureFull();
    else await runBench(allCases, command, write);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}
