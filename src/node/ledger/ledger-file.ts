/**
 * The ledger's lines in one append-only file. Lines that come while others are written go to the disk together. A process
 * or a machine that dies in a write leaves at most a piece without its end: nobody was told that it is durable, so the
 * next start cuts it off. Anything else that is wrong is no accident of a crash and is left for a person to look at.
 */
import { fdatasync, fstatSync, writeSync } from 'node:fs';
import { chmod, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { utf8 } from '../../crypto/bytes.ts';
import { UsageError } from '../../errors.ts';
import type { LedgerStore } from '../../governance/ledger.ts';
import { endedLines } from '../runs/ended-lines.ts';
import { syncFolder } from '../store/sync-folder.ts';

/** The name in the folder of the node's store. */
export const LEDGER_FILE = 'ledger.jsonl';

/** Opens or makes the file; it is for this user alone. @throws UsageError `unreadable-source` */
export async function openLedgerFile(path: string): Promise<LedgerStore> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a+', 0o600);
    await chmod(path, 0o600);
    await syncFolder(dirname(path));
    return new LedgerFile(file);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The lines of a ledger that a running node may go on with: nothing is changed. @throws UsageError `unreadable-source` */
export async function* readLedgerFile(
  path: string,
  /** Gets the bytes behind the last whole line, where there are any. */
  onPiece: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') throw noLedger(path);
    throw unreadable(path, cause);
  }
  try {
    let end = 0;
    yield* endedLines(file, (bytes) => (end = bytes));
    const { size } = await file.stat();
    if (size > end) onPiece(size - end);
  } finally {
    await file.close();
  }
}

const durable = promisify(fdatasync);

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class LedgerFile implements LedgerStore {
  readonly #file: FileHandle;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  /** Of the file as this process left it. */
  #bytes = 0;
  /** The first one: lines behind it would follow on one that may not be there. */
  #failure: { readonly error: unknown } | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async *lines(): AsyncGenerator<string> {
    let end = 0;
    yield* endedLines(this.#file, (bytes) => (end = bytes));
    const { size } = await this.#file.stat();
    if (size > end) {
      await this.#file.truncate(end);
      await this.#file.datasync();
    }
    this.#bytes = end;
  }

  append(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #writeAll(): Promise<void> {
    // Entries that are appended in one turn of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failure !== undefined) throw this.#failure.error;
        await this.#write(utf8(batch.map(({ line }) => `${line}\n`).join('')));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#failure ??= { error };
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { fd } = this.#file;
    // Of some kilobytes into the memory of the system, without waiting: a turn through the threads of the platform takes
    // longer than these calls. The disk is waited for there.
    if (fstatSync(fd).size !== this.#bytes) throw new Error('another process writes this ledger');
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    this.#bytes += bytes.length;
    await durable(fd);
  }
}

function noLedger(path: string): UsageError {
  return new UsageError(`Cannot open ledger ${path}: there is none`, {
    code: 'unreadable-source',
    phase: 'ledger',
    remedy: "the node makes it when it first starts; if it ran before, put the newest copy in place, and check 'store'",
  });
}

function unreadable(path: string, cause: unknown): UsageError {
  return new UsageError(`Cannot open ledger ${path}: it is not a file that this process may read and write`, {
    code: 'unreadable-source',
    phase: 'ledger',
    remedy: 'check the path under "store" and who owns the folder',
    cause,
  });
}
