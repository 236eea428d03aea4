/** Lists in one folder: written beside their place, and put there whole. For this user alone. */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UsageError } from '../../errors.ts';
import type { ListFiles } from './frozen-lists.ts';
import { syncFolder } from '../store/sync-folder.ts';

/** The name in the folder of the node's store. */
export const LISTS_FOLDER = 'periods';

const UNFINISHED = '.unfinished';

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
    read: (name) => createInterface({ input: createReadStream(join(folder, name)), crlfDelay: Infinity }),
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
