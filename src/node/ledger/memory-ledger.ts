/** A ledger that forgets with its process: for tests and demonstrations. */
import type { LedgerStore } from '../../governance/ledger.ts';

/** An empty ledger in memory, lost with the process. */
export function createMemoryLedger(): LedgerStore {
  const written: string[] = [];
  return {
    async *lines() {
      yield* written;
    },
    append(line) {
      written.push(line);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
