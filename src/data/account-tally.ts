/**
 * Counts different accounts, and what becomes of the scores of those that are repeated. It keeps 64 bits of each account
 * and its score, some 20 bytes, so that 10^7 accounts take 200 MB: two accounts are taken for one with a probability of
 * n^2 / 2^65, below 10^-4 at the largest count.
 */

export type DuplicatePolicy = 'first' | 'max' | 'sum' | 'reject';

/** The largest size bucket of a node: beyond it accounts are only counted, and on disk. */
export const MAX_COUNTED_ACCOUNTS: number = 2 ** 24;

/** Tables that grow one by one: none of them takes long to copy. */
const TABLES = 256;
const FIRST_SLOTS = 64;

export class AccountTally {
  distinct = 0;
  /** Accounts were left uncounted. */
  isFull = false;
  readonly #tables: SlotTable[] = Array.from({ length: TABLES }, () => new SlotTable(FIRST_SLOTS));
  readonly #policy: DuplicatePolicy | undefined;
  readonly #maxScore: number;
  readonly #most: number;

  /** `policy` where scores are joined. `most`: how many are counted, from then on others are `uncounted`. */
  constructor(policy: DuplicatePolicy | undefined, maxScore: number, most: number = MAX_COUNTED_ACCOUNTS) {
    this.#policy = policy;
    this.#maxScore = maxScore;
    this.#most = most;
  }

  /** `too-large`: the sum of the account's scores is, from this row on. */
  add(account: string, score: number): 'new' | 'repeated' | 'too-large' | 'uncounted' {
    const [high, low] = hash64(account);
    const table = this.#tables[high % TABLES];
    const slot = table.find(high, low);
    if (!table.has(slot)) {
      if (this.distinct >= this.#most) {
        this.isFull = true;
        return 'uncounted';
      }
      table.set(slot, { high, low, score });
      this.distinct++;
      return 'new';
    }
    if (this.#policy !== 'sum') return 'repeated';
    const before = table.score(slot);
    const sum = Math.min(before + score, 0xffff_ffff);
    table.set(slot, { high, low, score: sum });
    return before <= this.#maxScore && sum > this.#maxScore ? 'too-large' : 'repeated';
  }
}

/** Open addressing with linear probing; a slot of zeros is free. */
class SlotTable {
  #slots: Uint32Array;
  #used = 0;

  constructor(slots: number) {
    this.#slots = new Uint32Array(3 * slots);
  }

  /** Where the key is, or would be. */
  find(high: number, low: number): number {
    const mask = this.#slots.length / 3 - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const slot = 3 * at;
      if (!this.has(slot) || (this.#slots[slot] === high && this.#slots[slot + 1] === low)) return slot;
    }
  }

  has(slot: number): boolean {
    return this.#slots[slot] !== 0 || this.#slots[slot + 1] !== 0;
  }

  score(slot: number): number {
    return this.#slots[slot + 2];
  }

  set(
    slot: number,
    { high, low, score }: { readonly high: number; readonly low: number; readonly score: number },
  ): void {
    if (!this.has(slot)) this.#used++;
    this.#slots[slot] = high;
    this.#slots[slot + 1] = low;
    this.#slots[slot + 2] = score;
    if (this.#used > this.#slots.length / 4) this.#grow();
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (let slot = 0; slot < old.length; slot += 3) {
      if (old[slot] === 0 && old[slot + 1] === 0) continue;
      this.#slots.set(old.subarray(slot, slot + 3), this.find(old[slot], old[slot + 1]));
    }
  }
}

/**
 * 64 bits that are no secret and guard against nothing but chance: two multiplicative hashes, finished as in MurmurHash3
 * (Appleby, `fmix32`), each mixed with the other. Never all zeros.
 */
function hash64(text: string): readonly [high: number, low: number] {
  let a = 0x9e37_79b9;
  let b = 0x85eb_ca6b;
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    a = Math.imul(a ^ code, 0x0100_0193);
    b = Math.imul(b ^ code, 0x5bd1_e995);
    b ^= b >>> 15;
  }
  const high = (finished(a) ^ finished(Math.imul(b, 0x2c1b_3c6d))) >>> 0;
  const low = (finished(b) ^ finished(Math.imul(a, 0x297a_2d39))) >>> 0;
  return high === 0 && low === 0 ? [0, 1] : [high, low];
}

function finished(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return x ^ (x >>> 16);
}
