/** Secrets that the runs of a question leave for later ones, as a node has them begin and end. */
import type { Clock, WallClock } from '../../kit/clock.ts';

export interface NodeClocks {
  readonly clock: Clock;
  readonly wallClock: WallClock;
}

/** Kinds of questions may share them, and so may nodes of one process. */
export interface KeptSecrets {
  /**
   * A node calls it when it begins, and what it returns when it has stopped. Before the first of these calls, and after the
   * last one, nothing is kept.
   */
  begin(clocks: NodeClocks): () => void;
}

/** Has what these keep begin, once where they share it; the returned function ends it. */
export function beginKept(kinds: readonly { readonly kept?: KeptSecrets }[], clocks: NodeClocks): () => void {
  const ends = [...new Set(kinds.flatMap(({ kept }) => kept ?? []))].map((kept) => kept.begin(clocks));
  return () => {
    for (const end of ends) end();
  };
}
