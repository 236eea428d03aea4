/**
 * The linear algebra of the random band OKVS (okvs.ts): keys become rows with one band of random bits, rows sorted by
 * where their band starts are eliminated one by one, and the system is solved backwards from the last column.
 *
 * Band bit `j` of a row belongs to column `start + j`. Sorting and elimination branch on the rows, that is on the
 * encoding party's own keys (visible to a local attacker only); the result has a fixed size.
 */
import { CHACHA_BLOCK_WORDS, chachaBlockInto } from './chacha-block.ts';
import type { Steps } from './steps.ts';
import { uniformIndex } from './uniform-index.ts';

export const BAND_WORDS = 8;
export const BAND_BITS: number = 32 * BAND_WORDS;
export const KEY_WORDS = 4;
/** Words of a key's block: band, first column, hash. */
const HASH_WORD: number = BAND_WORDS + 2;
/** Of ChaCha: rows and hashes are no secrets, of keys that are hashes and a salt that nobody chooses; see vole-oprf.ts. */
const ROUNDS = 8;
/** A band laid over whole 32-column words touches one word more. */
const ALIGNED_WORDS = BAND_WORDS + 1;
/** Rows or columns between two pauses: about 1 ms of work. */
const SLICE = 1024;
/** Rows between two pauses of the sort, which does little for each. */
const SORT_SLICE = 65_536;

/** Rows in the order of their keys. */
export interface BandRows {
  readonly columns: number;
  /** First column of each band. */
  readonly starts: Uint32Array;
  /** n x BAND_WORDS. */
  readonly bands: Uint32Array;
}

/** Rows brought to echelon form, in the order of their starts. */
export interface BandSystem {
  /** Column -> row that has its lowest bit there, or -1: a free column. */
  readonly pivots: Int32Array;
  /** n x ALIGNED_WORDS: what elimination left of each band. */
  readonly bits: Uint32Array;
  /** The 32-column word in which each row's bits begin. */
  readonly firstWords: Uint32Array;
  /** n x valueWords, the right-hand sides. */
  readonly values: Uint32Array;
  /** Row -> index of its key. */
  readonly order: Uint32Array;
  /** The first row that depends on those before it, or -1; elimination stops there. */
  readonly dependentRow: number;
}

/** Where a key's row comes from: the public salt as 8 words, and the number of columns. */
export interface RowSource {
  readonly salt: Uint32Array;
  readonly columns: number;
  /** Default BAND_BITS; fewer only to observe failures, which are too rare to see at full width. */
  readonly bandBits?: number;
}

/**
 * Expands one key (four words of `keys` from `at` on) into `block`: band in the first BAND_WORDS words. Returns the
 * first column. One ChaCha block with the salt as its key and the OKVS key as counter and nonce. What is behind the
 * first column in the block, from word HASH_WORD on, is a hash of the key.
 */
export function expandRow(source: RowSource, keys: Uint32Array, at: number, block: Uint32Array): number {
  const bandBits = source.bandBits ?? BAND_BITS;
  chachaBlockInto(block, source.salt, keys, at, ROUNDS);
  for (let k = bandBits >>> 5; k < BAND_WORDS; k++) {
    const kept = bandBits - 32 * k;
    block[k] &= kept > 0 ? (1 << kept) - 1 : 0;
  }
  return uniformIndex(block[BAND_WORDS], block[BAND_WORDS + 1], source.columns - bandBits + 1);
}

/** A hash of each key, n x 1 to 6 words. */
export function* hashKeys(source: RowSource, keys: Uint32Array, hashWords: number): Steps<Uint32Array> {
  const count = keys.length / KEY_WORDS;
  const hashes = new Uint32Array(count * hashWords);
  const block = new Uint32Array(CHACHA_BLOCK_WORDS);
  for (let from = 0; from < count; from += SLICE) {
    for (let i = from; i < Math.min(from + SLICE, count); i++) {
      expandRow(source, keys, i * KEY_WORDS, block);
      for (let v = 0; v < hashWords; v++) hashes[i * hashWords + v] = block[HASH_WORD + v];
    }
    yield;
  }
  return hashes;
}

/** The rows of all keys (n x KEY_WORDS). */
export function* expandRows(source: RowSource, keys: Uint32Array): Steps<BandRows> {
  const count = keys.length / KEY_WORDS;
  const starts = new Uint32Array(count);
  const bands = new Uint32Array(count * BAND_WORDS);
  const block = new Uint32Array(CHACHA_BLOCK_WORDS);
  const band = block.subarray(0, BAND_WORDS);
  for (let from = 0; from < count; from += SLICE) {
    for (let i = from; i < Math.min(from + SLICE, count); i++) {
      starts[i] = expandRow(source, keys, i * KEY_WORDS, block);
      bands.set(band, i * BAND_WORDS);
    }
    yield;
  }
  return { columns: source.columns, starts, bands };
}

