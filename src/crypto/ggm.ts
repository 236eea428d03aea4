/**
 * Punctured trees (Goldreich–Goldwasser–Micali; used for VOLE by Boyle et al., CCS 2018 and 2019, eprint 2019/1159): a
 * holder grows a tree from a root; a receiver gets all leaves but one, of its own choice, by one transfer for each bit
 * of the path, and the holder does not learn which. Notation: a level's *sums* are, for each child index c, the XOR of
 * the c-th children of all its nodes.
 *
 * PRG. A node s (16 bytes) becomes ChaCha20 blocks (RFC 8439 §2.3) under the key s ‖ context, where the 16 bytes
 * `context` hash the session and everything else that separates this use, with the block, tree, level and node numbers
 * as counter and nonce. Four children are the four rows of one block; the last level gives sixteen from four blocks. So
 * no two blocks of any two runs have the same input, and a guessed s helps against one position of one run only: if the
 * block function is a PRF under keys whose first half is secret, all nodes are pseudorandom, with no loss in the number
 * of sessions or trees.
 *
 * Arity. Fewer levels mean fewer inner blocks (sixteen children at the bottom and four above: 1.08 blocks for each four
 * leaves, four everywhere: 1.33, two: 2) and larger transfers: a node of 2^b children takes 2 (2^b - 1) rows of 16 bytes
 * for b transfers. Sixteen on several levels would save little more and cost kilobytes per tree.
 *
 * Transfers of a level with b path bits. For bit p, from the highest, and each value v of it, the rows are, for every
 * value l of the lower bits, the XOR over all higher bits h of the sums h‖v‖l, under a pad from the key of v. Who has the
 * key of the *complement* of its path bit gets these for h equal to its own higher bits, because for all other h it has
 * the sums already: all sums but that of its path. The sum of its path enters no row that it can read.
 *
 * Security: semi-honest by itself; a holder that sends inconsistent rows is caught only by the check in vole-check.ts.
 * The reference and the kernel use masks where the receiver's path matters, so neither branches nor addresses show it.
 */
import { CHACHA_BLOCK_WORDS, chachaBlockInto } from './chacha-block.ts';

export const NODE_BYTES = 16;
const NODE_WORDS = 4;
/** Children that one block gives. */
const BLOCK_CHILDREN = 4;
/** log2 of the children of a node of the last level. */
const LAST_BITS = 4;
/** Leaves come in multiples of this. */
export const LEAF_GROUP: number = 1 << LAST_BITS;
/** A transfer's pad is one block, of four rows. */
export const PAD_ROWS = 4;
/** Stands where nodes have their level. */
const PAD_DOMAIN = 0x8000_0000;
/** No parent has this number. */
const NO_GAP = 0x7fff_ffff;

export interface TreeLevel {
  /** log2 of the children of a node. */
  readonly bits: number;
  /** Nodes that are expanded: each has all its children, though not all of those may be needed. */
  readonly nodes: number;
}

/** One transfer of a tree: of one bit of the path, the highest of a level first. */
export interface Transfer {
  /** First row of the level's sums, and children of a node. */
  readonly sumsAt: number;
  readonly fan: number;
  /** Which bit of the child's index, from 0 for the lowest. */
  readonly bit: number;
  /** First row in the tree's message: 2^bit rows for value 0, then as many for value 1. */
  readonly messageAt: number;
  /** First row of its pad, and of the rest of it where it has more than four rows. */
  readonly padAt: number;
  readonly morePadAt: number;
}

/** The public measures of a tree. */
export interface TreeShape {
  readonly leaves: number;
  /** From the root. */
  readonly levels: readonly TreeLevel[];
  /** Bits of the path to a leaf, which are the bits of its number. */
  readonly pathBits: number;
  readonly transfers: readonly Transfer[];
  /** The transfer with eight rows for each value: its pad has a second block, behind those of all. */
  readonly wideTransfer: number;
  /** Sums of all levels, in rows of 16 bytes. */
  readonly sumRows: number;
  /** What the holder sends for one tree, without a correction of the last leaf, in rows of 16 bytes. */
  readonly messageRows: number;
}

/** The shape of a tree with `leaves` leaves, a multiple of 16. */
export function treeShape(leaves: number): TreeShape {
  if (!Number.isSafeInteger(leaves) || leaves < LEAF_GROUP || leaves % LEAF_GROUP !== 0) {
    throw new RangeError('Cannot shape tree: leaves are not a positive multiple of 16');
  }
  const inner = Math.ceil(Math.log2(leaves / LEAF_GROUP));
  const bits = [
    ...Array.from({ length: inner % 2 }, () => 1),
    ...Array.from({ length: inner >> 1 }, () => 2),
    LAST_BITS,
  ];
  const levels: TreeLevel[] = [];
  let nodes = leaves;
  for (const own of bits.toReversed()) {
    nodes = Math.ceil(nodes / (1 << own));
    levels.unshift({ bits: own, nodes });
  }
  const pathBits = inner + LAST_BITS;
  return {
    leaves,
    levels,
    pathBits,
    transfers: transfersOf(levels, pathBits),
    wideTransfer: inner,
    sumRows: bits.reduce((sum, own) => sum + (1 << own), 0),
    messageRows: bits.reduce((sum, own) => sum + 2 * ((1 << own) - 1), 0),
  };
}

function transfersOf(levels: readonly TreeLevel[], pathBits: number): readonly Transfer[] {
  const transfers: Transfer[] = [];
  let sumsAt = 0;
  let messageAt = 0;
  for (const { bits } of levels) {
    const fan = 1 << bits;
    for (let bit = bits - 1; bit >= 0; bit--) {
      const padAt = PAD_ROWS * transfers.length;
      transfers.push({ sumsAt, fan, bit, messageAt, padAt, morePadAt: PAD_ROWS * pathBits });
      messageAt += 2 << bit;
    }
    sumsAt += fan;
  }
  return transfers;
}

