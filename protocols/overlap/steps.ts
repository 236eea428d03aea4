/**
 * The jobs of an overlap run over evaluated lists: what the holder sends, how many of it the receiver finds, what goes
 * back. A receiver's matches steer its own branches and memory, which a local attacker sees. What it sends does not
 * depend on them, nor do the numbers of its hashes and steps, as the holder sees when the run is done.
 */
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { applyRowKeys, type EvaluatedRows, RowHash, TagIndex } from './tags.ts';

const ROWS_PER_STEP = 1024;

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
  const { shape, occurrences, payload } = input;
  const { tagBytes, payloadBytes } = shape;
  const rowBytes = tagBytes + payloadBytes;
  const out = new Uint8Array(occurrences.length * rowBytes);
  yield* new RowHash(input.sizeOnly ? 'overlap-size' : 'overlap-tag', input).batches(occurrences, (tags, from) => {
    for (let row = 0; row * HASH_BYTES < tags.length; row++) {
      const at = (from + row) * rowBytes;
      for (let k = 0; k < tagBytes; k++) out[at + k] = tags[row * HASH_BYTES + k];
    }
  });
  if (payloadBytes === 0) return out;
  const rowKeys = yield* new RowHash('overlap-payload', input).all(occurrences);
  const sealed = yield* applyRowKeys(rowKeys, payload, payloadBytes);
  for (let row = 0; row < occurrences.length; row++) {
    const at = row * rowBytes + tagBytes;
    for (let k = 0; k < payloadBytes; k++) out[at + k] = sealed[row * payloadBytes + k];
    if (row % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
  }
  return out;
});

export interface CountInput extends EvaluatedRows {
  readonly shape: RowShape;
  readonly rows: Uint8Array;
  readonly salt: PrgDraw;
}

/** How many of the values have their tag among the rows; nobody knows which records they are of. */
export const countJob: Job<CountInput, number> = defineJob('overlap/count', function* (input): Steps<number> {
  const { tagBytes } = input.shape;
  const index = yield* TagIndex.of(input.rows, { rowBytes: tagBytes, tagBytes, salt: input.salt });
  const count = input.values.length / input.valueBytes;
  let size = 0;
  yield* new RowHash('overlap-size', input).batches(new Uint32Array(count), (tags) => {
    const found = new Int32Array(tags.length / HASH_BYTES);
    index.findAll(tags, found);
    for (const row of found) if (row >= 0) size++;
  });
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
    // Computed for every slot, so that the time it takes tells nothing.
    const confirmations = yield* new RowHash('overlap-confirm', input).all(new Uint32Array(itemOfSlot.length));
    const out = new Uint8Array(itemOfSlot.length * tagBytes);
    for (let from = 0; from < itemOfSlot.length; from += ROWS_PER_STEP) {
      const to = Math.min(itemOfSlot.length, from + ROWS_PER_STEP);
      fillFromDraw(input.decoys, from * tagBytes, out.subarray(from * tagBytes, to * tagBytes), chacha20Kernel());
      for (let slot = from; slot < to; slot++) {
        const item = itemOfSlot[slot];
        if (item < 0 || matches[item] === 0) continue;
        for (let k = 0; k < tagBytes; k++) out[slot * tagBytes + k] = confirmations[slot * HASH_BYTES + k];
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
    const held = new Uint8Array(input.itemCount);
    yield* new RowHash('overlap-confirm', input).batches(new Uint32Array(itemOfSlot.length), (own, from) => {
      const found = new Int32Array(own.length / HASH_BYTES);
      index.findAll(own, found);
      for (let k = 0; k < found.length; k++) {
        const item = itemOfSlot[from + k];
        if (found[k] >= 0 && item >= 0) held[item] = 1;
      }
    });
    return held;
  },
);
