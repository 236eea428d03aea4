/** A store in one folder, on LMDB: copy-on-write pages, so a kill at any moment leaves the last whole transaction. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { UsageError } from '../../errors.ts';
import { checkStoreKey, type EntriesOptions, type Store, type StoredValue, type StoreWriter } from './store.ts';

const FILE = 'node.mdb';

/** Opens or makes the store; the folder and what is in it are for this user alone. @throws UsageError `unreadable-source` */
export async function openLmdbStore(folder: string): Promise<Store> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const database = open<StoredValue, string>({ path: join(folder, FILE), encoding: 'json' });
    try {
      for (const name of [FILE, `${FILE}-lock`]) await chmod(join(folder, name), 0o600);
    } catch (error) {
      await database.close();
      throw error;
    }
    return new LmdbStore(database);
  } catch (error) {
    throw new UsageError(`Cannot open store ${folder}: it is not a folder that this process may write`, {
      code: 'unreadable-source',
      phase: 'store',
      remedy: 'check the path under "store" and who owns the folder',
      cause: error,
    });
  }
}

class LmdbStore implements Store {
  readonly #database: RootDatabase<StoredValue, string>;

  readonly #writer: StoreWriter;

  constructor(database: RootDatabase<StoredValue, string>) {
    this.#database = database;
    this.#writer = {
      get: (key) => this.get(key),
      entries: (prefix, options) => this.entries(prefix, options),
      put: (key, value) => database.putSync(checkStoreKey(key), value),
      remove: (key) => database.removeSync(checkStoreKey(key)),
    };
  }

  get(key: string): StoredValue | undefined {
    return this.#database.get(checkStoreKey(key));
  }

  entries(
    prefix: string,
    { reverse = false, limit }: EntriesOptions = {},
  ): readonly (readonly [string, StoredValue])[] {
    // '\x7f' sorts after every character that a key may have.
    const [start, end] = reverse ? [`${prefix}\x7f`, prefix] : [prefix, `${prefix}\x7f`];
    const range = this.#database.getRange({ start, end, reverse, ...(limit === undefined ? {} : { limit }) });
    return [...range].map(({ key, value }) => [key, value] as const).filter(([key]) => key.startsWith(prefix));
  }

  put(key: string, value: StoredValue): Promise<void> {
    return this.transaction((writer) => writer.put(key, value));
  }

  async transaction<T>(work: (writer: StoreWriter) => T): Promise<T> {
    const database = this.#database;
    let worked: { readonly result: T } | undefined;
    let failure: { readonly error: unknown } | undefined;
    try {
      // Synchronous: below a millisecond of this thread, and a throw rolls it back. Limits are counted a few times a run.
      database.transactionSync(() => {
        try {
          worked = { result: work(this.#writer) };
        } catch (error) {
          failure = { error };
          throw error;
        }
      });
      // Committed is safe against a kill; flushed also against a power cut.
      await database.flushed;
    } catch (error) {
      if (failure === undefined) throw notWritten(error);
    }
    if (failure !== undefined) throw failure.error;
    if (worked === undefined) throw notWritten(undefined);
    return worked.result;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

function notWritten(cause: unknown): UsageError {
  return new UsageError('Cannot write store: the file system refused', {
    code: 'resource-limit',
    phase: 'store',
    remedy: 'check the free space and the state of the disk under the folder of the store',
    cause,
  });
}
