/**
 * A flag register as a file of lines, mode 0600, which only grows. A line counts once it is on the disk with its end: what
 * a crash left without one was never acknowledged, and is cut off by the next writer.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { FlagStore } from '../governance/flag-keeping.ts';

const OWNER_ONLY = 0o600;
const NEWLINE = 0x0a;
const READ_BYTES = 65_536;
/** An event of as many reports as one may have, with the longest accounts. */
const MAX_LINE_CHARACTERS = 1 << 20;

/** @throws UsageError `unreadable-source` where there is no such file */
export function registerFile(file: string): FlagStore {
  return {
    lines: () => linesOf(file),
    append: (lines) => append(file, lines),
  };
}

/**
 * Lets no other writer at the register until `work` is done.
 * @throws UsageError `resource-limit` while another has it
 */
export async function writingRegister<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const handle = await open(lock, 'wx', OWNER_ONLY).catch((cause: unknown) => {
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw isTaken ? locked(lock) : unwritable(file, cause);
  });
  try {
    await handle.close();
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, { encoding: 'utf8', highWaterMark: READ_BYTES });
  let rest = '';
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      // Without its end a line does not count.
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw unreadable(file, 'it is no flag register');
      yield* lines;
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw unreadable(file, isMissing ? 'there is none yet' : 'this process may not read it', error);
  } finally {
    stream.destroy();
  }
}

async function append(file: string, lines: readonly string[]): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'a+', OWNER_ONLY);
    await cutUnended(handle);
    await handle.appendFile(lines.map((line) => `${line}\n`).join(''));
    await handle.sync();
  } catch (cause) {
    throw unwritable(file, cause);
  } finally {
    await handle?.close();
  }
}

/** Cuts off what comes after the last end of a line. */
async function cutUnended(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const chunk = new Uint8Array(READ_BYTES);
  let end = size;
  while (end > 0) {
    const from = Math.max(0, end - READ_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, end - from, from);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at >= 0) {
      end = from + at + 1;
      break;
    }
    end = from;
  }
  if (end < size) await handle.truncate(end);
}

function unreadable(file: string, state: string, cause?: unknown): UsageError {
  return new UsageError(`Cannot read flag register ${file}: ${state}`, {
    code: 'unreadable-source',
    phase: 'flag-register',
    remedy: "add a first flag with 'blindflag flags add', or correct datasets.evidence in the configuration",
    cause,
  });
}

function unwritable(file: string, cause: unknown): UsageError {
  return new UsageError(`Cannot write flag register ${file}: this process may not write there, or the disk is full`, {
    code: 'unreadable-source',
    phase: 'flag-register',
    remedy: 'check the folder, its permissions and the disk',
    cause,
  });
}

function locked(lock: string): UsageError {
  return new UsageError('Cannot write flag register: another command writes it', {
    code: 'resource-limit',
    phase: 'flag-register',
    remedy: `try again; if no other command runs, remove ${lock}`,
  });
}
