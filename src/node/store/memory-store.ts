/** A store that forgets with its process: for tests and demonstrations. */
import { checkStoreKey, type EntriesOptions, type Store, type StoredValue, type StoreWriter } from './store.ts';

/** An empty store in memory, lost with the process. */
export function createMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  #values = new Map<string, StoredValue>();

  get(key: string): StoredValue | undefined {
    return read(this.#values, key);
  }

  entries(prefix: string, options?: EntriesOptions): readonly (readonly [string, StoredValue])[] {
    return list(this.#values, prefix, options);
  }

  put(key: string, value: StoredValue): Promise<void> {
    return this.transaction((writer) => writer.put(key, value));
  }

  transaction<T>(work: (writer: StoreWriter) => T): Promise<T> {
    const changed = new Map(this.#values);
    try {
      const result = work({
        get: (key) => read(changed, key),
        entries: (prefix, options) => list(changed, prefix, options),
        put: (key, value) => void changed.set(checkStoreKey(key), structuredClone(value)),
        remove: (key) => void changed.delete(checkStoreKey(key)),
      });
      this.#values = changed;
      return Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function read(values: ReadonlyMap<string, StoredValue>, key: string): StoredValue | undefined {
  return structuredClone(values.get(checkStoreKey(key)));
}

function list(
  values: ReadonlyMap<string, StoredValue>,
  prefix: string,
  { reverse = false, limit = Infinity }: EntriesOptions = {},
): readonly (readonly [string, StoredValue])[] {
  const keys = [...values.keys()].filter((key) => key.startsWith(prefix)).sort();
  if (reverse) keys.reverse();
  return keys.slice(0, limit).map((key) => [key, structuredClone(values.get(key) ?? null)] as const);
}
