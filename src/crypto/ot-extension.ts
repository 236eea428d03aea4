/**
 * OT extension: any number of random 1-of-2 transfers out of 128 (SoftSpokenOT: Roy, CRYPTO 2022, eprint 2022/192; not
 * the check of Keller–Orsini–Scholl 2015, whose proof that paper refutes). The *chooser* has all seeds and the choice
 * bits u; the *offerer* has all seeds but those that its Delta names.
 *
 * Columns of subfield-vole.ts, read as rows: the offerer's row i is the chooser's row plus u_i Delta. So with a hash H
 * that breaks the correlation
 *
 *   offerer   k_(i,0) = H(i, W_i),  k_(i,1) = H(i, W_i + Delta)         chooser   k_(i,u_i) = H(i, V_i)
 *
 * Checked variant, against a chooser that uses different u for different trees (2022/192 §4): all columns, and u, are
 * hashed by a random polynomial in GF(2^128); the offerer sees that hash(W_c) = hash(V_c) + Delta_c hash(u). A last block
 * of random choices hides u. The polynomial's point is the hash of the corrections (Fiat–Shamir; §7 of eprint 2021/682),
 * so the check costs no round. A chooser that passes with inconsistent trees has guessed their bits of Delta; one that
 * fails must not get another try with the same Delta.
 *
 * Security: semi-honest, or malicious with the check, H being a random oracle keyed by run and channel.
 */
import { ProtocolError } from '../errors.ts';
import type { Blake2s } from './blake2s.ts';
import { fromSlices } from './bit-slices.ts';
import { asBytes, asWords, concatBytes, writeU32le } from './bytes.ts';
import { GF128_BYTES } from './gf2.ts';
import { hashTuple } from './hash.ts';
import { PolynomialHash } from './polynomial-hash.ts';
import { type Secrets, wiping } from './secrets.ts';
import type { Steps } from './steps.ts';
import { corrections, DELTA_BITS, type FoldPrimitives, foldStreams } from './subfield-vole.ts';

export interface ExtensionPrimitives extends FoldPrimitives {
  readonly blake2s: Blake2s;
}

/** What both sides agree on. */
export interface Extension {
  /** Transfers; any number. */
  readonly count: number;
  readonly checked: boolean;
  /** log2 of the seeds of a tree. */
  readonly depth: number;
  /** Bytes of a key. */
  readonly keyBytes: 16 | 32;
  /** Run, channel and who chooses, hashed; never twice for one set of seeds. */
  readonly context: Uint8Array;
}

const ROW_BYTES = DELTA_BITS / 8;
/** Keys between two pauses: a few milliseconds on the plain reference. */
const KEYS_PER_STEP = 1024;

/** L: the choices in whole blocks of 128 bits, and in the checked variant one more. */
function columnBytes({ count, checked }: Pick<Extension, 'count' | 'checked'>): number {
  return GF128_BYTES * (Math.ceil(count / DELTA_BITS) + (checked ? 1 : 0));
}

/** The chooser's message: a correction per tree, and the hashes of u and all columns. */
export function extensionMessageBytes(extension: Pick<Extension, 'count' | 'checked' | 'depth'>): number {
  const check = extension.checked ? GF128_BYTES * (1 + DELTA_BITS) : 0;
  return (DELTA_BITS / extension.depth) * columnBytes(extension) + check;
}

export interface ChooserInput extends Extension {
  /** All seeds: 128 / depth x 2^depth x 32 bytes. */
  readonly seeds: Uint8Array;
  /** One byte per transfer, 0 or 1. */
  readonly choices: Uint8Array;
  /** 16 fresh bytes that hide the choices in the check. */
  readonly mask: Uint8Array;
}

export interface ChosenKeys {
  readonly message: Uint8Array;
  /** count x keyBytes. */
  readonly keys: Uint8Array;
}

export function chooseTransfers(primitives: ExtensionPrimitives, input: ChooserInput): Steps<ChosenKeys> {
  return wiping((secrets) => choose(primitives, input, secrets));
}

function* choose(primitives: ExtensionPrimitives, input: ChooserInput, secrets: Secrets): Steps<ChosenKeys> {
  const { count, choices, checked, context } = input;
  if (choices.length !== count) throw new RangeError('Cannot choose: not one choice per transfer');
  const vector = secrets.hold(packBits(choices, columnBytes(input)));
  if (checked) asBytes(vector).set(input.mask, asBytes(vector).length - GF128_BYTES);
  const { sums, columns } = yield* foldStreams(primitives, { ...input, columnBytes: columnBytes(input) });
  for (const folded of [sums, columns]) secrets.hold(folded);
  const correction = asBytes(corrections(sums, vector));
  const rows = secrets.hold(yield* toRows(columns));
  const parts = [correction];
  if (checked) {
    const hash = challenge(context, correction);
    parts.push(asBytes(hash.hash(vector)), asBytes(yield* hash.hashColumns(asWords(rows))));
  }
  const keys = asBytes(yield* hashRows(primitives.blake2s, input, rows.subarray(0, count * ROW_BYTES)));
  return { message: concatBytes(...parts), keys };
}

