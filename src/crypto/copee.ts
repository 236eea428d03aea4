/**
 * Short subfield VOLE without assumptions on codes: Gilboa's product (CRYPTO 1999), as COPEe (Keller, Orsini, Scholl,
 * CCS 2016, eprint 2016/505) and base sVOLE (Weng, Yang, Katz, Wang, eprint 2020/925) use it, over trees of seeds instead
 * of single bits, which divides the traffic by their depth (2022/192).
 *
 * The *holder* of Delta chose 128 transfers by the complement of its bits; the *receiver* has both keys of each. Out of
 * them come all-but-one seeds (punctured-seeds.ts) and from those columns W_c = V_c + Delta_c u (subfield-vole.ts), where u
 * is the receiver's vector A of n field elements, row-major. With e_c the basis of GF(2^128) that Delta's bits stand for,
 *
 *   C = sum over c of e_c V_c,   K = sum over c of e_c W_c     give     K = C + A Delta, that is C = A Delta + K.
 *
 * Checked variant: the receiver adds rows that mask the check and sends x = sum chi^i A_i + A*, z = sum chi^i C_i + C*;
 * the holder sees that z = x Delta + sum chi^i K_i + K*. chi is the hash of the message before it (Fiat–Shamir). A
 * receiver that passes with different A in different trees has guessed the bits of Delta that tell them apart (2016/505
 * §4, 2020/925 §5); Delta serves one run only, and a failed check ends it.
 *
 * Security: semi-honest, or malicious with the check, given such transfers. Nothing branches on, or addresses by,
 * Delta, A, C or K.
 */
import { ProtocolError } from '../errors.ts';
import { asBytes, asWords, concatBytes } from './bytes.ts';
import type { Blake2s } from './blake2s.ts';
import { fieldBytes, GF128_BYTES, multiplyGf128, timesY, type VoleField } from './gf2.ts';
import { hashLong, hashTuple } from './hash.ts';
import { PolynomialHash } from './polynomial-hash.ts';
import { pickSeeds, plantSeeds, seedTreeMessageBytes } from './punctured-seeds.ts';
import { type Secrets, wiping } from './secrets.ts';
import type { Steps } from './steps.ts';
import { corrections, DELTA_BITS, type FoldPrimitives, foldStreams, type StreamFolds } from './subfield-vole.ts';

export interface CopeePrimitives extends FoldPrimitives {
  readonly blake2s: Blake2s;
}

/** What both sides agree on. */
export interface Copee {
  readonly field: VoleField;
  /** n, at least 1. */
  readonly length: number;
  readonly checked: boolean;
  /** log2 of the seeds of a tree. */
  readonly depth: number;
  /** Run, channel and parties, hashed. */
  readonly context: Uint8Array;
}

const WORDS = GF128_BYTES / 4;

/** Rows of the message: A, and one element of GF(2^128) where it is checked. */
function columnBytes({ field, length, checked }: Omit<Copee, 'context'>): number {
  return length * fieldBytes(field) + (checked ? GF128_BYTES : 0);
}

export function copeeMessageBytes(copee: Omit<Copee, 'context'>): number {
  const trees = DELTA_BITS / copee.depth;
  const check = copee.checked ? 2 * GF128_BYTES : 0;
  return seedTreeMessageBytes({ trees, depth: copee.depth }) + trees * columnBytes(copee) + check;
}

export interface CopeeReceiverInput extends Copee {
  /** 128 x 2 x 32 bytes: both keys of each transfer. */
  readonly pairs: Uint8Array;
  /** A: n elements. */
  readonly a: Uint8Array;
  /** 16 fresh bytes that hide A in the check. */
  readonly mask: Uint8Array;
}

export interface CopeeReceived {
  readonly message: Uint8Array;
  /** C: n x 16 bytes. */
  readonly c: Uint8Array;
}

/** The receiver's message, and C. */
export function copeeReceive(primitives: CopeePrimitives, input: CopeeReceiverInput): Steps<CopeeReceived> {
  return wiping((secrets) => receive(primitives, input, secrets));
}

function* receive(primitives: CopeePrimitives, input: CopeeReceiverInput, secrets: Secrets): Steps<CopeeReceived> {
  const { context, depth, field, length, checked, a } = input;
  if (a.length !== length * fieldBytes(field)) throw new RangeError('Cannot multiply: A has not the agreed length');
  const vector = secrets.hold(asWords(checked ? concatBytes(a, input.mask) : a.slice()));
  const trees = DELTA_BITS / depth;
  const planted = yield* plantSeeds(primitives.chacha20, { trees, depth, context, pairs: input.pairs });
  const streams = { seeds: secrets.hold(planted.seeds), depth, context, columnBytes: columnBytes(input) };
  const { sums, columns } = yield* foldStreams(primitives, streams);
  for (const folded of [sums, columns]) secrets.hold(folded);
  const products = yield* combineColumns(primitives.folds, field, { columns, secrets });
  const message = concatBytes(planted.message, asBytes(corrections(sums, vector)));
  const c = (): Uint8Array => asBytes(products.slice(0, length * WORDS));
  if (!checked) return { message, c: c() };
  const hash = yield* challenge(primitives.blake2s, context, message);
  const x = hash.hash(secrets.hold(toElements(field, vector)));
  const z = hash.hash(secrets.hold(joinMaskRows(field, products, length)));
  return { message: concatBytes(message, asBytes(x), asBytes(z)), c: c() };
}

