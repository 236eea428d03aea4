/** The yardstick in as many processes at once as there are cores: for what has processes on all of them, and is not in the one that measures. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ComputeYardstick, type YardstickOptions } from './compute-yardstick.ts';
import { CORE_PROGRAM } from './parties/party-program.ts';

export class AllCores {
  readonly #processes: readonly ChildProcess[];
  #last: ComputeYardstick | undefined;

  constructor() {
    const program = fileURLToPath(CORE_PROGRAM);
    this.#processes = Array.from({ length: availableParallelism() }, () => fork(program, { execArgv: [] }));
  }

  /** With patience of its own; the quickest time is that of all. */
  async yardstick(options: Pick<YardstickOptions, 'warmUps' | 'patienceMs'>): Promise<ComputeYardstick> {
    this.#last = await ComputeYardstick.start({
      ...options,
      // The processes stay warm.
      ...(this.#last === undefined ? {} : { warmUps: 0, quickestMs: this.#last.quickestMs }),
      onceMs: () => Promise.all(this.#processes.map(askOnce)),
    });
    return this.#last;
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
