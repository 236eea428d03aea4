/** Lists in one folder: written beside their place, and put there whole. For this user alone. */
import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../errors.ts';
import type { ListFiles } from './frozen-lists.ts';
import { syncFolder } from '../store/sync-folder.ts';

/** The name in the folder of the node's store. */
export const LISTS_FOLDER = 'periods';

const UNFINISHED = '.unfinished';

/** Lists as files of a folder, which is made with the first one. */
export function listFolder(folder: string): ListFiles {
  return {
    async write(name, lines) {
      const path = join(folder, `${name}${UNFINISHED}`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeAll(await open(path, 'w', 0o600), lines);
        await rename(path, join(folder, name));
        await syncFolder(folder);
      } catch (error) {
        // What cannot be removed now is removed at the next start; the first error is the one to tell.
        await rm(path, { force: true }).catch(() => undefined);
        throw error instanceof UsageError || !isSystemError(error) ? error : notWritten(error);
      }
    },
    read: (name) => linesOf(join(folder, name)),
    async names() {
      try {
        return await readdir(folder);
      } catch (error) {
        // Nothing was ever written there.
        if (isSystemError(error) && error.code === 'ENOENT') return [];
        throw notWritten(error);
      }
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  };
}

const PIECE_BYTES = 262_144;
const readInto = promisify(read);

/**
 * The disk is waited for by a thread of the platform. To open a file that is in use in every run, and to close it, takes
 * less time than a turn through those threads, and a stream with a reader of lines twenty times as long for a short list.
 */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const text = new TextDecoder('utf-8', { ignoreBOM: true });
    let rest = '';
    for (let at = 0; at < size; ) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, size - at));
      const { bytesRead } = await readInto(file, piece, 0, piece.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const lines = (rest + text.decode(piece.subarray(0, bytesRead), { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    // Every line was written with its end. What has none is given as well: whether it belongs there its reader's root shows.
    rest += text.decode();
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}

async function writeAll(file: FileHandle, lines: AsyncIterable<string>): Promise<void> {
  try {
    for await (const line of lines) await file.appendFile(`${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function notWritten(cause: unknown): UsageError {
  return new UsageError('Cannot freeze list: the file system refused', {
    code: 'resource-limit',
    phase: 'snapshot',
    remedy: 'check the free space and the state of the disk under the folder of the store',
    cause,
  });
}
