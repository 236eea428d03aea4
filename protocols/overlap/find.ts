/**
 * What the receiver finds among the holder's rows. Matches steer its own branches and memory, which a local attacker
 * sees; the numbers of its look-ups, decryptions and steps follow from the buckets alone, since the holder sees when the
 * run is done.
 */
import { firstIntegers } from '../../src/crypto/bytes.ts';
import { countsToPlaces } from '../../src/crypto/counting-places.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { pickRows } from '../../src/crypto/rows.ts';
import type { TagIndex } from '../../src/crypto/sorted-tags.ts';
import { finish, ranges, type Steps } from '../../src/crypto/steps.ts';
import { sortedTagsKernel } from '../../src/kernels/sorted-tags.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput } from '../../src/kit/small-input.ts';
import type { RowShape } from './steps.ts';
import { applyRowKeys, type EvaluatedRows, RowHash } from './tags.ts';

export interface FindInput extends EvaluatedRows {
  readonly shape: RowShape;
  /** Of all own records: n x tagBytes. A filler is looked up as well, so that the time does not tell how many there are. */
  readonly tags: Uint8Array;
  /** Own accounts; the records behind theirs are fillers. */
  readonly itemCount: number;
  /** All of the holder's rows, in the order of their tags. */
  readonly rows: Uint8Array;
}

export interface Found {
  /** Rows of the holder by own account: 0 or 1 without columns. */
  readonly matches: Uint32Array;
  /** With columns: the first of these rows in `payload`, where they stand together. */
  readonly firstMatch: Uint32Array;
  /** With columns: how many rows were found. */
  readonly rowCount: number;
  /** Packed columns of all rows that were found, and behind them what means nothing: as many rows as the holder's. */
  readonly payload: Uint8Array;
}

/** Looks up every own account, and with columns all further rows of it. */
export const findJob: Job<FindInput, Found> = defineJob('overlap/find', find, {
  consumes: ['rows', 'tags'],
  inPlace: isSmallInput,
});

function* find(input: FindInput): Steps<Found> {
  const { shape, itemCount, rows, records, tags } = input;
  const { tagBytes, payloadBytes } = shape;
  const rowBytes = tagBytes + payloadBytes;
  const slotCount = records.length / RECORD_BYTES;
  const firstRows = yield* sortedTagsKernel().match({ rows, rowBytes, tagBytes }, tags);
  if (payloadBytes === 0) return withoutColumns(firstRows.subarray(0, itemCount));
  const index = yield* sortedTagsKernel().index({ rows, rowBytes, tagBytes });
  const lookups = new Lookups(input, index);
  const found = new FoundRows(slotCount, rows.length / rowBytes);
  for (let slot = 0; slot < itemCount; slot++) found.add(slot, 0, firstRows[slot]);
  yield* findFurther(lookups, found);
  index.close();
  const { starts, ...sealed } = yield* found.bySlot();
  return {
    matches: found.counts.slice(0, itemCount),
    firstMatch: starts.slice(0, itemCount),
    rowCount: found.size,
    payload: yield* openRows(input, sealed),
  };
}

/** Every account has one row at most. */
function withoutColumns(firstRows: Int32Array): Found {
  const matches = new Uint32Array(firstRows.length);
  let rowCount = 0;
  for (let item = 0; item < firstRows.length; item++) {
    if (firstRows[item] < 0) continue;
    matches[item] = 1;
    rowCount++;
  }
  return { matches, firstMatch: new Uint32Array(0), rowCount, payload: new Uint8Array(0) };
}

/** Look-ups of one batch. */
const BATCH = 256;
/** No row of any list has this number. */
const PADDING_OCCURRENCE = 2 ** 32 - 1;
/** Rows that are put in place between two pauses. */
const PLACES_PER_STEP = 131_072;

/** Looks up pairs of slot and occurrence, in batches of one size that are filled up where a round ends. */
class Lookups {
  readonly #tags: RowHash;
  readonly #index: TagIndex;
  batches = 0;

  constructor(rows: EvaluatedRows, index: TagIndex) {
    this.#tags = new RowHash('overlap-tag', rows);
    this.#index = index;
  }

  /** The holder's row of each pair, or -1. */
  *round(slots: Uint32Array, occurrences: Uint32Array): Steps<Int32Array> {
    const out = new Int32Array(slots.length);
    for (let from = 0; from < slots.length; from += BATCH) {
      const count = Math.min(BATCH, slots.length - from);
      const batch = { slots: new Uint32Array(BATCH), occurrences: new Uint32Array(BATCH).fill(PADDING_OCCURRENCE) };
      batch.slots.set(slots.subarray(from, from + count));
      batch.occurrences.set(occurrences.subarray(from, from + count));
      const found = new Int32Array(BATCH);
      this.#index.findAll(this.#tags.of(batch.slots, batch.occurrences), found);
      out.set(found.subarray(0, count), from);
      this.batches++;
      yield;
    }
    return out;
  }

  /** Makes look-ups that find nothing until so many batches were made. */
  *fillUp(batches: number): Steps<void> {
    while (this.batches < batches) yield* this.round(Uint32Array.of(0), Uint32Array.of(PADDING_OCCURRENCE));
  }
}

