/** Made-up rows between the runs that read them. */
import { inTurns } from './in-turns.ts';

interface Rows {
  readonly accounts: readonly string[];
}

/**
 * Accounts of a list that is kept as strings. Those of a longer one would be most of the heap: V8 looks at every one of them in
 * each whole collection, of which there is about one a shard, and a question would cost more an account the longer its lists are.
 */
export const MOST_AS_STRINGS: number = 2 ** 18;

/** The batches of a list of `count` accounts, none of them empty, any number of times. */
export async function keptRows<R extends Rows>(batches: Iterable<R>, count: number): Promise<Iterable<R>> {
  const kept = await keptAsText(batches);
  return count <= MOST_AS_STRINGS ? [...kept] : kept;
}

/** With accounts kept as one text for each batch and cut when they are read, as a reader of files does. */
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
