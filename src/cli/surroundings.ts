/** What the command line needs of the process it runs in, so that tests can bring their own. */
import { setMaxListeners } from 'node:events';
import { TransportError } from '../errors.ts';
import { systemWallClock, type WallClock } from '../kit/clock.ts';
import { readSecret } from './node/read-secret.ts';

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width in columns, where the stream is a terminal. */
  readonly columns?: number | undefined;
}

export interface Surroundings {
  /** Results. */
  readonly stdout: OutputStream;
  /** Progress and errors. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the person interrupts: running parties end cleanly, nobody gets a partial answer. */
  readonly signal: AbortSignal;
  readonly wallClock: WallClock;
  /** In whose name requests to a node are signed; absent where nobody was named. */
  readonly operator?: string | undefined;
  /** Asks the person for a line that is not shown. Absent where there is no terminal. */
  readonly readSecret?: (prompt: string) => Promise<string>;
}

export interface ProcessSurroundings extends Surroundings {
  /** Takes the handlers off the process again. */
  close(): void;
}

/** This process: the first interrupt cancels, a second one ends the process at once, as without a handler. */
export function processSurroundings(): ProcessSurroundings {
  // A run waits on many channels under one signal; Node takes more than ten waiters for a leak and warns.
  setMaxListeners(0);
  const controller = new AbortController();
  const cancel = (): void => {
    controller.abort(new TransportError('Cannot go on: interrupted', { code: 'cancelled' }));
  };
  // A reader that has gone (`| head`) is no failure to report: there is nobody to report to.
  process.once('SIGINT', cancel);
  process.once('SIGTERM', cancel);
  process.stdout.on('error', cancel);
  // A process that was started over a channel of Node, as the demo starts nodes, does not outlive its parent.
  if (process.channel !== undefined) {
    process.once('disconnect', cancel);
    process.channel.unref();
  }
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: controller.signal,
    wallClock: systemWallClock,
    ...(process.stdin.isTTY && process.stderr.isTTY
      ? {
          readSecret: (prompt) =>
            readSecret(process.stdin, {
              output: process.stderr,
              prompt,
              interrupt: cancel,
            }),
        }
      : {}),
    close() {
      process.off('SIGINT', cancel);
      process.off('SIGTERM', cancel);
      process.off('disconnect', cancel);
    },
  };
}
