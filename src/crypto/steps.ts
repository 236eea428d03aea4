/**
 * Long computations as generators: pure and synchronous, with a pause after every bounded slice of work, so that
 * whoever runs them can give the event loop a turn, report progress or stop.
 *
 * Loops over many rows go into plain functions that a generator calls: V8 compiles the body of a generator late, so that
 * a job which runs only a few times in a thread takes twice as long.
 */

/** A computation that pauses (yields) at least every few milliseconds and ends with `T`. */
export type Steps<T> = Generator<void, T, void>;

/** Ranges [from, to) of `step` numbers each, the last one shorter, that cover 0 to count - 1. */
export function* ranges(count: number, step: number): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < count; from += step) yield [from, Math.min(count, from + step)];
}

/** Runs a computation to its end without a pause. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
