/**
 * Counts different accounts, and what becomes of the scores of those that are repeated. It keeps 64 bits of each account,
 * and its score where scores are summed up: 10^7 accounts take 135 MB, or 200. Two accounts are taken for one with a
 * probability of n^2 / 2^65, below 10^-4 at the largest count.
 */
import { type CodeUnits, LARGEST_ASCII, TextColumn } from './text-column.ts';

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
const FIRST_SLOTS = 64;
/** At most so many of eight slots are used: an account that is new is looked for in four of them at most on average. */
const USED_OF_EIGHT = 5;
const LARGEST_SUM = 0xffff_ffff;

export class AccountTally {
  distinct = 0;
  /** Accounts were left uncounted. */
  isFull = false;
  readonly #tables: readonly SlotTable[];
  readonly #policy: DuplicatePolicy | undefined;
  readonly #maxScore: number;
  readonly #most: number;

  /** `policy` where scores are joined. `most`: how many are counted, from then on others are `UNCOUNTED`. */
  constructor(policy: DuplicatePolicy | undefined, maxScore: number, most: number = MAX_COUNTED_ACCOUNTS) {
    this.#tables = Array.from({ length: TABLES }, () => new SlotTable(FIRST_SLOTS, policy === 'sum'));
    this.#policy = policy;
    this.#maxScore = maxScore;
    this.#most = most;
  }

  /** One of the above for each account, in their order. */
  add(accounts: readonly string[], scores?: ArrayLike<number>): Uint8Array {
    const hashes = hashes64(accounts);
    const found = new Uint8Array(accounts.length);
    for (let k = 0; k < found.length; k++) {
      found[k] = this.#addOne(hashes[2 * k], hashes[2 * k + 1], scores === undefined ? 0 : scores[k]);
    }
    return found;
  }

  #addOne(high: number, low: number, score: number): number {
    const table = this.#tables[high % TABLES];
    const slot = table.find(high, low);
    if (!table.has(slot)) {
      if (this.distinct >= this.#most) {
        this.isFull = true;
        return UNCOUNTED;
      }
      table.put(slot, { high, low, score });
      this.distinct++;
      return NEW;
    }
    if (this.#policy !== 'sum') return REPEATED;
    const before = table.scores[slot];
    const sum = Math.min(before + score, LARGEST_SUM);
    table.scores[slot] = sum;
    return before <= this.#maxScore && sum > this.#maxScore ? TOO_LARGE : REPEATED;
  }
}

/** Open addressing with linear probing; a key of zeros is a free slot. */
class SlotTable {
  /** One for each slot, where there are scores. */
  scores: Uint32Array;
  #keys: Uint32Array;
  #used = 0;

  constructor(slots: number, hasScores: boolean) {
    this.#keys = new Uint32Array(2 * slots);
    this.scores = new Uint32Array(hasScores ? slots : 0);
  }

  /** Where the key is, or would be. */
  find(high: number, low: number): number {
    const keys = this.#keys;
    const mask = keys.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const own = keys[2 * slot];
      if ((own === high && keys[2 * slot + 1] === low) || (own === 0 && keys[2 * slot + 1] === 0)) return slot;
    }
  }

  has(slot: number): boolean {
    return this.#keys[2 * slot] !== 0 || this.#keys[2 * slot + 1] !== 0;
  }

  /** Into a free slot. */
  put(
    slot: number,
    { high, low, score }: { readonly high: number; readonly low: number; readonly score: number },
  ): void {
    this.#keys[2 * slot] = high;
    this.#keys[2 * slot + 1] = low;
    if (this.scores.length > 0) this.scores[slot] = score;
    if (++this.#used > (this.#keys.length / 2 / 8) * USED_OF_EIGHT) this.#grow();
  }

  #grow(): void {
    const keys = this.#keys;
    const { scores } = this;
    this.#keys = new Uint32Array(2 * keys.length);
    this.scores = new Uint32Array(2 * scores.length);
    for (let slot = 0; 2 * slot < keys.length; slot++) {
      const high = keys[2 * slot];
      const low = keys[2 * slot + 1];
      if (high === 0 && low === 0) continue;
      const own = this.find(high, low);
      this.#keys[2 * own] = high;
      this.#keys[2 * own + 1] = low;
      if (scores.length > 0) this.scores[own] = scores[slot];
    }
  }
}

/**
 * 64 bits of each text that are no secret and guard against nothing but chance, high and low in turn: two multiplicative
 * hashes of four signs at once, finished as in MurmurHash3 (Appleby, `fmix32`), each mixed with the other. Never all zeros.
 */
function hashes64(texts: readonly string[]): Uint32Array {
  const { units, starts, ends } = TextColumn.of(texts).packed;
  const view = units instanceof Uint8Array ? new DataView(units.buffer, units.byteOffset, units.length) : undefined;
  const hashes = new Uint32Array(2 * texts.length);
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
    const high = (finished(a) ^ finished(Math.imul(b, 0x2c1b_3c6d))) >>> 0;
    const low = (finished(b) ^ finished(Math.imul(a, 0x297a_2d39))) >>> 0;
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
