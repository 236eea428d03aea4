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
import { asBytes, asWords, xorWordsInto } from './bytes.ts';
import { BLOCK_BYTES, type ChaCha20, KEY_BYTES, type KeyedBlocks, MAX_BLOCKS, NONCE_BYTES } from './chacha20.ts';
import { timesXInto } from './gf2.ts';
import { hashTuple } from './hash.ts';
import type { Steps } from './steps.ts';

/** Bits of Delta, and columns. */
export const DELTA_BITS = 128;
/** GF(2^128) is a pair of GF(2^64): the columns of one half are evaluated at once. */
export const HALF_COLUMNS: number = DELTA_BITS / 2;
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

export interface FoldInput extends Pick<SeedStreams, 'depth' | 'columnBytes'> {
  /** 128 / depth x 2^depth x 32 bytes, each of one ChaCha20 stream from block 0 on under a nonce of zeros. */
  readonly keys: Uint8Array;
  /** Of the holder. */
  readonly correction?: Correction;
}

export interface Correction {
  /** 128 bytes, 0 or 1. */
  readonly delta: Uint8Array;
  /** As `sums`. */
  readonly received: Uint32Array;
}

export interface FoldedStreams {
  /** A vector per tree: 128 / depth x L bytes. With a correction they are of no use. */
  readonly sums: Uint32Array;
  /** V, with a correction W: 128 x L bytes. */
  readonly columns: Uint32Array;
}

/** The long loops; the reference or its twin in WebAssembly. */
export interface StreamFolds {
  /** The sums u_j and V_c of all trees. */
  fold(input: FoldInput): Steps<FoldedStreams>;
  /**
   * The sum of x^c times column c of 64. Elements of either field are pairs of words, which are multiplied alike: L is a
   * multiple of 8.
   */
  evaluateAtX(columns: Uint32Array): Steps<Uint32Array>;
}

export interface FoldPrimitives {
  readonly chacha20: ChaCha20;
  readonly folds: StreamFolds;
}

/** The corrector's sums, or with a correction the holder's W. */
export function* foldStreams(
  { chacha20, folds }: FoldPrimitives,
  streams: SeedStreams,
  correction?: Correction,
): Steps<FoldedStreams> {
  const { depth, columnBytes } = streams;
  const keys = streamKeys(chacha20, streams);
  try {
    return yield* folds.fold({ keys, depth, columnBytes, ...(correction === undefined ? {} : { correction }) });
  } finally {
    keys.fill(0);
  }
}

/** The plain implementation. */
export function referenceFolds(chacha20: ChaCha20): StreamFolds {
  return {
    *fold({ keys, depth, columnBytes, correction }): Steps<FoldedStreams> {
      const trees = DELTA_BITS / depth;
      const leaves = 2 ** depth;
      const words = columnBytes / 4;
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
      if (correction !== undefined) applyCorrection({ sums, columns }, correction);
      return { sums, columns };
    },
    *evaluateAtX(columns): Steps<Uint32Array> {
      const words = columns.length / HALF_COLUMNS;
      const sum = columns.slice(columns.length - words);
      for (let at = columns.length - 2 * words; at >= 0; at -= words) {
        timesXInto(sum);
        xorWordsInto(sum, columns.subarray(at, at + words));
        yield;
      }
      return sum;
    },
  };
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

/** Turns the holder's own sums into W, in `folded.columns`. */
function applyCorrection({ sums, columns }: FoldedStreams, { delta, received }: Correction): void {
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

/** A key per seed and use: one ChaCha20 block under the seed. */
function streamKeys(chacha20: ChaCha20, { seeds, context }: SeedStreams): Uint8Array {
  const count = seeds.length / KEY_BYTES;
  const blocks = new Uint8Array(count * BLOCK_BYTES);
  chacha20.blocksInto(blocks, { keys: seeds, ...blockOfUse(hashTuple('seed stream', context)) });
  const keys = new Uint8Array(seeds.length);
  for (let i = 0; i < count; i++) {
    keys.set(blocks.subarray(i * BLOCK_BYTES, i * BLOCK_BYTES + KEY_BYTES), i * KEY_BYTES);
  }
  blocks.fill(0);
  return keys;
}

/**
 * 128 bits of a hashed use as a block's counter and nonce. The one counter that ChaCha20 does not take, which one use in 2^32
 * has, counts as 0: it shares that block with another use if nonces of 96 bits are equal too.
 */
export function blockOfUse(use: Uint8Array): Pick<KeyedBlocks, 'counter' | 'nonce'> {
  return { counter: asWords(use)[0] % MAX_BLOCKS, nonce: use.subarray(4, 4 + NONCE_BYTES) };
}
