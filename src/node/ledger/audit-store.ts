/**
 * Records of runs as files of the node's store folder: one of mode 0600 per run, named after the second from which on it
 * is not kept any more, and removed then.
 */
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { RecordBytes } from '../../governance/audit-record.ts';
import type { SectionSink } from '../../governance/run-recorder.ts';
import { syncFolder } from '../store/sync-folder.ts';

/** In the folder of the node's store. */
export const AUDIT_FOLDER = 'audit';

const OWNER_ONLY = 0o600;
const NAME = /^(\d{10})\.([0-9a-f]{32})\.audit$/;
/** More than any run that is planned here sends to one party: what is longer is no record of one. */
const MAX_RECORD_BYTES: number = 16 * 2 ** 30;
/** What waits for the disk. Above it the run ends, rather than that memory does. */
const MAX_WAITING_BYTES: number = 256 * 2 ** 20;

/** The record of one run while it is written. */
export interface RunRecordWriter extends SectionSink {
  /** Resolves when neither a kill nor a power cut undoes what was written so far. @throws what went wrong in writing */
  durable(): Promise<void>;
  /** Ends it; where it is not to be kept, it is gone when this resolves. */
  close(options: { readonly keep: boolean }): Promise<void>;
}

export interface AuditStore {
  /** `onFailure` is told once when the record cannot be written: then the run has to end. */
  begin(run: string, options: BeginOptions): Promise<RunRecordWriter>;
  /** Removes what is not to be kept any more. */
  removeOld(nowMs: number): Promise<void>;
}

export interface BeginOptions {
  readonly keepUntilMs: number;
  readonly onFailure: (error: UsageError) => void;
}

/** Opens or makes the folder; it is for this user alone. @throws UsageError `unreadable-source` */
export async function openAuditStore(folder: string): Promise<AuditStore> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unwritable(cause);
  }
  return {
    async begin(run, { keepUntilMs, onFailure }) {
      const file = join(folder, `${secondOf(keepUntilMs)}.${run}.audit`);
      const handle = await open(file, 'wx', OWNER_ONLY).catch((cause: unknown) => {
        throw unwritable(cause);
      });
      return new RecordFile(file, { handle, named: syncFolder(folder), onFailure });
    },
    async removeOld(nowMs) {
      for (const name of await readdir(folder)) {
        const until = NAME.exec(name)?.[1];
        if (until !== undefined && Number(until) * 1000 <= nowMs) await rm(join(folder, name), { force: true });
      }
    },
  };
}

export interface OpenedRecord {
  readonly bytes: RecordBytes;
  close(): Promise<void>;
}

/** The record of the run whose name begins with these digits. @throws UsageError where there is none, or are several */
export async function openRunRecord(folder: string, digits: string): Promise<OpenedRecord> {
  const names = await readdir(folder).catch(() => []);
  const found = names.filter((name) => NAME.exec(name)?.[2].startsWith(digits));
  if (found.length !== 1) throw notOne(found.length);
  const handle = await open(join(folder, found[0]), 'r').catch((cause: unknown) => {
    throw new UsageError('Cannot audit: the record of the run cannot be read', {
      code: 'unreadable-source',
      phase: 'audit/record',
      remedy: 'use the account under which the node runs',
      cause,
    });
  });
  const { size } = await handle.stat();
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const out = new Uint8Array(length);
    const { bytesRead } = await handle.read(out, 0, length, offset);
    if (bytesRead < length) throw new RangeError('Cannot read record: it ends before');
    return out;
  };
  return { bytes: { size, read }, close: () => handle.close() };
}

interface OpenedFile {
  readonly handle: FileHandle;
  /** Its name is on the disk. */
  readonly named: Promise<void>;
  readonly onFailure: (error: UsageError) => void;
}

class RecordFile implements RunRecordWriter {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #named: Promise<void>;
  readonly #onFailure: (error: UsageError) => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #totalBytes = 0;
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #failure: UsageError | undefined;

  constructor(file: string, { handle, named, onFailure }: OpenedFile) {
    this.#file = file;
    this.#handle = handle;
    this.#named = named;
    // Told where the record is to be durable.
    named.catch(() => undefined);
    this.#onFailure = onFailure;
  }

  write(section: Uint8Array): void {
    if (this.#failure !== undefined) return;
    this.#waiting.push(section);
    this.#waitingBytes += section.length;
    this.#totalBytes += section.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES || this.#totalBytes > MAX_RECORD_BYTES) this.#fail(undefined);
    else this.#writing ??= this.#writeWaiting();
  }

  async durable(): Promise<void> {
    this.#syncing = this.#syncing.then(() => this.#sync());
    await this.#syncing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close({ keep }: { readonly keep: boolean }): Promise<void> {
    await this.#syncing;
    await this.#writing;
    await this.#handle.close();
    if (!keep || this.#failure !== undefined) await rm(this.#file, { force: true });
  }

  /** Never rejects, as `#writeWaiting`: what went wrong is kept. */
  async #sync(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) return;
    try {
      await this.#handle.datasync();
      await this.#named;
    } catch (cause) {
      this.#fail(cause);
    }
  }

  async #writeWaiting(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const sections = this.#waiting;
        this.#waiting = [];
        await this.#handle.writev(sections);
        this.#waitingBytes -= sections.reduce((sum, { length }) => sum + length, 0);
      }
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.#writing = undefined;
    }
  }

  #fail(cause: unknown): void {
    this.#failure = unwritable(cause);
    this.#waiting = [];
    this.#onFailure(this.#failure);
  }
}

function secondOf(timeMs: number): string {
  return String(Math.ceil(timeMs / 1000)).padStart(10, '0');
}

function unwritable(cause: unknown): UsageError {
  return new UsageError('Cannot run: its record cannot be written, and the contract wants one', {
    code: 'resource-limit',
    phase: 'audit/record',
    remedy: "make room where the node's store is, and check who may write there",
    cause,
  });
}

function notOne(found: number): UsageError {
  const state = found === 0 ? 'there is no record of this run' : 'several runs begin with these digits';
  const remedy =
    found === 0
      ? 'records are kept of runs under a signed contract, for as many days as it says'
      : 'give more digits of the run';
  return new UsageError(`Cannot audit: ${state}`, { code: 'bad-parameter', phase: 'audit/record', remedy });
}