/** All ones where a = b, else zero; both below 2^31. */
export function equalMask(a: number, b: number): number {
  return ((a ^ b) - 1) >> 31;
}

/** What both sides know of a tree, and its number in the run. */
export interface TreeOf {
  readonly shape: TreeShape;
  readonly number: number;
  /** 4 words. */
  readonly context: Uint32Array;
}

export interface GrownTree {
  /** leaves x 4 words. */
  readonly leaves: Uint32Array;
  /** sumRows x 4 words. */
  readonly sums: Uint32Array;
}

/** Grows a whole tree from its root (4 words). */
export function growTree(tree: TreeOf, root: Uint32Array): GrownTree {
  const sums = new Uint32Array(tree.shape.sumRows * NODE_WORDS);
  let nodes: Uint32Array = root;
  let at = 0;
  for (const [level, { bits, nodes: count }] of tree.shape.levels.entries()) {
    const fan = 1 << bits;
    nodes = expandNodes(tree, level, nodes);
    sumChildren(sums.subarray(at, at + fan * NODE_WORDS), nodes, { count, fan, gap: NO_GAP });
    at += fan * NODE_WORDS;
  }
  return { leaves: nodes, sums };
}

/**
 * Grows the tree without the path to `leaf`. `sums` are those of the whole tree, and on the path the last level has
 * instead what, added to all other leaves of its index, gives the missing leaf; on other levels anything.
 */
export function growPunctured(tree: TreeOf, leaf: number, sums: Uint32Array): Uint32Array {
  const { levels, pathBits } = tree.shape;
  let nodes: Uint32Array = new Uint32Array(NODE_WORDS);
  let at = 0;
  let shift = pathBits;
  for (const [level, { bits, nodes: count }] of levels.entries()) {
    const fan = 1 << bits;
    const gap = leaf >>> shift;
    nodes = expandNodes(tree, level, nodes);
    const missing = sums.slice(at, at + fan * NODE_WORDS);
    sumChildren(missing, nodes, { count, fan, gap });
    replaceChildren(missing, nodes, { count, fan, gap });
    at += fan * NODE_WORDS;
    shift -= bits;
  }
  return nodes;
}

function expandNodes({ shape, number, context }: TreeOf, level: number, parents: Uint32Array): Uint32Array {
  const { bits, nodes } = shape.levels[level];
  const fan = 1 << bits;
  const children = new Uint32Array(nodes * fan * NODE_WORDS);
  const key = new Uint32Array(2 * NODE_WORDS);
  key.set(context, NODE_WORDS);
  const input = new Uint32Array(4);
  const block = new Uint32Array(CHACHA_BLOCK_WORDS);
  for (let p = 0; p < nodes; p++) {
    key.set(parents.subarray(p * NODE_WORDS, (p + 1) * NODE_WORDS));
    for (let first = 0; first < fan; first += BLOCK_CHILDREN) {
      input.set([first / BLOCK_CHILDREN, number, level, p]);
      chachaBlockInto(block, key, input, 0);
      const own = Math.min(BLOCK_CHILDREN, fan) * NODE_WORDS;
      children.set(block.subarray(0, own), (p * fan + first) * NODE_WORDS);
    }
  }
  return children;
}

interface Siblings {
  /** Parents. */
  readonly count: number;
  readonly fan: number;
  /** The parent whose children came from nothing. */
  readonly gap: number;
}

/** Adds to `sums` the children of each index, without those of the gap. */
function sumChildren(sums: Uint32Array, children: Uint32Array, { count, fan, gap }: Siblings): void {
  const row = fan * NODE_WORDS;
  for (let p = 0; p < count; p++) {
    const known = ~equalMask(p, gap);
    for (let w = 0; w < row; w++) sums[w] ^= children[p * row + w] & known;
  }
}

/** Replaces the children of the gap by `values`. */
function replaceChildren(values: Uint32Array, children: Uint32Array, { count, fan, gap }: Siblings): void {
  const row = fan * NODE_WORDS;
  for (let p = 0; p < count; p++) {
    const here = equalMask(p, gap);
    for (let w = 0; w < row; w++) children[p * row + w] ^= (children[p * row + w] ^ values[w]) & here;
  }
}

/** Keys of a tree's transfers. */
export interface TransferKeys {
  readonly words: Uint32Array;
  /** Words of the first key, and from one key to the next. */
  readonly first: number;
  readonly stride: number;
}

/** Pads of all transfers of a tree, and the second block of the wide one: (pathBits + 1) x 16 words. */
export function transferPads({ shape, number, context }: TreeOf, keys: TransferKeys): Uint32Array {
  const pads = new Uint32Array((shape.pathBits + 1) * CHACHA_BLOCK_WORDS);
  const key = new Uint32Array(2 * NODE_WORDS);
  key.set(context, NODE_WORDS);
  for (let pad = 0; pad <= shape.pathBits; pad++) {
    const more = pad === shape.pathBits;
    const transfer = more ? shape.wideTransfer : pad;
    const at = keys.first + transfer * keys.stride;
    key.set(keys.words.subarray(at, at + NODE_WORDS));
    chachaBlockInto(
      pads.subarray(pad * CHACHA_BLOCK_WORDS),
      key,
      Uint32Array.of(more ? 1 : 0, number, PAD_DOMAIN, transfer),
      0,
    );
  }
  return pads;
}