/** Counting sort: key indices by ascending start. */
function* sortByStart({ starts, columns }: BandRows): Steps<Uint32Array> {
  const next = new Uint32Array(columns + 1);
  for (const start of starts) next[start + 1]++;
  yield;
  for (let column = 0; column < columns; column++) next[column + 1] += next[column];
  yield;
  const order = new Uint32Array(starts.length);
  for (let i = 0; i < starts.length; i++) {
    order[next[starts[i]]++] = i;
    if (i % SORT_SLICE === SORT_SLICE - 1) yield;
  }
  return order;
}

/**
 * Gaussian elimination on the fly. In the order of starts, a row is reduced by earlier rows only, and their bands end
 * no later than its own: no row ever grows out of its ALIGNED_WORDS words.
 */
export function* eliminate(rows: BandRows, values: Uint32Array, valueWords: number): Steps<BandSystem> {
  const count = rows.starts.length;
  const order = yield* sortByStart(rows);
  yield;
  const system = {
    pivots: new Int32Array(rows.columns).fill(-1),
    bits: new Uint32Array(count * ALIGNED_WORDS),
    firstWords: new Uint32Array(count),
    values: new Uint32Array(count * valueWords),
    order,
    dependentRow: -1,
  };
  for (let from = 0; from < count; from += SLICE) {
    for (let row = from; row < Math.min(from + SLICE, count); row++) {
      const key = order[row];
      loadBand(system, row, rows, key);
      for (let v = 0; v < valueWords; v++) system.values[row * valueWords + v] = values[key * valueWords + v];
      if (!reduce(system, row, valueWords)) return { ...system, dependentRow: row };
    }
    yield;
  }
  return system;
}

/** Lays the band of `key` over whole 32-column words. */
function loadBand(system: BandSystem, row: number, rows: BandRows, key: number): void {
  const start = rows.starts[key];
  const shift = start & 31;
  const from = key * BAND_WORDS;
  const to = row * ALIGNED_WORDS;
  system.firstWords[row] = start >>> 5;
  let below = 0;
  for (let k = 0; k < BAND_WORDS; k++) {
    const word = rows.bands[from + k];
    // In two shifts: one by 32 - 0 would be no shift at all.
    system.bits[to + k] = (word << shift) | ((below >>> 1) >>> (31 - shift));
    below = word;
  }
  system.bits[to + BAND_WORDS] = (below >>> 1) >>> (31 - shift);
}

/** Clears `row`'s lowest bit with the row that owns that column until a column is its own; false if nothing remains. */
function reduce(system: BandSystem, row: number, valueWords: number): boolean {
  const { bits, firstWords, pivots } = system;
  const at = row * ALIGNED_WORDS;
  for (let k = 0; k < ALIGNED_WORDS; k++) {
    while (bits[at + k] !== 0) {
      const column = 32 * (firstWords[row] + k) + lowestBit(bits[at + k]);
      const owner = pivots[column];
      if (owner < 0) {
        pivots[column] = row;
        return true;
      }
      const lag = firstWords[row] - firstWords[owner];
      const ownerAt = owner * ALIGNED_WORDS + lag;
      for (let j = k; j < ALIGNED_WORDS - lag; j++) bits[at + j] ^= bits[ownerAt + j];
      for (let v = 0; v < valueWords; v++) system.values[row * valueWords + v] ^= system.values[owner * valueWords + v];
    }
  }
  return false;
}

/**
 * The table (columns x valueWords), solved from the last column on. Columns that no row has as its pivot take the values of
 * `free`, one behind the other: as many as there are columns more than rows.
 */
export function* backSubstitute(system: BandSystem, free: Uint32Array, valueWords: number): Steps<Uint32Array> {
  const columns = system.pivots.length;
  const table = new Uint32Array(columns * valueWords);
  let taken = 0;
  for (let to = columns; to > 0; to -= SLICE) {
    for (let column = to - 1; column >= Math.max(0, to - SLICE); column--) {
      const row = system.pivots[column];
      if (row >= 0) solveColumn(system, row, column, table, valueWords);
      else for (let v = 0; v < valueWords; v++) table[column * valueWords + v] = free[taken++];
    }
    yield;
  }
  return table;
}

/** table[column] = value of the row + what its other columns, all of them later ones, contribute. */
function solveColumn(system: BandSystem, row: number, column: number, table: Uint32Array, valueWords: number): void {
  const { bits, values } = system;
  const firstWord = system.firstWords[row];
  const pivotWord = (column >>> 5) - firstWord;
  const at = row * ALIGNED_WORDS;
  for (let v = 0; v < valueWords; v++) {
    let sum = values[row * valueWords + v];
    for (let k = pivotWord; k < ALIGNED_WORDS; k++) {
      let rest = bits[at + k];
      if (k === pivotWord) rest &= rest - 1;
      while (rest !== 0) {
        sum ^= table[(32 * (firstWord + k) + lowestBit(rest)) * valueWords + v];
        rest &= rest - 1;
      }
    }
    table[column * valueWords + v] = sum;
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
