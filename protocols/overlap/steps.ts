/**
 * The jobs of an overlap run over evaluated lists: what the holder sends, what the receiver finds in it, what goes back.
 * A receiver's matches steer its own loops and memory (a local attacker alone sees that); what it sends does not.
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
}

export interface Found {
  /** Rows of the holder by own account: 0 or 1 without columns. */
  readonly matches: Uint32Array;
  /** With columns: the first of these rows in `payload`, where they stand together. */
  readonly firstMatch: Uint32Array;
  /** Packed columns of all rows that were found. */
  readonly payload: Uint8Array;
}

/** Looks up every own account, and with columns every further row of it, until there is none. */
export const findJob: Job<FindInput, Found> = defineJob('overlap/find', function* (input): Steps<Found> {
  const { shape, itemOfSlot, itemCount, rows } = input;
  const { tagBytes, payloadBytes } = shape;
  const rowBytes = tagBytes + payloadBytes;
  const rowCount = rows.length / rowBytes;
  const index = yield* TagIndex.of(rows, rowBytes);
  const tags = new RowHash('overlap-tag', input);
  const keys = new RowHash('overlap-payload', input);
  const matches = new Uint32Array(itemCount);
  const firstMatch = new Uint32Array(itemCount);
  const payload = new Uint8Array(rowCount * payloadBytes);
  let found = 0;
  let lookups = 0;
  for (const [slot, item] of itemOfSlot.entries()) {
    if (item < 0) {
      // A filler is looked up as well, so that the time it takes does not tell how many there are.
      index.find(tags.digest(slot, 0), tagBytes);
      if (++lookups % ROWS_PER_STEP === 0) yield;
      continue;
    }
    firstMatch[item] = found;
    // Tags that were made to fit several times cannot make this longer than the list they are in.
    for (let occurrence = 0; found < rowCount; occurrence++) {
      if (++lookups % ROWS_PER_STEP === 0) yield;
      const row = index.find(tags.digest(slot, occurrence), tagBytes);
      if (row < 0) break;
      matches[item]++;
      if (payloadBytes === 0) break;
      const sealed = rows.subarray(row * rowBytes + tagBytes, (row + 1) * rowBytes);
      payload.set(applyRowKey(keys.digest(slot, occurrence), sealed), found * payloadBytes);
      found++;
    }
  }
  return { matches, firstMatch, payload: payload.slice(0, found * payloadBytes) };
});

export interface CountInput extends EvaluatedRows {
  readonly shape: RowShape;
  readonly rows: Uint8Array;
}

/** How many of the values have their tag among the rows; nobody knows which records they are of. */
export const countJob: Job<CountInput, number> = defineJob('overlap/count', function* (input): Steps<number> {
  const { tagBytes } = input.shape;
  const index = yield* TagIndex.of(input.rows, tagBytes);
  const tags = new RowHash('overlap-size', input);
  let size = 0;
  for (let i = 0; i < input.values.length / input.valueBytes; i++) {
    if (index.find(tags.digest(i, 0), tagBytes) >= 0) size++;
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
}

/** One byte per account of the holder: 1 where the receiver confirmed it. */
export const confirmedJob: Job<ConfirmedInput, Uint8Array> = defineJob(
  'overlap/confirmed',
  function* (input): Steps<Uint8Array> {
    const { tagBytes, itemOfSlot } = input;
    const index = yield* TagIndex.of(input.confirmations, tagBytes);
    const own = new RowHash('overlap-confirm', input);
    const held = new Uint8Array(input.itemCount);
    for (const [slot, item] of itemOfSlot.entries()) {
      const confirmed = index.find(own.digest(slot, 0), tagBytes) >= 0;
      if (confirmed && item >= 0) held[item] = 1;
      if (slot % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
    }
    return held;
  },
);