/** Rows that were found, up to a capacity: tags that were made to fit several times cannot give more. */
class FoundRows {
  readonly capacity: number;
  /** By slot. */
  readonly counts: Uint32Array;
  readonly #slots: Uint32Array;
  readonly #occurrences: Uint32Array;
  readonly #rows: Uint32Array;
  size = 0;

  constructor(slotCount: number, capacity: number) {
    this.capacity = capacity;
    this.counts = new Uint32Array(slotCount);
    this.#slots = new Uint32Array(capacity);
    this.#occurrences = new Uint32Array(capacity);
    this.#rows = new Uint32Array(capacity);
  }

  /** Takes `row` as the slot's, unless it is -1 or an earlier occurrence was not found. */
  add(slot: number, occurrence: number, row: number): void {
    if (row < 0 || occurrence !== this.counts[slot] || this.size === this.capacity) return;
    this.#slots[this.size] = slot;
    this.#occurrences[this.size] = occurrence;
    this.#rows[this.size++] = row;
    this.counts[slot]++;
  }

  /** The rows of each slot together, behind them rows of no meaning up to the capacity, in as many steps as that takes. */
  *bySlot(): Steps<PlacedRows> {
    const starts = this.counts.slice();
    countsToPlaces(starts);
    const rows = firstIntegers(this.capacity);
    const occurrences = new Uint32Array(this.capacity).fill(PADDING_OCCURRENCE);
    const slots = new Uint32Array(this.capacity);
    for (const [from, to] of ranges(this.capacity, PLACES_PER_STEP)) {
      for (let place = Math.max(from, this.size); place < to; place++) slots[place] = place % starts.length;
      this.#place({ starts, slots, occurrences, rows }, from, Math.min(to, this.size));
      yield;
    }
    return { starts, slots, occurrences, rows };
  }

  /** Rows `from` to `to` of those that were found. */
  #place({ starts, slots, occurrences, rows }: PlacedRows, from: number, to: number): void {
    for (let k = from; k < to; k++) {
      const place = starts[this.#slots[k]] + this.#occurrences[k];
      slots[place] = this.#slots[k];
      occurrences[place] = this.#occurrences[k];
      rows[place] = this.#rows[k];
    }
  }
}

/**
 * The further rows of the accounts whose first one was found. Round k looks up occurrences 2^(k-1) to 2^k - 1 of the
 * accounts that have all earlier ones: c rows cost at most 2 c look-ups, all of the holder's rows at most 2 n_y, in at
 * most log2(n_y) + 1 rounds. As many batches as that takes are made in any case.
 */
function* findFurther(lookups: Lookups, found: FoundRows): Steps<void> {
  const rounds = Math.floor(Math.log2(found.capacity)) + 1;
  const batches = lookups.batches + Math.ceil((2 * found.capacity) / BATCH) + rounds;
  let complete = firstIntegers(found.counts.length);
  for (let window = 1; found.size < found.capacity; window *= 2) {
    complete = withCount(complete, found.counts, window);
    if (complete.length === 0) break;
    const slots = new Uint32Array(complete.length * window);
    const occurrences = new Uint32Array(slots.length);
    for (let k = 0; k < slots.length; k++) {
      slots[k] = complete[Math.floor(k / window)];
      occurrences[k] = window + (k % window);
    }
    const rows = yield* lookups.round(slots, occurrences);
    for (let k = 0; k < slots.length; k++) found.add(slots[k], occurrences[k], rows[k]);
  }
  yield* lookups.fillUp(batches);
}

function withCount(slots: Uint32Array, counts: Uint32Array, count: number): Uint32Array {
  const out = new Uint32Array(slots.length);
  let kept = 0;
  for (const slot of slots) if (counts[slot] === count) out[kept++] = slot;
  return out.subarray(0, kept);
}

/** By place in the result: slot and occurrence that the key is of, and the holder's row. */
interface SealedRows {
  readonly slots: Uint32Array;
  readonly occurrences: Uint32Array;
  readonly rows: Uint32Array;
}

interface PlacedRows extends SealedRows {
  /** Where each slot's rows begin. */
  readonly starts: Uint32Array;
}

/** Decrypts the columns of rows of the holder. */
function* openRows(input: FindInput, { slots, occurrences, rows }: SealedRows): Steps<Uint8Array> {
  const { tagBytes, payloadBytes } = input.shape;
  const hash = new RowHash('overlap-payload', input);
  const part = { stride: tagBytes + payloadBytes, from: tagBytes, width: payloadBytes };
  const out = new Uint8Array(rows.length * payloadBytes);
  for (let from = 0; from < rows.length; from += BATCH) {
    const to = Math.min(rows.length, from + BATCH);
    const keys = hash.of(slots.subarray(from, to), occurrences.subarray(from, to));
    const sealed = pickRows(input.rows, rows.subarray(from, to), part);
    out.set(finish(applyRowKeys(keys, sealed, payloadBytes)), from * payloadBytes);
    yield;
  }
  return out;
}
