/** Made-up rows between the runs that read them. */
import { inTurns } from './in-turns.ts';

interface Rows {
  readonly accounts: readonly string[];
}

/**
 * The batches of a list, none of them empty, any number of times: with accounts kept as one text for each batch and cut
 * when they are read, as a reader of files does. Kept as strings of their own they would be most of the heap: V8 looks at
 * every one of them in each whole collection, of which there is about one a shard, and a question would cost more an account
 * the longer its lists are.
 */
export async function keptAsText<R extends Rows>(batches: Iterable<R>): Promise<Iterable<R>> {
  const kept: { readonly batch: R; readonly text: string }[] = [];
  for await (const batch of inTurns(batches)) {
    kept.push({ batch: { ...batch, accounts: [] }, text: batch.accounts.join('\n') });
  }
  return {
    *[Symbol.iterator]() {
      for (const { batch, text } of kept) yield { ...batch, accounts: text.split('\n') };
    },
  };
}