export interface CopeeHolderInput extends Copee {
  /** 128 x 32 bytes: the chosen key of each transfer. */
  readonly keys: Uint8Array;
  /** 128 bytes, 0 or 1: the complement of the choices. */
  readonly delta: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * The holder's K: n x 16 bytes. Bit c of Delta is bit c of its 16-byte encoding.
 * @throws ProtocolError 'bad-message' when a check fails: the transfers must not be used again
 */
export function copeeHold(primitives: CopeePrimitives, input: CopeeHolderInput): Steps<Uint8Array> {
  return wiping((secrets) => hold(primitives, input, secrets));
}

function* hold(primitives: CopeePrimitives, input: CopeeHolderInput, secrets: Secrets): Steps<Uint8Array> {
  const { context, depth, field, length, checked, delta, keys, message } = input;
  if (message.length !== copeeMessageBytes(input)) throw new RangeError('Cannot multiply: message has a wrong length');
  const trees = DELTA_BITS / depth;
  const treeBytes = seedTreeMessageBytes({ trees, depth });
  const bodyBytes = treeBytes + trees * columnBytes(input);
  const treeMessage = message.subarray(0, treeBytes);
  const picking = { trees, depth, context, keys, missing: delta, message: treeMessage };
  const seeds = secrets.hold(yield* pickSeeds(primitives.chacha20, picking));
  const received = asWords(message.slice(treeBytes, bodyBytes));
  const streams = { seeds, depth, context, columnBytes: columnBytes(input) };
  const { sums, columns } = yield* foldStreams(primitives, streams, { delta, received });
  for (const folded of [sums, columns]) secrets.hold(folded);
  const products = yield* combineColumns(primitives.folds, field, { columns, secrets });
  if (checked) {
    const hash = yield* challenge(primitives.blake2s, context, message.subarray(0, bodyBytes));
    const own = hash.hash(secrets.hold(joinMaskRows(field, products, length)));
    requireProduct(own, secrets.hold(packDelta(delta)), message.slice(bodyBytes));
  }
  return asBytes(products.slice(0, length * WORDS));
}

/** 128 bytes of 0 and 1 to 16 bytes. */
export function packDelta(delta: Uint8Array): Uint8Array {
  const out = new Uint8Array(GF128_BYTES);
  for (let i = 0; i < DELTA_BITS; i++) out[i >>> 3] |= delta[i] << (i & 7);
  return out;
}

function* challenge(blake2s: Blake2s, context: Uint8Array, message: Uint8Array): Steps<PolynomialHash> {
  const hashed = yield* hashLong('copee message', message, blake2s);
  return new PolynomialHash(hashTuple('copee challenge', context, hashed).subarray(0, GF128_BYTES));
}

/** z = x Delta + own. */
function requireProduct(own: Uint32Array, delta: Uint8Array, response: Uint8Array): void {
  const [x, z] = [response.subarray(0, GF128_BYTES), response.slice(GF128_BYTES)];
  const product = asWords(multiplyGf128(x, delta));
  const expected = asWords(z);
  let difference = 0;
  for (let w = 0; w < WORDS; w++) difference |= own[w] ^ product[w] ^ expected[w];
  if (difference === 0) return;
  throw new ProtocolError('Cannot accept products: the check of the vector failed', { code: 'bad-message' });
}

/**
 * For every row the sum of e_c times its element in column c, n x 4 words. e_c is x^c for c < 64 and x^(c-64) y from 64
 * on: two evaluations at x by Horner's rule, of all rows at once, the second one times y.
 */
function* combineColumns(
  folds: StreamFolds,
  field: VoleField,
  { columns, secrets }: { readonly columns: Uint32Array; readonly secrets: Secrets },
): Steps<Uint32Array> {
  const width = fieldBytes(field) / 4;
  const half = columns.length / 2;
  const lower = secrets.hold(yield* folds.evaluateAtX(columns.subarray(0, half)));
  const upper = secrets.hold(yield* folds.evaluateAtX(columns.subarray(half)));
  const out = secrets.hold(new Uint32Array((lower.length / width) * WORDS));
  const row = new Uint32Array(WORDS);
  for (let from = 0, to = 0; from < lower.length; from += width, to += WORDS) {
    for (let w = 0; w < width; w++) row[w] = upper[from + w];
    const shifted = timesY(row);
    for (let w = 0; w < WORDS; w++) out[to + w] = shifted[w];
    for (let w = 0; w < width; w++) out[to + w] ^= lower[from + w];
  }
  return out;
}

/** Elements of the smaller field as elements of GF(2^128); the last 16 bytes are the mask, which is one already. */
function toElements(field: VoleField, vector: Uint32Array): Uint32Array {
  if (field === 'gf128') return vector;
  const length = vector.length / 2 - 2;
  const out = new Uint32Array((length + 1) * WORDS);
  for (let i = 0; i < length; i++) out.set(vector.subarray(2 * i, 2 * i + 2), i * WORDS);
  out.set(vector.subarray(2 * length), length * WORDS);
  return out;
}

/** The products with the mask's as one: A* = A_n + A_(n+1) y where it takes two rows of the smaller field. */
function joinMaskRows(field: VoleField, products: Uint32Array, length: number): Uint32Array {
  const out = products.slice(0, (length + 1) * WORDS);
  if (field === 'gf64') {
    const second = timesY(products.subarray((length + 1) * WORDS));
    for (let w = 0; w < WORDS; w++) out[length * WORDS + w] ^= second[w];
  }
  return out;
}
