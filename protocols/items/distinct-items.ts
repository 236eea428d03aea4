/** Rows of the own list joined to distinct items: as many at once as there is room for, since one by one they would miss the cache. */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { type DigestNumbers, numberDigests } from '../../src/crypto/distinct-digests.ts';
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import { giveBack, sharedBytes } from '../../src/crypto/shared-bytes.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { UsageError } from '../../src/errors.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput } from '../../src/kit/small-input.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';
import { GrowingWords } from './growing-words.ts';

/** Distinct items of one party. Digests are local: they never leave without the run id hashed in. */
export interface ItemSet {
  /** n x 32. */
  readonly digests: Uint8Array;
  /** One per item; empty at the asker. */
  readonly scores: Uint32Array;
  /** The item of each input row, in the order of the source. */
  readonly itemOfRow: Uint32Array;
}

/** How several rows of one account that carry scores become one item. Rows without scores share their item as they are. */
export type DuplicatePolicy = 'first' | 'max' | 'sum' | 'reject';

export interface ReadOptions {
  /** Largest allowed score, or undefined where the rows have none. */
  readonly maxScore: number | undefined;
  readonly duplicates: DuplicatePolicy;
  /** The declared bucket: more distinct items are refused. */
  readonly capacity: number;
}

export interface DigestedRows {
  /** n x 32. */
  readonly digests: Uint8Array;
  /** n where rows have scores. */
  readonly scores: Uint32Array | undefined;
  /** The number of each row in its source, for errors. */
  readonly rowNumbers: Uint32Array;
}

export const numberJob: Job<{ readonly digests: Uint8Array }, DigestNumbers> = defineJob(
  'items/number',
  ({ digests }): Steps<DigestNumbers> => numberDigests(digests),
  { inPlace: isSmallInput },
);

/** Rows of a list between two pauses. */
const ROWS_PER_STEP = 16_384;

interface JoinScoresInput extends Pick<ReadOptions, 'duplicates'> {
  /** Scores of the items that were there. */
  readonly before: Uint32Array;
  /** Items with those of these rows. */
  readonly distinct: number;
  /** Of each row: its item, where new ones are numbered in the order of their first rows; its score; its number for errors. */
  readonly items: Uint32Array;
  readonly scores: Uint32Array;
  readonly rowNumbers: Uint32Array;
  readonly maxScore: number;
}

/** Scores of all items, those of one account joined. @throws UsageError `malformed-row`, `duplicate-item` */
export const joinScoresJob: Job<JoinScoresInput, Uint32Array> = defineJob(
  'items/join-scores',
  function* ({ before, distinct, items, scores, rowNumbers, ...rule }): Steps<Uint32Array> {
    const joined = new Uint32Array(distinct);
    joined.set(before);
    let count = before.length;
    for (const [from, to] of ranges(items.length, ROWS_PER_STEP)) {
      for (let k = from; k < to; k++) {
        const item = items[k];
        if (item === count) joined[count++] = scores[k];
        else joined[item] = joinScores(joined[item], scores[k], rowNumbers[k], rule);
      }
      yield;
    }
    return joined;
  },
  { inPlace: () => true },
);

export class DistinctItems {
  readonly #options: ReadOptions;
  readonly #context: PrepareContext;
  /** Digests of all items, then those of the rows that are not joined yet, then zeros. */
  #digests: Uint8Array;
  #items = 0;
  #rows = 0;
  readonly #itemOfRow = new GrowingWords();
  #scores: Uint32Array = new Uint32Array(0);
  /** Of the rows that are not joined yet, where rows have scores. */
  #waiting = waitingRows();

  /** Begins with room for so many rows and grows. */
  constructor(room: number, options: ReadOptions, context: PrepareContext) {
    this.#options = options;
    this.#context = context;
    this.#digests = sharedBytes(room * HASH_BYTES);
  }

