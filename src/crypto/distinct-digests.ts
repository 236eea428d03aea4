/**
 * Numbers all digests of a list at once. Rows are put into parts by the first bits of their digests, and each part has a
 * table of its own that stays in the first-level cache: a table for the whole list would miss the cache with every row.
 * What is looked up batch by batch has DigestIndex.
 *
 * Parts, slots and time follow from the digests, which are this party's own (local attacker only).
 */
import { asBytes, asWords } from './bytes.ts';
import { countsToPlaces } from './counting-places.ts';
import { HASH_BYTES } from './hash.ts';
import { giveBack } from './shared-bytes.ts';
import { ranges, type Steps } from './steps.ts';

const WORDS: number = HASH_BYTES / 4;
/** log2 of the rows of a part, about: its table has 16 kB to 32 kB. */
const PART_ROWS_LOG2 = 10;
/** As many places to write to by turns as stay in the cache. */
const MAX_PART_BITS = 12;
const ROWS_PER_STEP = 65_536;
/** Of so many parts in a step, with about as many rows. */
const PARTS_PER_STEP: number = ROWS_PER_STEP >> PART_ROWS_LOG2;

export interface DigestNumbers {
  /** The number of each row's digest: 0, 1, 2 ... in the order of their first rows. */
  readonly numbers: Uint32Array;
  /** How many different ones there are. */
  readonly distinct: number;
}

/** Of digests (n x 32). */
export function* numberDigests(digests: Uint8Array): Steps<DigestNumbers> {
  const words = asWords(digests);
  const count = words.length / WORDS;
  if (!Number.isInteger(count)) throw new RangeError('Cannot number digests: not a whole number of them');
  const bits = Math.min(MAX_PART_BITS, Math.max(0, Math.ceil(Math.log2(Math.max(1, count))) - PART_ROWS_LOG2));
  const ends = new Uint32Array(2 ** bits);
  for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
    countParts(words, bits, ends, from, to);
    yield;
  }
  const largest = ends.reduce((most, rows) => Math.max(most, rows), 1);
  countsToPlaces(ends);
  const entries = new Uint32Array(2 * count);
  const numbers = new Uint32Array(count);
  for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
    partRows(words, bits, { ends, entries, numbers }, from, to);
    yield;
  }
  const slots = new Uint32Array(slotsFor(largest));
  for (const [from, to] of ranges(ends.length, PARTS_PER_STEP)) {
    for (let part = from; part < to; part++) {
      findFirst(words, entries.subarray(2 * (part === 0 ? 0 : ends[part - 1]), 2 * ends[part]), slots, numbers);
    }
    yield;
  }
  giveBack(asBytes(entries));
  return { numbers, distinct: numberFirst(numbers) };
}

/** A power of two, twice as many as rows at least. */
function slotsFor(rows: number): number {
  return 2 ** Math.ceil(Math.log2(2 * Math.max(1, rows)));
}

/** The part of a row by the first word of its digest. */
function partOf(word: number, bits: number): number {
  return (word >>> 1) >>> (31 - bits);
}

function countParts(words: Uint32Array, bits: number, counts: Uint32Array, from: number, to: number): void {
  for (let row = from; row < to; row++) counts[partOf(words[row * WORDS], bits)]++;
}

interface Parts {
  /** Where each part ends, as far as it is filled. */
  readonly ends: Uint32Array;
  /** Of each row the second word of its digest, and its number; those of a part in the order of the rows. */
  readonly entries: Uint32Array;
  /** Of each row its own. */
  readonly numbers: Uint32Array;
}

function partRows(words: Uint32Array, bits: number, { ends, entries, numbers }: Parts, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    const place = ends[partOf(words[row * WORDS], bits)]++;
    entries[2 * place] = words[row * WORDS + 1];
    entries[2 * place + 1] = row;
    numbers[row] = row;
  }
}

/**
 * For each row of a part that is not the first one with its digest, the number of that one to its place in `first`: the others
 * have their own there, and a write for each of them would miss the cache.
 */
function findFirst(words: Uint32Array, entries: Uint32Array, slots: Uint32Array, first: Uint32Array): void {
  const mask = slotsFor(entries.length / 2) - 1;
  slots.fill(0, 0, mask + 1);
  for (let entry = 0; entry < entries.length; entry += 2) {
    const mark = entries[entry];
    const row = entries[entry + 1];
    let slot = mark & mask;
    let other = slots[slot];
    // A slot has the place of an entry and 1, or 0.
    while (other !== 0 && !(entries[other - 1] === mark && equals(words, entries[other], row))) {
      slot = (slot + 1) & mask;
      other = slots[slot];
    }
    if (other === 0) slots[slot] = entry + 1;
    else first[row] = entries[other];
  }
}

function equals(words: Uint32Array, a: number, b: number): boolean {
  for (let w = 0; w < WORDS; w++) if (words[a * WORDS + w] !== words[b * WORDS + w]) return false;
  return true;
}

/** Rows that are the first of their digest are numbered, all others get the number of that row. */
function numberFirst(first: Uint32Array): number {
  let distinct = 0;
  for (let row = 0; row < first.length; row++) first[row] = first[row] === row ? distinct++ : first[first[row]];
  return distinct;
}
