/**
 * The core of SoftSpokenOT (Roy, CRYPTO 2022, eprint 2022/192, figures 6 and 7 with the repetition code): small-field
 * VOLE out of all-but-one seeds, brought to one common vector u. What comes out, for 128 columns c of L bytes:
 *
 *   corrector   u, V        has all seeds; sends a correction per tree
 *   holder      Delta, W    has all seeds but number Delta_j of tree j;  W_c = V_c + Delta_c u
 *
 * For a tree with streams r_x of its seeds x = 0 .. 2^k - 1:  u_j = sum r_x  and  V_(j,b) = sum over x with bit b of r_x.
 * The holder computes the same sums with anything in the place of r_(Delta_j): W_(j,b) = V'_(j,b) + Delta_(j,b) u'_j does
 * not depend on it. The correction u_j + u, added where Delta_(j,b) is 1, replaces u_j by u.
 *
 * Communication is 128 / k times L bytes; each byte of 128 columns costs 128 / k times 2^k bytes of streams. Nothing
 * branches on, or addresses by, seeds, Delta or u.
 */
import { asBytes, asPairs, asWords } from './bytes.ts';
import { BLOCK_BYTES, type ChaCha20, KEY_BYTES, NONCE_BYTES } from './chacha20.ts';
import { hashTuple } from './hash.ts';
import type { Steps } from './steps.ts';

/** Bits of Delta, and columns. */
export const DELTA_BITS = 128;
/** Stream bytes between two pauses: below 2 ms on the plain reference. */
const BYTES_PER_STEP = 131_072;

export interface SeedStreams {
  /** 128 / depth x 2^depth x 32 bytes. */
  readonly seeds: Uint8Array;
  readonly depth: number;
  /** What the streams are for, hashed: never twice the same for one set of seeds. */
  readonly context: Uint8Array;
  /** L, a multiple of 4: bytes of a column. */
  readonly columnBytes: number;
}

export interface FoldedStreams {
  /** A vector per tree: 128 / depth x L bytes. */
  readonly sums: Uint32Array;
  /** 128 x L bytes. */
  readonly columns: Uint32Array;
}

/** The sums u_j and V_c of all trees. */
export function* foldStreams(chacha20: ChaCha20, streams: SeedStreams): Steps<FoldedStreams> {
  const { depth, columnBytes } = streams;
  const trees = DELTA_BITS / depth;
  const leaves = 2 ** depth;
  const words = columnBytes / 4;
  const keys = streamKeys(chacha20, streams);
  const nonce = new Uint8Array(NONCE_BYTES);
  const sums = new Uint32Array(trees * words);
  const columns = new Uint32Array(DELTA_BITS * words);
  const rows = Array.from({ length: leaves }, () => new Uint32Array(words));
  let sinceYield = 0;
  for (let tree = 0; tree < trees; tree++) {
    for (const [leaf, row] of rows.entries()) {
      const at = (tree * leaves + leaf) * KEY_BYTES;
      chacha20.streamInto(asBytes(row), { key: keys.subarray(at, at + KEY_BYTES), nonce, counter: 0 });
      sinceYield += columnBytes;
      if (sinceYield >= BYTES_PER_STEP) {
        sinceYield = 0;
        yield;
      }
    }
    foldTree(rows, columns.subarray(tree * depth * words, (tree + 1) * depth * words));
    sums.set(rows[0], tree * words);
    yield;
  }
  keys.fill(0);
  return { sums, columns };
}

/** Adds a tree's rows up in place, halving them bit by bit; column b gets those whose number has bit b. */
function foldTree(rows: Uint32Array[], columns: Uint32Array): void {
  const words = rows[0].length;
  for (let bit = 0, width = rows.length / 2; width >= 1; bit++, width /= 2) {
    const column = columns.subarray(bit * words, (bit + 1) * words);
    for (let pair = 0; pair < width; pair++) {
      const [even, odd] = [rows[2 * pair], rows[2 * pair + 1]];
      xorWordsInto(column, odd);
      xorWordsInto(even, odd);
      // All rows below number 2 pair have been read: their room is free.
      rows[2 * pair] = rows[pair];
      rows[pair] = even;
    }
  }
}

/** The corrector's message: u_j + u for every tree. `vector`: L bytes. */
export function corrections(sums: Uint32Array, vector: Uint32Array): Uint32Array {
  const out = sums.slice();
  for (let at = 0; at < out.length; at += vector.length) xorWordsInto(out.subarray(at, at + vector.length), vector);
  return out;
}

/** Turns the holder's own sums into W, in `folded.columns`. `delta`: 128 bytes, 0 or 1; `received`: as `sums`. */
export function applyCorrections(folded: FoldedStreams, delta: Uint8Array, received: Uint32Array): void {
  const { sums, columns } = folded;
  const words = columns.length / DELTA_BITS;
  const depth = DELTA_BITS / (sums.length / words);
  for (let c = 0; c < DELTA_BITS; c++) {
    const mask = -delta[c];
    const tree = Math.floor(c / depth);
    for (let k = 0; k < words; k++) {
      columns[c * words + k] ^= (sums[tree * words + k] ^ received[tree * words + k]) & mask;
    }
  }
}

/** A key per seed and use: one ChaCha20 block under the seed, 128 bits of the hashed use as counter and nonce. */
function streamKeys(chacha20: ChaCha20, { seeds, context }: SeedStreams): Uint8Array {
  const use = hashTuple('seed stream', context);
  const counter = asWords(use)[0];
  const count = seeds.length / KEY_BYTES;
  const blocks = new Uint8Array(count * BLOCK_BYTES);
  chacha20.blocksInto(blocks, { keys: seeds, nonce: use.subarray(4, 4 + NONCE_BYTES), counter });
  const keys = new Uint8Array(seeds.length);
  for (let i = 0; i < count; i++) {
    keys.set(blocks.subarray(i * BLOCK_BYTES, i * BLOCK_BYTES + KEY_BYTES), i * KEY_BYTES);
  }
  blocks.fill(0);
  return keys;
}

/** XORs words onto `out`. */
export function xorWordsInto(out: Uint32Array, other: Uint32Array): void {
  const [pairs, others] = [asPairs(out), asPairs(other)];
  if (pairs === undefined || others === undefined) xorInto(out, other);
  else xorPairsInto(pairs, others);
}

function xorInto(out: Uint32Array, other: Uint32Array): void {
  for (let k = 0; k < out.length; k++) out[k] ^= other[k];
}

function xorPairsInto(out: BigUint64Array, other: BigUint64Array): void {
  for (let k = 0; k < out.length; k++) out[k] ^= other[k];
}
