/** The yardstick in as many processes at once as there are cores: for what has processes on all of them, and is not in the one that measures. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CORE_PROGRAM } from './parties/party-program.ts';

export class AllCores {
  readonly #processes: readonly ChildProcess[];

  constructor() {
    const program = fileURLToPath(CORE_PROGRAM);
    this.#processes = Array.from({ length: availableParallelism() }, () => fork(program, { execArgv: [] }));
  }

  /** Milliseconds of once, where it took longest. */
  async onceMs(): Promise<number> {
    return Math.max(...(await Promise.all(this.#processes.map(askOnce))));
  }

  stop(): void {
    for (const child of this.#processes) child.kill();
  }
}

/** @throws AbortError when the process ends before it answers */
async function askOnce(child: ChildProcess): Promise<number> {
  const gone = new AbortController();
  const onExit = (): void => gone.abort();
  child.once('exit', onExit);
  try {
    child.send('once');
    const [ms] = (await once(child, 'message', { signal: gone.signal })) as readonly number[];
    return ms;
  } finally {
    child.off('exit', onExit);
  }
}
