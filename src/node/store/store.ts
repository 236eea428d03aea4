/** Durable keys and values of one node: counters and records. Implementations share one list of tests. */

/** Plain JSON; a value comes back as it went in. */
export type StoredValue =
  | string
  | number
  | boolean
  | null
  | readonly StoredValue[]
  | { readonly [key: string]: StoredValue };

export interface StoreReader {
  get(key: string): StoredValue | undefined;
  /** Entries whose key starts with `prefix`, in the order of the keys (ASCII); at most `limit`. */
  entries(prefix: string, options?: EntriesOptions): readonly (readonly [key: string, value: StoredValue])[];
}

export interface EntriesOptions {
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface StoreWriter extends StoreReader {
  put(key: string, value: StoredValue): void;
  remove(key: string): void;
}

/**
 * Keys are ASCII and at most 500 characters. A transaction is all or nothing, sees no other, and is on the disk when its
 * promise resolves: neither a kill nor a power cut undoes it.
 */
export interface Store extends StoreReader {
  put(key: string, value: StoredValue): Promise<void>;
  /** `work` is synchronous; when it throws, nothing is changed and the promise rejects with the same error. */
  transaction<T>(work: (writer: StoreWriter) => T): Promise<T>;
  close(): Promise<void>;
}

const KEY = /^[\x20-\x7e]{1,500}$/;

/** @throws RangeError */
export function checkStoreKey(key: string): string {
  if (!KEY.test(key)) throw new RangeError('Cannot store: the key is not 1 to 500 printable ASCII characters');
  return key;
}
