/**
 * The jobs of an overlap run over evaluated lists: what the holder sends, what the receiver finds in it, what goes back.
 * A receiver's matches steer its own branches and memory, which a local attacker sees. What it sends does not depend on
 * them, nor do the numbers of its look-ups, decryptions and steps, as the holder sees when the run is done.
 */
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { applyRowKey, type EvaluatedRows, RowHash, TagIndex } from './tags.ts';

const ROWS_PER_STEP = 256;

/** How rows look on the wire: a tag, then the encrypted columns. */
export interface RowShape {
  readonly tagBytes: number;
  /** 0 without columns. */
  readonly payloadBytes: number;
}

export interface SealInput extends EvaluatedRows {
  readonly shape: RowShape;
  readonly sizeOnly: boolean;
  readonly occurrences: Uint32Array;
  /** n x payloadBytes. */
  readonly payload: Uint8Array;
}

/** The holder's rows as they are sent: n x (tagBytes + payloadBytes). */
export const sealJob: Job<SealInput, Uint8Array> = defineJob('overlap/seal', function* (input): Steps<Uint8Array> {
  const { tagBytes, payloadBytes } = input.shape;
  const rowBytes = tagBytes + payloadBytes;
  const count = input.occurrences.length;
  const tags = new RowHash(input.sizeOnly ? 'overlap-size' : 'overlap-tag', input);
  const keys = new RowHash('overlap-payload', input);
  const out = new Uint8Array(count * rowBytes);
  for (let row = 0; row < count; row++) {
    const occurrence = input.occurrences[row];
    out.set(tags.digest(row, occurrence).subarray(0, tagBytes), row * rowBytes);
    if (payloadBytes > 0) {
      const content = input.payload.subarray(row * payloadBytes, (row + 1) * payloadBytes);
      out.set(applyRowKey(keys.digest(row, occurrence), content), row * rowBytes + tagBytes);
    }
    if (row % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
  }
  return out;
});

export interface FindInput extends EvaluatedRows {
  readonly shape: RowShape;
  /** The own account in each slot, -1 where there is none. */
  readonly itemOfSlot: Int32Array;
  readonly itemCount: number;
  /** All of the holder's rows. */
  readonly rows: Uint8Array;
  readonly salt: PrgDraw;
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

/**
 * Looks up every own account, and with columns every further row of it, until there is none. Then goes on as if all of
 * the holder's rows had been found: the holder sees when the run is done, and so how long this takes.
 */
export const findJob: Job<FindInput, Found> = defineJob('overlap/find', function* (input): Steps<Found> {
  const { shape, itemOfSlot, itemCount, rows, salt } = input;
  const { tagBytes, payloadBytes } = shape;
  const rowBytes = tagBytes + payloadBytes;
  const index = yield* TagIndex.of(rows, { rowBytes, tagBytes, salt });
  const tags = new RowHash('overlap-tag', input);
  const opener = new RowOpener(input);
  const matches = new Uint32Array(itemCount);
  const firstMatch = new Uint32Array(itemCount);
  let lookups = 0;
  for (const [slot, item] of itemOfSlot.entries()) {
    if (item >= 0) firstMatch[item] = opener.opened;
    for (let occurrence = 0; ; occurrence++) {
      if (++lookups % ROWS_PER_STEP === 0) yield;
      const row = index.find(tags.digest(slot, occurrence));
      // A filler is looked up as well, so that the time it takes does not tell how many there are. Tags that were made
      // to fit several times cannot make this longer than the list they are in.
      if (row < 0 || item < 0 || opener.opened === opener.rowCount) break;
      matches[item]++;
      if (payloadBytes === 0) break;
      opener.open(row, slot, occurrence);
    }
  }
  const rowCount = opener.opened;
  // One look-up for every slot and one for every row: n_x + n_y of them, and n_y decryptions, whatever was found.
  const toOpen = payloadBytes > 0 ? opener.rowCount : 0;
  while (opener.opened < toOpen) {
    if (++lookups % ROWS_PER_STEP === 0) yield;
    const row = opener.opened;
    const slot = row % itemOfSlot.length;
    index.find(tags.digest(slot, PADDING_OCCURRENCE));
    opener.open(row, slot, PADDING_OCCURRENCE);
  }
  return { matches, firstMatch, rowCount, payload: opener.payload };
});

/** No row of any list has this number. */
const PADDING_OCCURRENCE = 2 ** 32 - 1;

/** Decrypts columns of the holder's rows, one behind the other. */
class RowOpener {
  readonly #input: FindInput;
  readonly #keys: RowHash;
  readonly #rowBytes: number;
  /** The holder's rows. */
  readonly rowCount: number;
  readonly payload: Uint8Array;
  opened = 0;

  constructor(input: FindInput) {
    const { tagBytes, payloadBytes } = input.shape;
    this.#input = input;
    this.#keys = new RowHash('overlap-payload', input);
    this.#rowBytes = tagBytes + payloadBytes;
    this.rowCount = input.rows.length / this.#rowBytes;
    this.payload = new Uint8Array(this.rowCount * payloadBytes);
  }

  open(row: number, slot: number, occurrence: number): void {
    const { rows, shape } = this.#input;
    const sealed = rows.subarray(row * this.#rowBytes + shape.tagBytes, (row + 1) * this.#rowBytes);
    const content = applyRowKey(this.#keys.digest(slot, occurrence), sealed);
    this.payload.set(content, this.opened * shape.payloadBytes);
    this.opened++;
  }
}

export interface CountInput extends EvaluatedRows {
  readonly shape: RowShape;
  readonly rows: Uint8Array;
  readonly salt: PrgDraw;
}

/** How many of the values have their tag among the rows; nobody knows which records they are of. */
export const countJob: Job<CountInput, number> = defineJob('overlap/count', function* (input): Steps<number> {
  const { tagBytes } = input.shape;
  const index = yield* TagIndex.of(input.rows, { rowBytes: tagBytes, tagBytes, salt: input.salt });
  const tags = new RowHash('overlap-size', input);
  let size = 0;
  for (let i = 0; i < input.values.length / input.valueBytes; i++) {
    if (index.find(tags.digest(i, 0)) >= 0) size++;
    if (i % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
  }
  return size;
});

export interface ConfirmInput extends EvaluatedRows {
  readonly tagBytes: number;
  readonly itemOfSlot: Int32Array;
  /** By own account: not 0 where it is common. */
  readonly matches: Uint32Array;
  /** n x tagBytes: what stands where an account is not common. */
  readonly decoys: PrgDraw;
}

/** By slot: the confirmation of a common account, or random bytes: n x tagBytes. */
export const confirmJob: Job<ConfirmInput, Uint8Array> = defineJob(
  'overlap/confirm',
  function* (input): Steps<Uint8Array> {
    const { tagBytes, itemOfSlot, matches } = input;
    const confirmations = new RowHash('overlap-confirm', input);
    const out = new Uint8Array(itemOfSlot.length * tagBytes);
    for (let from = 0; from < itemOfSlot.length; from += ROWS_PER_STEP) {
      const to = Math.min(itemOfSlot.length, from + ROWS_PER_STEP);
      fillFromDraw(input.decoys, from * tagBytes, out.subarray(from * tagBytes, to * tagBytes));
      for (let slot = from; slot < to; slot++) {
        // Computed for every slot, so that the time it takes tells nothing.
        const confirmation = confirmations.digest(slot, 0).subarray(0, tagBytes);
        const item = itemOfSlot[slot];
        if (item >= 0 && matches[item] > 0) out.set(confirmation, slot * tagBytes);
      }
      yield;
    }
    return out;
  },
);

export interface ConfirmedInput extends EvaluatedRows {
  readonly tagBytes: number;
  readonly itemOfSlot: Int32Array;
  readonly itemCount: number;
  /** The receiver's confirmations: m x tagBytes. */
  readonly confirmations: Uint8Array;
  readonly salt: PrgDraw;
}

/** One byte per account of the holder: 1 where the receiver confirmed it. */
export const confirmedJob: Job<ConfirmedInput, Uint8Array> = defineJob(
  'overlap/confirmed',
  function* (input): Steps<Uint8Array> {
    const { tagBytes, itemOfSlot } = input;
    const index = yield* TagIndex.of(input.confirmations, { rowBytes: tagBytes, tagBytes, salt: input.salt });
    const own = new RowHash('overlap-confirm', input);
    const held = new Uint8Array(input.itemCount);
    for (const [slot, item] of itemOfSlot.entries()) {
      const confirmed = index.find(own.digest(slot, 0)) >= 0;
      if (confirmed && item >= 0) held[item] = 1;
      if (slot % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
    }
    return held;
  },
);