  /** Where the digests of the next rows go, at most half the first room. @throws UsageError as `items` */
  async roomFor(rowCount: number): Promise<Uint8Array> {
    if (HASH_BYTES * (this.#rows + rowCount) > this.#digests.length) {
      await this.#join();
      this.#grow();
    }
    return this.#digests.subarray(HASH_BYTES * this.#rows, HASH_BYTES * (this.#rows + rowCount));
  }

  /** Takes rows that `roomFor` was asked for; their digests may lie there already. */
  add({ digests, scores, rowNumbers }: DigestedRows): void {
    if (digests.buffer !== this.#digests.buffer) this.#digests.set(digests, HASH_BYTES * this.#rows);
    this.#rows += digests.length / HASH_BYTES;
    if (scores === undefined || this.#options.maxScore === undefined) return;
    this.#waiting.scores.append(scores);
    this.#waiting.numbers.append(rowNumbers);
  }

  /** All items. @throws UsageError `malformed-row`, `duplicate-item`, `too-many-items` */
  async items(): Promise<ItemSet> {
    await this.#join();
    return {
      digests: this.#digests.subarray(0, HASH_BYTES * this.#items),
      scores: this.#scores,
      itemOfRow: this.#itemOfRow.values(),
    };
  }

  async #join(): Promise<void> {
    const { compute, signal } = this.#context;
    const digests = this.#digests.subarray(0, HASH_BYTES * this.#rows);
    const { numbers, distinct } = await compute.run(numberJob, { digests }, signal);
    const own = numbers.subarray(this.#items);
    if (distinct < this.#rows) {
      moveFirstRows(digests, numbers, this.#items);
      digests.fill(0, HASH_BYTES * distinct);
    }
    this.#itemOfRow.append(own);
    if (this.#options.maxScore !== undefined) await this.#joinScores(own, distinct);
    giveBack(asBytes(numbers));
    this.#items = distinct;
    this.#rows = distinct;
    if (distinct > this.#options.capacity) throw tooMany(this.#options, this.#context);
  }

  /** Sees to it that there is room for as many rows as there are items, and for half the first room. */
  #grow(): void {
    if (2 * HASH_BYTES * this.#items <= this.#digests.length) return;
    const grown = sharedBytes(2 * this.#digests.length);
    grown.set(this.#digests.subarray(0, HASH_BYTES * this.#items));
    giveBack(this.#digests);
    this.#digests = grown;
  }

  async #joinScores(items: Uint32Array, distinct: number): Promise<void> {
    const { compute, signal } = this.#context;
    const { duplicates, maxScore = 0 } = this.#options;
    const scores = this.#waiting.scores.values();
    const rowNumbers = this.#waiting.numbers.values();
    this.#waiting = waitingRows();
    const input = { before: this.#scores, distinct, items, scores, rowNumbers, duplicates, maxScore };
    this.#scores = await compute.run(joinScoresJob, input, signal);
  }
}

function waitingRows(): { readonly scores: GrowingWords; readonly numbers: GrowingWords } {
  return { scores: new GrowingWords(), numbers: new GrowingWords() };
}

/** Moves the first row of each digest to the place of its number; those below `from` are there. */
function moveFirstRows(digests: Uint8Array, numbers: Uint32Array, from: number): void {
  const words = asWords(digests);
  const width = HASH_BYTES / 4;
  let next = from;
  for (let row = from; row < numbers.length; row++) {
    if (numbers[row] !== next) continue;
    for (let w = 0; w < width; w++) words[next * width + w] = words[row * width + w];
    next++;
  }
}

export function malformed(row: number, what: string): UsageError {
  return new UsageError(`Cannot read list: row ${row}: ${what}`, {
    code: 'malformed-row',
    phase: 'input',
    remedy: 'correct the row in the source; nothing was sent',
  });
}

export function tooMany({ capacity }: ReadOptions, { self }: PrepareContext): UsageError {
  return new UsageError(`Cannot use list: more than the declared ${capacity} different accounts`, {
    code: 'too-many-items',
    phase: 'input',
    party: self,
    remedy: 'agree on a larger size bucket, or split the list',
  });
}

function joinScores(
  before: number,
  score: number,
  row: number,
  { duplicates, maxScore }: Pick<JoinScoresInput, 'duplicates' | 'maxScore'>,
): number {
  switch (duplicates) {
    case 'first':
      return before;
    case 'max':
      return Math.max(before, score);
    case 'sum':
      if (before + score > maxScore) throw malformed(row, `the account's scores sum up to more than ${maxScore}`);
      return before + score;
    case 'reject':
      throw new UsageError(`Cannot read list: row ${row} repeats an account`, {
        code: 'duplicate-item',
        phase: 'input',
        remedy: "remove the repetition, or choose the duplicate policy 'first', 'max' or 'sum'",
      });
    default:
      return duplicates satisfies never;
  }
}