export interface OffererInput extends Extension {
  /** All seeds but those of Delta. */
  readonly seeds: Uint8Array;
  /** 128 bytes, 0 or 1. */
  readonly delta: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * The offerer's keys: count x 2 x keyBytes.
 * @throws ProtocolError 'bad-message' when the check fails: Delta must not be used again
 */
export function offerTransfers(primitives: ExtensionPrimitives, input: OffererInput): Steps<Uint8Array> {
  return wiping((secrets) => offer(primitives, input, secrets));
}

function* offer(primitives: ExtensionPrimitives, input: OffererInput, secrets: Secrets): Steps<Uint8Array> {
  const { count, checked, context, delta, keyBytes, message } = input;
  if (message.length !== extensionMessageBytes(input)) throw new RangeError('Cannot offer transfers: wrong length');
  const streams = { ...input, columnBytes: columnBytes(input) };
  const correctionBytes = (DELTA_BITS / input.depth) * streams.columnBytes;
  const correction = message.slice(0, correctionBytes);
  const { sums, columns } = yield* foldStreams(primitives, streams, { delta, received: asWords(correction) });
  for (const folded of [sums, columns]) secrets.hold(folded);
  const all = secrets.hold(yield* toRows(columns));
  if (checked) {
    const hashes = yield* challenge(context, correction).hashColumns(asWords(all));
    requireConsistent(hashes, delta, asWords(message.slice(correctionBytes)));
  }
  const rows = all.subarray(0, count * ROW_BYTES);
  const zero = secrets.hold(yield* hashRows(primitives.blake2s, input, rows));
  addToRows(rows, secrets.hold(packBits(delta, ROW_BYTES)));
  const one = secrets.hold(yield* hashRows(primitives.blake2s, input, rows));
  return asBytes(interleave(zero, one, keyBytes / 4));
}

/** Rows of `width` words of both, by turns. A view and a `set` for every row would take many times as long. */
function interleave(first: Uint32Array, second: Uint32Array, width: number): Uint32Array {
  const out = new Uint32Array(2 * first.length);
  for (let from = 0, to = 0; from < first.length; from += width, to += 2 * width) {
    for (let w = 0; w < width; w++) {
      out[to + w] = first[from + w];
      out[to + width + w] = second[from + w];
    }
  }
  return out;
}

/** The polynomial's point, from everything that it must not be known before. */
function challenge(context: Uint8Array, correction: Uint8Array): PolynomialHash {
  return new PolynomialHash(hashTuple('ot-extension challenge', context, correction).subarray(0, GF128_BYTES));
}

/** hash(W_c) = hash(V_c) + Delta_c hash(u) in every column; `response`: hash(u), then all hash(V_c). */
function requireConsistent(own: Uint32Array, delta: Uint8Array, response: Uint32Array): void {
  let difference = 0;
  for (let k = 0; k < own.length; k++) {
    const mask = -delta[k >>> 2];
    difference |= own[k] ^ response[4 + k] ^ (response[k & 3] & mask);
  }
  if (difference === 0) return;
  throw new ProtocolError('Cannot accept transfers: the check of the choices failed', { code: 'bad-message' });
}

/** 8 L rows of 16 bytes out of 128 columns: those of the transfers, then what else the check is about. */
function* toRows(columns: Uint32Array): Steps<Uint8Array> {
  const strideWords = columns.length / DELTA_BITS;
  const layout = { rowBytes: ROW_BYTES, rowCount: 32 * strideWords, firstBit: 0, bits: DELTA_BITS, strideWords };
  return yield* fromSlices(columns, layout);
}

/** H(i, row i), cut to keyBytes. */
function* hashRows(
  blake2s: Blake2s,
  { context, keyBytes }: Pick<Extension, 'context' | 'keyBytes'>,
  rows: Uint8Array,
): Steps<Uint32Array> {
  const count = rows.length / ROW_BYTES;
  const key = hashTuple('ot-extension key', context);
  const keys = new Uint8Array(count * keyBytes);
  for (let from = 0; from < count; from += KEYS_PER_STEP) {
    const size = Math.min(KEYS_PER_STEP, count - from);
    const numbers = new Uint8Array(4 * size);
    for (let i = 0; i < size; i++) writeU32le(numbers, 4 * i, from + i);
    blake2s.hashRowsInto(keys.subarray(from * keyBytes, (from + size) * keyBytes), key, [
      { bytes: numbers, width: 4 },
      { bytes: rows.subarray(from * ROW_BYTES, (from + size) * ROW_BYTES), width: ROW_BYTES },
    ]);
    yield;
  }
  return asWords(keys);
}

function addToRows(rows: Uint8Array, row: Uint32Array): void {
  const words = asWords(rows);
  for (let k = 0; k < words.length; k++) words[k] ^= row[k % row.length];
}

/** Bytes of 0 and 1 to bits, in `bytes` bytes, least bit first. */
function packBits(bits: Uint8Array, bytes: number): Uint32Array {
  const out = new Uint8Array(bytes);
  for (let i = 0; i < bits.length; i++) out[i >>> 3] |= bits[i] << (i & 7);
  return asWords(out);
}
