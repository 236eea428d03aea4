/** Progress of the runs: on a terminal one line per institution, redrawn in place; else one line per event. */
import type { Clock } from '../../kit/clock.ts';
import { cutColumns, displayWidth, padEndColumns } from '../screen/display-width.ts';
import type { OutputStream } from '../surroundings.ts';
import type { ProgressTexts } from '../texts.ts';

export interface RunProgress {
  started(index: number): void;
  /** The share of the running institution's messages that has left, 0 to 1. */
  moved(fraction: number): void;
  finished(
    index: number,
    result: { readonly flagged: number; readonly accounts: number; readonly seconds: number },
  ): void;
  /** Nothing is drawn after it. */
  close(): void;
}

export interface ProgressOptions {
  readonly names: readonly string[];
  readonly texts: ProgressTexts;
  readonly runSeconds: number;
  readonly clock: Clock;
}

export const silentProgress: RunProgress = {
  started: () => undefined,
  moved: () => undefined,
  finished: () => undefined,
  close: () => undefined,
};

/** For logs: a line when an institution's answer is there. */
export function plainProgress(
  stream: OutputStream,
  { names, texts }: Pick<ProgressOptions, 'names' | 'texts'>,
): RunProgress {
  return {
    ...silentProgress,
    finished(index, result) {
      const left = names.length - index - 1;
      // The runs are alike: the last one tells how long the next will take.
      const next = left === 0 ? '' : ` (${texts.left({ runs: left, seconds: left * result.seconds })})`;
      stream.write(`${names[index]}: ${texts.done(result)}${next}\n`);
    },
  };
}

const REDRAW_MS = 200;
const BAR_COLUMNS = 20;
const DEFAULT_COLUMNS = 80;

interface Running {
  readonly index: number;
  readonly startMs: number;
  /** undefined until it is known: of a run in other processes it never is. */
  fraction: number | undefined;
}

/** For people at a terminal. */
export function terminalProgress(stream: OutputStream, options: ProgressOptions): RunProgress {
  const { names, texts, clock } = options;
  const states = names.map(() => texts.waiting);
  const nameColumns = Math.max(...names.map(displayWidth));
  let running: Running | undefined;
  let runSeconds = options.runSeconds;
  let drawn = false;
  let cancelTimer = (): void => undefined;

  const draw = (): void => {
    if (running !== undefined) states[running.index] = runningText(running);
    const columns = (stream.columns ?? DEFAULT_COLUMNS) - 1;
    const lines = names.map((name, index) =>
      cutColumns(`  ${padEndColumns(name, nameColumns)}  ${states[index]}`, columns),
    );
    // Up to the first line, then clear and write each.
    const up = drawn ? `\u001B[${names.length}A` : '';
    stream.write(up + lines.map((line) => `\u001B[2K${line}\n`).join(''));
    drawn = true;
  };
  const tick = (): void => {
    draw();
    cancelTimer = clock.timer(REDRAW_MS, tick);
  };
  const runningText = ({ startMs, fraction }: Running): string => {
    const seconds = (clock.now() - startMs) / 1000;
    const left = runSeconds - seconds;
    const text = texts.running({ seconds, leftSeconds: left > 0 ? left : undefined });
    if (fraction === undefined) return text;
    const filled = Math.round(fraction * BAR_COLUMNS);
    return `[${'#'.repeat(filled)}${'.'.repeat(BAR_COLUMNS - filled)}] ${text}`;
  };
  return {
    started(index) {
      running = { index, startMs: clock.now(), fraction: undefined };
      cancelTimer();
      tick();
    },
    moved(fraction) {
      if (running !== undefined) running.fraction = fraction;
    },
    finished(index, result) {
      running = undefined;
      runSeconds = result.seconds;
      states[index] = texts.done(result);
      draw();
    },
    close() {
      cancelTimer();
    },
  };
}
