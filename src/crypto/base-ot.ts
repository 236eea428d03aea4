/**
 * Batches of 1-of-2 oblivious transfer from Diffie–Hellman on ristretto255: the endemic OT of Masny and Rindal (CCS
 * 2019, eprint 2019/706), with one sender element for the whole batch and index and bit in every hash, as McQuoid,
 * Rosulek and Roy (eprint 2021/682, figures 3 and 6) show it must be.
 *
 *   receiver, choice c   t <- scalars, s_{1-c} <- elements, s_c = t G - H_c(s_{1-c})      sends s_0, s_1
 *   sender               a <- scalars                                                     sends A = a G
 *                        k_x = H(index, x, a (s_x + H_x(s_{1-x})))     for x = 0, 1
 *   receiver             k_c = H(index, c, t A)
 *
 * Security: against malicious parties, universally composable, under the oracle Diffie–Hellman assumption with tags, H
 * and H_x being random oracles (2021/682, theorem 9 and definition 21). *Endemic*: a corrupt party may choose its own
 * keys; all others are uniform. The choices are hidden perfectly. Not protected: scalar reduction is BigInt and not
 * constant time; multiplications are as constant-time as the `Group` in use.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { ProtocolError } from '../errors.ts';
import { BLAKE2S_BYTES, type Blake2s } from './blake2s.ts';
import { writeU32le } from './bytes.ts';
import { ELEMENT_BYTES, type Group, SCALAR_BYTES, scalarFromUniform, UNIFORM_BYTES } from './group.ts';
import { hashTuple } from './hash.ts';
import { type Secrets, wiping } from './secrets.ts';
import { ranges, type Steps } from './steps.ts';

export interface BaseOtPrimitives {
  readonly group: Group;
  readonly blake2s: Blake2s;
}

/** A key of one transfer. */
export const BASE_OT_KEY_BYTES: number = BLAKE2S_BYTES;
/** What a receiver sends for one transfer: all s_0 come first, then all s_1. */
export const BASE_OT_POINTS_BYTES: number = 2 * ELEMENT_BYTES;
/** Randomness of a receiver for one transfer. */
export const BASE_OT_RANDOM_BYTES: number = 2 * UNIFORM_BYTES;

/** Transfers between two pauses: below 40 ms on the plain reference, one or two with a kernel. */
const ROWS_PER_STEP = 16;
/** SHA-512's block. */
const PREFIX_BYTES = 128;

export interface BaseOtChoice {
  /** n x 64 bytes, for the sender. */
  readonly points: Uint8Array;
  /** n x 32 bytes, secret. */
  readonly scalars: Uint8Array;
}

/**
 * The receiver's first step. `context`: run, channel and parties, hashed; `choices`: n bytes, 0 or 1; `randomness`:
 * n x 128 fresh bytes.
 */
export function* chooseBaseOts(
  { group }: BaseOtPrimitives,
  input: { readonly context: Uint8Array; readonly choices: Uint8Array; readonly randomness: Uint8Array },
): Steps<BaseOtChoice> {
  const { choices, randomness } = input;
  const count = choices.length;
  if (randomness.length !== count * BASE_OT_RANDOM_BYTES) throw new RangeError('Cannot choose: randomness is missing');
  const oracle = new ElementOracle(group, input.context);
  const scalars = new Uint8Array(count * SCALAR_BYTES);
  const points = new Uint8Array(count * BASE_OT_POINTS_BYTES);
  for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
    for (let i = from; i < to; i++) {
      const uniform = randomness.subarray(i * BASE_OT_RANDOM_BYTES, i * BASE_OT_RANDOM_BYTES + UNIFORM_BYTES);
      scalars.set(scalarFromUniform(uniform), i * SCALAR_BYTES);
    }
    const bits = choices.subarray(from, to);
    const free = group.fromUniform(secondHalves(randomness, from, to));
    const own = scalars.subarray(from * SCALAR_BYTES, to * SCALAR_BYTES);
    const hashes = oracle.hash(from, bits, free);
    const programmed = requireOwn(group.subtract(group.multiplyBase(own), hashes));
    exchangeWhere(bits, programmed, free);
    points.set(programmed, from * ELEMENT_BYTES);
    points.set(free, (count + from) * ELEMENT_BYTES);
    yield;
  }
  return { points, scalars };
}

export interface BaseOtAnswer {
  /** 32 bytes, for the receiver. */
  readonly element: Uint8Array;
  /** n x 2 x 32 bytes: both keys of every transfer. */
  readonly pairs: Uint8Array;
}

export interface AnswerInput {
  readonly context: Uint8Array;
  readonly points: Uint8Array;
  readonly randomness: Uint8Array;
}

/**
 * The sender's step; it sees the receiver's points before it shows its element. `randomness`: 64 fresh bytes.
 * @throws ProtocolError 'bad-message' when a point is no valid element
 */
export function answerBaseOts(primitives: BaseOtPrimitives, input: AnswerInput): Steps<BaseOtAnswer> {
  return wiping((secrets) => answer(primitives, input, secrets));
}

