/**
 * Rows that begin with a tag, in the ascending order of their tags as byte strings: an order that tells nothing which the
 * tags do not, and in which a tag is found by its place. The plain reference; a twin under `kernels/` gives the same.
 *
 * A peer chooses the rows in which a party looks its own tags up. A look-up takes at most log2(rows) + 1 comparisons whatever
 * they are, and matching of many tags one pass over both. Rows that are not in order make it miss some, and do nothing else.
 */
import { firstIntegers } from './bytes.ts';
import { HASH_BYTES } from './hash.ts';
import type { Steps } from './steps.ts';

/** The longest tag. */
export const MAX_TAG_BYTES = 12;

/** Packed rows of `rowBytes` that begin with a tag of `tagBytes`, 4 to 12. */
export interface TagRows {
  readonly rows: Uint8Array;
  readonly rowBytes: number;
  readonly tagBytes: number;
}

/** Rows in which tags can be looked up. */
export interface TagIndex {
  /** The number of a row whose tag is the first bytes of digest i (of n x 32), or -1, to place i of `out`. */
  findAll(digests: Uint8Array, out: Int32Array): void;
  /** Gives back; nothing may be called afterwards. */
  close(): void;
}

/** Implementations give the same. */
export interface SortedTags {
  /** The rows in order; those of one tag stay as they are. */
  sort(tagRows: TagRows): Steps<Uint8Array>;
  /** For each of the tags (n x tagBytes) the number of a row in order that has it, or -1. */
  match(tagRows: TagRows, tags: Uint8Array): Steps<Int32Array>;
  /** Of rows in order, for tags that come one after another. */
  index(tagRows: TagRows): Steps<TagIndex>;
}

export const referenceSortedTags: SortedTags = {
  *sort(tagRows) {
    const { rows, rowBytes } = tagRows;
    const order = firstIntegers(checkTagRows(tagRows));
    order.sort((a, b) => compareTags(tagRows, a, rows, b * rowBytes) || a - b);
    const out = new Uint8Array(rows.length);
    for (const [place, row] of order.entries()) {
      out.set(rows.subarray(row * rowBytes, (row + 1) * rowBytes), place * rowBytes);
      if (place % 4096 === 4095) yield;
    }
    return out;
  },
  // oxlint-disable-next-line require-yield -- there is nothing to do for each row
  *index(tagRows) {
    const count = checkTagRows(tagRows);
    return {
      findAll(digests, out) {
        for (let i = 0; i < out.length; i++) out[i] = find(tagRows, count, digests, i * HASH_BYTES);
      },
      close: () => undefined,
    };
  },
  *match(tagRows, tags) {
    const { tagBytes } = tagRows;
    const count = checkTagRows(tagRows);
    const out = new Int32Array(countTags(tagRows, tags));
    for (let i = 0; i < out.length; i++) {
      out[i] = find(tagRows, count, tags, i * tagBytes);
      if (i % 4096 === 4095) yield;
    }
    return out;
  },
};

function find(tagRows: TagRows, count: number, digests: Uint8Array, at: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTags(tagRows, middle, digests, at) < 0) low = middle + 1;
    else high = middle;
  }
  return low < count && compareTags(tagRows, low, digests, at) === 0 ? low : -1;
}

function compareTags({ rows, rowBytes, tagBytes }: TagRows, row: number, other: Uint8Array, at: number): number {
  const own = row * rowBytes;
  for (let k = 0; k < tagBytes; k++) {
    if (rows[own + k] !== other[at + k]) return rows[own + k] - other[at + k];
  }
  return 0;
}

/** The number of rows. @throws RangeError where lengths do not fit */
export function checkTagRows({ rows, rowBytes, tagBytes }: TagRows): number {
  const count = rows.length / rowBytes;
  if (!Number.isInteger(count) || tagBytes < 4 || tagBytes > Math.min(rowBytes, MAX_TAG_BYTES)) {
    throw new RangeError('Cannot order rows: lengths of tags and rows do not fit');
  }
  return count;
}

/** The number of tags that are to be matched. @throws RangeError where it is not whole */
export function countTags({ tagBytes }: TagRows, tags: Uint8Array): number {
  const count = tags.length / tagBytes;
  if (!Number.isInteger(count)) throw new RangeError('Cannot match tags: not a whole number of them');
  return count;
}
