/** The node that runs in a folder, for commands that need one: that there is none is told with the folder's whole path. */
import { MpcError, UsageError } from '../errors.ts';
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

/** Nothing answers at the folder's socket; one of another user is there, and has an error of its own. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof MpcError) || error.phase !== 'administration' || error.code !== 'unreadable-source')
    return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED');
}
