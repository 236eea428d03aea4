/**
 * Counts different accounts, and what becomes of the scores of those that are repeated. It keeps 64 bits of each account,
 * and its score where scores are summed up: 10^7 accounts take 135 MB, or 200. Two accounts are taken for one with a
 * probability of n^2 / 2^65, below 10^-4 at the largest count.
 */
import { type CodeUnits, LARGEST_ASCII, type TextColumn } from './text-column.ts';

export type DuplicatePolicy = 'first' | 'max' | 'sum' | 'reject';

/** The largest size bucket of a node: beyond it accounts are only counted, and on disk. */
export const MAX_COUNTED_ACCOUNTS: number = 2 ** 24;

/** What an account is found to be; `TOO_LARGE`: repeated, and the sum of its scores is too large from this row on. */
export const NEW = 0;
export const REPEATED = 1;
export const TOO_LARGE = 2;
export const UNCOUNTED = 3;

/** Tables that grow one by one: none of them takes long to copy. */
const TABLES = 256;
const LAST_TABLE: number = TABLES - 1;
const FIRST_SLOTS = 64;
/** At most so many of eight slots are used: an account that is new is looked for in four of them at most on average. */
const USED_OF_EIGHT = 5;
const LARGEST_SUM = 0xffff_ffff;

export class AccountTally {
  distinct = 0;
  /** Accounts were left uncounted. */
  isFull = false;
  /**
   * High and low half of each slot's key. Signed, as numbers from 2^31 on are objects where they are handed on, and no class
   * for each table: together they make it twice the time.
   */
  readonly #keys: Int32Array[] = Array.from({ length: TABLES }, () => new Int32Array(2 * FIRST_SLOTS));
  readonly #used: Int32Array = new Int32Array(TABLES);
  /** One for each slot, where scores are summed up. */
  readonly #sums: Uint32Array[] | undefined;
  readonly #maxScore: number;
  readonly #most: number;

  /** `policy` where scores are joined. `most`: how many are counted, from then on others are `UNCOUNTED`. */
  constructor(policy: DuplicatePolicy | undefined, maxScore: number, most: number = MAX_COUNTED_ACCOUNTS) {
    this.#sums = policy === 'sum' ? this.#keys.map(() => new Uint32Array(FIRST_SLOTS)) : undefined;
    this.#maxScore = maxScore;
    this.#most = most;
  }

  /** One of the above for each account, in their order. */
  add(accounts: TextColumn, scores?: ArrayLike<number>): Uint8Array {
    const hashes = hashes64(accounts);
    const found = new Uint8Array(accounts.length);
    const tables = this.#keys;
    const sums = this.#sums;
    for (let k = 0; k < found.length; k++) {
      const high = hashes[2 * k];
      const low = hashes[2 * k + 1];
      const table = high & LAST_TABLE;
      const keys = tables[table];
      const slot = slotOf(keys, high, low);
      if ((keys[2 * slot] | keys[2 * slot + 1]) !== 0) {
        found[k] = sums === undefined ? REPEATED : this.#added(sums[table], slot, scores?.[k] ?? 0);
      } else if (this.distinct === this.#most) {
        this.isFull = true;
        found[k] = UNCOUNTED;
      } else {
        keys[2 * slot] = high;
        keys[2 * slot + 1] = low;
        if (sums !== undefined) sums[table][slot] = scores?.[k] ?? 0;
        this.distinct++;
        if (16 * ++this.#used[table] > keys.length * USED_OF_EIGHT) this.#grow(table);
      }
    }
    return found;
  }

  #added(sums: Uint32Array, slot: number, score: number): number {
    const before = sums[slot];
    const sum = Math.min(before + score, LARGEST_SUM);
    sums[slot] = sum;
    return before <= this.#maxScore && sum > this.#maxScore ? TOO_LARGE : REPEATED;
  }

  #grow(table: number): void {
    const before = this.#keys[table];
    const sumsBefore = this.#sums?.[table];
    const keys = new Int32Array(2 * before.length);
    const sums = new Uint32Array(sumsBefore === undefined ? 0 : before.length);
    for (let slot = 0; 2 * slot < before.length; slot++) {
      const high = before[2 * slot];
      const low = before[2 * slot + 1];
      if ((high | low) === 0) continue;
      const own = slotOf(keys, high, low);
      keys[2 * own] = high;
      keys[2 * own + 1] = low;
      if (sumsBefore !== undefined) sums[own] = sumsBefore[slot];
    }
    this.#keys[table] = keys;
    if (this.#sums !== undefined) this.#sums[table] = sums;
  }
}

/** Open addressing with linear probing: where the key is, or the free slot, a key of zeros, where it would be. */
function slotOf(keys: Int32Array, high: number, low: number): number {
  const mask = (keys.length >>> 1) - 1;
  let slot = low & mask;
  for (;;) {
    const own = keys[2 * slot];
    const ownLow = keys[2 * slot + 1];
    if ((own === high && ownLow === low) || (own | ownLow) === 0) return slot;
    slot = (slot + 1) & mask;
  }
}

/**
 * 64 bits of each text that are no secret and guard against nothing but chance, high and low in turn: two multiplicative
 * hashes of four signs at once, finished as in MurmurHash3 (Appleby, `fmix32`), each mixed with the other. Never all zeros.
 */
function hashes64(texts: TextColumn): Int32Array {
  const { units, starts, ends } = texts.packed;
  const view = units instanceof Uint8Array ? new DataView(units.buffer, units.byteOffset, units.length) : undefined;
  const hashes = new Int32Array(2 * texts.length);
  for (let k = 0; k < texts.length; k++) {
    const end = ends[k];
    let a = 0x9e37_79b9 ^ (end - starts[k]);
    let b = 0x85eb_ca6b;
    for (let at = starts[k]; at < end; at += 4) {
      const word = view !== undefined && at + 4 <= end ? view.getInt32(at, true) : fourUnits(units, at, end);
      a = Math.imul(a ^ word, 0x0100_0193);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x5bd1_e995);
      b ^= b >>> 13;
    }
    const high = finished(a) ^ finished(Math.imul(b, 0x2c1b_3c6d));
    const low = finished(b) ^ finished(Math.imul(a, 0x297a_2d39));
    hashes[2 * k] = high;
    hashes[2 * k + 1] = high === 0 && low === 0 ? 1 : low;
  }
  return hashes;
}

/** Of bytes the same word as a view gives, whatever stands beside them; of others, where they are, mixed by multiplying. */
function fourUnits(units: CodeUnits, from: number, to: number): number {
  let word = 0;
  for (let at = Math.min(from + 4, to) - 1; at >= from; at--) {
    word = (word << 8) | (word >>> 24);
    word ^= units[at] <= LARGEST_ASCII ? units[at] : Math.imul(units[at], 0x9e37_79b1);
  }
  return word;
}

function finished(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return x ^ (x >>> 16);
}
