/** The node that runs in a folder, for commands that need one: that there is none is told with the folder's whole path. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MpcError, UsageError } from '../errors.ts';
import { systemClock } from '../kit/clock.ts';
import { CONFIG_FILE } from '../service/start-node.ts';
import type { Fault, FaultTexts } from './texts.ts';

export class NotRunningError extends UsageError {
  constructor({ what, remedy }: Fault, cause: unknown) {
    super(what, { code: 'unreadable-source', phase: 'administration', remedy, cause });
  }

  override describe(): string {
    return `${this.message} — ${this.remedy ?? ''}`;
  }
}

/** What `work` gives, which talks to the node of the folder. @throws NotRunningError */
export async function withRunningNode<T>(folder: string, faults: FaultTexts, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAbsent(error)) throw new NotRunningError(faults.node.notRunning(folder), error);
    throw error;
  }
}

export interface StartWait {
  /** By `systemClock`. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
  /** Called once, when there is something to wait for. */
  readonly onWaiting: () => void;
}

/** The same, when the node is about to start: where the folder is one from which a node can. @throws NotRunningError */
export async function withStartingNode<T>(
  folder: string,
  faults: FaultTexts,
  { wait, work }: { readonly wait: StartWait; readonly work: () => Promise<T> },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withRunningNode(folder, faults, work);
    } catch (error) {
      const isOver = systemClock.now() >= wait.untilMs || wait.signal.aborted;
      if (!(error instanceof NotRunningError) || isOver || !existsSync(join(folder, CONFIG_FILE))) throw error;
      if (attempt === 1) wait.onWaiting();
    }
    await new Promise<void>((resolve) => systemClock.timer(POLL_MS, resolve));
  }
}

const POLL_MS = 200;

/** Nothing answers at the folder's socket; one of another user is there, and has an error of its own. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof MpcError) || error.phase !== 'administration' || error.code !== 'unreadable-source')
    return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED');
}
