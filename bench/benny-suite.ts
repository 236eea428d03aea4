/**
 * The one place that knows benny (which wraps benchmark.js): times one function and returns its samples. Its own types
 * name a package that has none here, so what is used of it is stated below.
 */
import benny from 'benny';

export interface SampleOptions {
  /** Seconds that the samples of one function may take altogether. */
  readonly maxTime: number;
  readonly minSamples: number;
  /** Seconds of one sample at least: many short calls are one sample. */
  readonly minTime: number;
}

/** The part of benny's summary that is used; times in seconds of one call. */
interface Summary {
  readonly results: readonly { readonly details: { readonly sampleResults: readonly number[] } }[];
}

/** What benchmark.js emits when the function throws. */
interface ErrorEvent {
  readonly target?: { readonly error?: unknown };
}

/** Milliseconds of one call, a value per sample. @throws what `run` throws */
export async function sampleMs(name: string, run: () => void, options: SampleOptions): Promise<readonly number[]> {
  let summary: Summary;
  try {
    summary = await benny.suite(name, benny.add(name, callOnly(run), options));
  } catch (error) {
    throw (error as ErrorEvent | undefined)?.target?.error ?? error;
  }
  const samples = summary.results.flatMap((result) => result.details.sampleResults);
  if (samples.length === 0) throw new Error(`Cannot measure ${name}: no samples`);
  return samples.map((seconds) => 1000 * seconds);
}

/** benny calls on whatever a function returns. */
function callOnly(run: () => void): () => void {
  return () => {
    run();
  };
}
