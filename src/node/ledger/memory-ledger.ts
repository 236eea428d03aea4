/** A ledger that forgets with its process: for tests and demonstrations. */
import type { LedgerStore } from '../../governance/ledger.ts';

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
