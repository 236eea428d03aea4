/**
 * A flag register as a file of lines, mode 0600, which only grows. A line counts once it is on the disk with its end: what
 * a crash left without one was never acknowledged, and is cut off by the next writer.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { UsageError } from '../../errors.ts';
import type { FlagStore } from '../../governance/flag-keeping.ts';
import { endedLines } from '../runs/ended-lines.ts';

const OWNER_ONLY = 0o600;

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
  const handle = await open(file, 'r').catch((cause: unknown) => {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw unreadable(file, isMissing ? 'there is none yet' : 'this process may not read it', cause);
  });
  try {
    yield* endedLines(handle, () => undefined);
  } finally {
    await handle.close();
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
  let whole = 0;
  for await (const _line of endedLines(handle, (bytes) => (whole = bytes)));
  const { size } = await handle.stat();
  if (whole < size) await handle.truncate(whole);
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
