/** Surroundings that keep what is written, for tests of the command line. */
import type { OutputStream, Surroundings } from './surroundings.ts';

export interface RecordedOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Called with every text before it is kept. */
  readonly onStderr?: (text: string) => void;
  /** Makes standard error a terminal of so many columns. */
  readonly stderrColumns?: number;
}

export interface RecordedSurroundings extends Surroundings {
  out(): string;
  err(): string;
}

export function recordedSurroundings(options: RecordedOptions = {}): RecordedSurroundings {
  let out = '';
  let err = '';
  const stderr: OutputStream = {
    isTTY: options.stderrColumns !== undefined,
    columns: options.stderrColumns,
    write(text) {
      options.onStderr?.(text);
      err += text;
    },
  };
  return {
    stdout: { write: (text) => (out += text) },
    stderr,
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
    out: () => out,
    err: () => err,
  };
}
