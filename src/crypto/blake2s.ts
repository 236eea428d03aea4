/**
 * BLAKE2s-256 (RFC 7693; with a key as its §2.9 says) of many byte strings at once: the plain reference, on
 * @noble/hashes. A twin under `kernels/` gives the same bytes.
 *
 * Time depends on the strings' lengths, which are public or those of a party's own items. Not protected: copies of keys
 * and contents that JavaScript makes.
 */
import { blake2s } from '@noble/hashes/blake2.js';

export const BLAKE2S_BYTES = 32;
/** Strings have 1 to so many bytes. */
export const MAX_BLAKE2S_INPUT_BYTES = 4096;
/** RFC 7693 §2.1. */
const MAX_KEY_BYTES = 32;

/** Rows of `width` bytes, one behind the other. */
export interface Column {
  readonly bytes: Uint8Array;
  readonly width: number;
}

/** Strings of different lengths, one behind the other. */
export interface ByteStrings {
  readonly bytes: Uint8Array;
  /** Where each of them ends; the first begins at 0, every other one where the one before it ends. */
  readonly ends: Uint32Array;
}

/** Batch operations; implementations give identical bytes. A key has 0 to 32 bytes, none meaning the plain hash. */
export interface Blake2s {
  /**
   * Hashes row i of the columns, joined in their order, to row i of `out`: the first bytes of each digest, as many of the 32 as
   * there is room for. @throws RangeError
   */
  hashRowsInto(out: Uint8Array, key: Uint8Array, columns: readonly Column[]): void;
  /** Hashes string i to bytes 32 i to 32 i + 31 of `out`. @throws RangeError */
  hashStringsInto(out: Uint8Array, key: Uint8Array, strings: ByteStrings): void;
}

/** The plain reference on noble. */
export const referenceBlake2s: Blake2s = {
  hashRowsInto(out, key, columns) {
    const { count, rowBytes, digestBytes } = checkedRows(out, key, columns);
    const row = new Uint8Array(rowBytes);
    const digest = new Uint8Array(BLAKE2S_BYTES);
    const hash = repeatedHash(key);
    for (let i = 0; i < count; i++) {
      let at = 0;
      for (const { bytes, width } of columns) {
        row.set(bytes.subarray(i * width, (i + 1) * width), at);
        at += width;
      }
      hash(row, digest, 0);
      out.set(digest.subarray(0, digestBytes), i * digestBytes);
    }
    row.fill(0);
    digest.fill(0);
  },
  hashStringsInto(out, key, { bytes, ends }) {
    checkStrings(out, key, { bytes, ends });
    const hash = repeatedHash(key);
    let from = 0;
    for (const [i, end] of ends.entries()) {
      hash(bytes.subarray(from, end), out, i);
      from = end;
    }
  },
};

/** Hashes under one key whose block is absorbed once. */
function repeatedHash(key: Uint8Array): (input: Uint8Array, out: Uint8Array, index: number) => void {
  // A separate state even without a key: `_cloneInto` overwrites all of it.
  const options = key.length === 0 ? {} : { key };
  const start = blake2s.create(options);
  const scratch = blake2s.create(options);
  return (input, out, index) => {
    const state = start._cloneInto(scratch);
    state.update(input);
    state.digestInto(out.subarray(index * BLAKE2S_BYTES, (index + 1) * BLAKE2S_BYTES));
  };
}

/** Number of rows, length of a joined one and of what is kept of its digest. @throws RangeError when lengths do not fit */
export function checkedRows(
  out: Uint8Array,
  key: Uint8Array,
  columns: readonly Column[],
): { readonly count: number; readonly rowBytes: number; readonly digestBytes: number } {
  requireKey(key);
  const count = columns.length === 0 ? 0 : columns[0].bytes.length / columns[0].width;
  if (!Number.isInteger(count)) throw new RangeError('Cannot hash rows: half a row');
  let rowBytes = 0;
  for (const { bytes, width } of columns) {
    if (!Number.isInteger(width) || width < 1 || bytes.length !== count * width) {
      throw new RangeError('Cannot hash rows: columns differ in rows');
    }
    rowBytes += width;
  }
  if (rowBytes < 1 || rowBytes > MAX_BLAKE2S_INPUT_BYTES) throw new RangeError('Cannot hash rows: empty or too long');
  const digestBytes = count === 0 && out.length === 0 ? BLAKE2S_BYTES : out.length / count;
  if (!Number.isInteger(digestBytes) || digestBytes < 1 || digestBytes > BLAKE2S_BYTES) {
    throw new RangeError('Cannot hash rows: room does not fit one digest per row');
  }
  return { count, rowBytes, digestBytes };
}

/** @throws RangeError when lengths do not fit */
export function checkStrings(out: Uint8Array, key: Uint8Array, { bytes, ends }: ByteStrings): void {
  requireKey(key);
  if (out.length !== BLAKE2S_BYTES * ends.length) throw new RangeError('Cannot hash strings: not one per digest');
  let from = 0;
  for (let i = 0; i < ends.length; i++) {
    const length = ends[i] - from;
    if (length < 1 || length > MAX_BLAKE2S_INPUT_BYTES) throw new RangeError('Cannot hash string: empty or too long');
    from = ends[i];
  }
  if (from !== bytes.length) throw new RangeError('Cannot hash strings: the last one does not end the bytes');
}

function requireKey(key: Uint8Array): void {
  if (key.length > MAX_KEY_BYTES) throw new RangeError('Cannot hash: key is longer than 32 bytes');
}