function* answer({ group, blake2s }: BaseOtPrimitives, input: AnswerInput, secrets: Secrets): Steps<BaseOtAnswer> {
  const { context, points } = input;
  const count = points.length / BASE_OT_POINTS_BYTES;
  const oracle = new ElementOracle(group, context);
  const scalar = secrets.hold(scalarFromUniform(input.randomness));
  const element = group.multiplyBase(scalar);
  const hashKey = keyOf(context, element);
  const pairs = secrets.hold(new Uint8Array(2 * count * BASE_OT_KEY_BYTES));
  for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
    const halves = [0, count].map((half) =>
      points.subarray((half + from) * ELEMENT_BYTES, (half + to) * ELEMENT_BYTES),
    );
    for (const bit of [0, 1]) {
      const bits = new Uint8Array(to - from).fill(bit);
      const sum = group.add(halves[bit], oracle.hash(from, bits, halves[1 - bit]));
      const shared = sum === undefined ? undefined : group.multiply(sum, repeat(scalar, to - from));
      if (shared === undefined) throw badElement();
      const keys = hashKeys(blake2s, { hashKey, first: from, bits, shared });
      for (let i = from; i < to; i++) {
        const key = keys.subarray((i - from) * BASE_OT_KEY_BYTES, (i - from + 1) * BASE_OT_KEY_BYTES);
        pairs.set(key, (2 * i + bit) * BASE_OT_KEY_BYTES);
      }
    }
    yield;
  }
  return { element, pairs: secrets.pass(pairs) };
}

/**
 * The receiver's second step: one key per transfer, n x 32 bytes.
 * @throws ProtocolError 'bad-message' when the sender's element is not valid
 */
export function* openBaseOts(
  { group, blake2s }: BaseOtPrimitives,
  input: {
    readonly context: Uint8Array;
    readonly choices: Uint8Array;
    readonly scalars: Uint8Array;
    readonly element: Uint8Array;
  },
): Steps<Uint8Array> {
  const { choices, scalars, element } = input;
  const hashKey = keyOf(input.context, element);
  const keys = new Uint8Array(choices.length * BASE_OT_KEY_BYTES);
  for (const [from, to] of ranges(choices.length, ROWS_PER_STEP)) {
    const shared = group.multiply(repeat(element, to - from), scalars.subarray(from * SCALAR_BYTES, to * SCALAR_BYTES));
    if (shared === undefined) throw badElement();
    const bits = choices.subarray(from, to);
    keys.set(hashKeys(blake2s, { hashKey, first: from, bits, shared }), from * BASE_OT_KEY_BYTES);
    yield;
  }
  return keys;
}

/** H_x(s), an element, for transfer `index` of one context. Prefix and record have fixed lengths: injective. */
class ElementOracle {
  readonly #group: Group;
  readonly #start: ReturnType<typeof sha512.create>;
  readonly #scratch: ReturnType<typeof sha512.create>;

  constructor(group: Group, context: Uint8Array) {
    this.#group = group;
    const prefix = new Uint8Array(PREFIX_BYTES);
    prefix.set(hashTuple('base-ot element', context));
    this.#start = sha512.create().update(prefix);
    this.#scratch = sha512.create();
  }

  /** Element i is hashed for transfer `first` + i and bit `bits[i]`. */
  hash(first: number, bits: Uint8Array, elements: Uint8Array): Uint8Array {
    const uniform = new Uint8Array(bits.length * UNIFORM_BYTES);
    const record = new Uint8Array(5 + ELEMENT_BYTES);
    for (let i = 0; i < bits.length; i++) {
      writeU32le(record, 0, first + i);
      record[4] = bits[i];
      record.set(elements.subarray(i * ELEMENT_BYTES, (i + 1) * ELEMENT_BYTES), 5);
      const state = this.#start._cloneInto(this.#scratch);
      state.update(record);
      state.digestInto(uniform.subarray(i * UNIFORM_BYTES, (i + 1) * UNIFORM_BYTES));
    }
    return this.#group.fromUniform(uniform);
  }
}

function keyOf(context: Uint8Array, element: Uint8Array): Uint8Array {
  return hashTuple('base-ot key', context, element);
}

interface SharedElements {
  readonly hashKey: Uint8Array;
  readonly first: number;
  readonly bits: Uint8Array;
  readonly shared: Uint8Array;
}

/** H(index, bit, shared element) under a key that names context and sender element. */
function hashKeys(blake2s: Blake2s, { hashKey, first, bits, shared }: SharedElements): Uint8Array {
  const tags = new Uint8Array(5 * bits.length);
  for (let i = 0; i < bits.length; i++) {
    writeU32le(tags, 5 * i, first + i);
    tags[5 * i + 4] = bits[i];
  }
  const keys = new Uint8Array(bits.length * BASE_OT_KEY_BYTES);
  blake2s.hashRowsInto(keys, hashKey, [
    { bytes: tags, width: 5 },
    { bytes: shared, width: ELEMENT_BYTES },
  ]);
  return keys;
}

/** Exchanges row i of both where `bits[i]` is 1, without a branch on it. */
function exchangeWhere(bits: Uint8Array, left: Uint8Array, right: Uint8Array): void {
  for (let k = 0; k < left.length; k++) {
    const difference = (left[k] ^ right[k]) & -bits[Math.floor(k / ELEMENT_BYTES)];
    left[k] ^= difference;
    right[k] ^= difference;
  }
}

function secondHalves(randomness: Uint8Array, from: number, to: number): Uint8Array {
  const out = new Uint8Array((to - from) * UNIFORM_BYTES);
  for (let i = from; i < to; i++) {
    const at = i * BASE_OT_RANDOM_BYTES + UNIFORM_BYTES;
    out.set(randomness.subarray(at, at + UNIFORM_BYTES), (i - from) * UNIFORM_BYTES);
  }
  return out;
}

function repeat(row: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count * row.length);
  for (let i = 0; i < count; i++) out.set(row, i * row.length);
  return out;
}

function requireOwn(elements: Uint8Array | undefined): Uint8Array {
  if (elements === undefined) throw new RangeError('Cannot combine: an own element is invalid');
  return elements;
}

function badElement(): ProtocolError {
  return new ProtocolError('Cannot read transfer: not a canonical encoding of a group element', {
    code: 'bad-message',
  });
}
