/** Surroundings that keep what is written, for tests of the command line. */
import { systemWallClock, type WallClock } from '../kit/clock.ts';
import type { OutputStream, Surroundings } from './surroundings.ts';

export interface RecordedOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default: the system's. */
  readonly wallClock?: WallClock;
  /** Called with every text before it is kept. */
  readonly onStderr?: (text: string) => void;
  /** Makes standard error a terminal of so many columns. */
  readonly stderrColumns?: number;
  /** What the person types where a secret is asked for, line by line; absent without a terminal. */
  readonly secrets?: readonly string[];
}

export interface RecordedSurroundings extends Surroundings {
  out(): string;
  err(): string;
}

export function recordedSurroundings(options: RecordedOptions = {}): RecordedSurroundings {
  let out = '';
  let err = '';
  const secrets = options.secrets === undefined ? undefined : [...options.secrets];
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
    wallClock: options.wallClock ?? systemWallClock,
    ...(secrets === undefined
      ? {}
      : {
          readSecret: async (prompt) => {
            err += prompt;
            return secrets.shift() ?? '';
          },
        }),
    out: () => out,
    err: () => err,
  };
}
