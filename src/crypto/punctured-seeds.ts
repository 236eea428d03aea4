/**
 * All-but-one seeds from 1-of-2 transfers: a *planter* gets the 2^depth seeds of every tree, a *picker* all of them but
 * one, the one that its choices name (Boyle, Gilboa, Ishai 2017; as SoftSpokenOT uses it: Roy, CRYPTO 2022, eprint
 * 2022/192, §5). Trees are small here: the picker's path is hidden by touching every node.
 *
 * Tree j uses transfers depth j .. depth j + depth - 1. Bit l of the missing seed's number is the *complement* of the
 * picker's choice in transfer depth j + l. A node of 32 bytes gives 64, one ChaCha20 block: its left child (bit l is 0)
 * and its right one; at the leaves, a seed and a check value.
 *
 * Security: against malicious parties. The planter also sends the sum of a tree's check values, so that the picker has
 * all of them, and their hash: a planter whose messages lead two pickers to different seeds is caught by all but those
 * whose choices it guessed (selective failure, 2022/192 §5.2), so a failed check must end the use of the transfers. The
 * missing seed is uniform for a malicious picker too, since one key of each transfer is.
 */
import { ProtocolError } from '../errors.ts';
import { asBytes, concatBytes, equalBytes } from './bytes.ts';
import { BLOCK_BYTES, type ChaCha20, KEY_BYTES, NONCE_BYTES } from './chacha20.ts';
import { HASH_BYTES, hashTuple } from './hash.ts';
import { type Secrets, wiping } from './secrets.ts';
import type { Steps } from './steps.ts';

/** A node, a seed, and a key of a transfer are as long as a key of ChaCha20. */
const NODE_WORDS = KEY_BYTES / 4;

/** Trees of one size. */
export interface SeedTrees {
  readonly trees: number;
  /** 1 to 8. */
  readonly depth: number;
}

/** Per tree both sums of the inner levels and one of check values; one hash for all. */
export function seedTreeMessageBytes({ trees, depth }: SeedTrees): number {
  return trees * ((depth - 1) * 2 + 1) * KEY_BYTES + HASH_BYTES;
}

export interface PlantedSeeds {
  readonly message: Uint8Array;
  /** trees x 2^depth x 32 bytes. */
  readonly seeds: Uint8Array;
}

/** `context`: run, channel and parties, hashed; `pairs`: trees x depth x 2 x 32 bytes, both keys of every transfer. */
export function plantSeeds(
  chacha20: ChaCha20,
  input: SeedTrees & { readonly context: Uint8Array; readonly pairs: Uint8Array },
): Steps<PlantedSeeds> {
  return wiping((secrets) => plant(chacha20, input, secrets));
}

function* plant(
  chacha20: ChaCha20,
  input: SeedTrees & { readonly context: Uint8Array; readonly pairs: Uint8Array },
  secrets: Secrets,
): Steps<PlantedSeeds> {
  const { trees, depth, context } = input;
  const pairs = secrets.hold(wordsOf(input.pairs, 2 * trees * depth));
  const masked = new Uint32Array(trees * (depth - 1) * 2 * NODE_WORDS);
  let nodes = secrets.hold(new Uint32Array(trees * 2 * NODE_WORDS));
  // The first level needs no sums: the keys of a tree's first transfer are its two nodes.
  for (let tree = 0; tree < trees; tree++) {
    for (let side = 0; side < 2; side++) copyRow(nodes, 2 * tree + side, pairs, 2 * depth * tree + side);
  }
  for (let level = 1; level < depth; level++) {
    nodes = secrets.hold(grow(chacha20, { context, trees, level }, nodes));
    for (let tree = 0; tree < trees; tree++) {
      for (let side = 0; side < 2; side++) {
        const at = 2 * (tree * (depth - 1) + level - 1) + side;
        xorRow(masked, at, pairs, 2 * (depth * tree + level) + side);
        xorSide(masked, at, nodes, { tree, level, side });
      }
    }
    yield;
  }
  const { seeds, checks } = ripen(chacha20, { context, trees, depth }, nodes);
  for (const leaves of [seeds, checks]) secrets.hold(leaves);
  const sums = new Uint32Array(trees * NODE_WORDS);
  const leaves = 2 ** depth;
  for (let k = 0; k < trees * leaves; k++) xorRow(sums, Math.floor(k / leaves), checks, k);
  yield;
  const digest = hashTuple('seed tree checks', context, asBytes(checks));
  return { message: concatBytes(asBytes(masked), asBytes(sums), digest), seeds: asBytes(secrets.pass(seeds)) };
}

export interface PickInput extends SeedTrees {
  readonly context: Uint8Array;
  /** trees x depth x 32 bytes: the key of each transfer that was chosen. */
  readonly keys: Uint8Array;
  /** trees x depth bytes, 0 or 1: bits of the missing seeds' numbers, the complement of the choices. */
  readonly missing: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * The picker's seeds, trees x 2^depth x 32 bytes; what stands in the place of a missing one is of no use.
 * @throws ProtocolError 'bad-message' when the planter's message is inconsistent
 */
export function pickSeeds(chacha20: ChaCha20, input: PickInput): Steps<Uint8Array> {
  return wiping((secrets) => pick(chacha20, input, secrets));
}

function* pick(chacha20: ChaCha20, input: PickInput, secrets: Secrets): Steps<Uint8Array> {
  const { trees, depth, context, missing } = input;
  if (input.message.length !== seedTreeMessageBytes(input)) throw new RangeError('Cannot pick seeds: wrong length');
  const keys = secrets.hold(wordsOf(input.keys, trees * depth));
  const message = wordsOf(input.message, trees * (2 * depth - 1) + 1);
  let nodes = secrets.hold(new Uint32Array(trees * 2 * NODE_WORDS));
  for (let tree = 0; tree < trees; tree++) {
    // The known node is on the side of the choice; the other one stays zero until the end.
    for (let side = 0; side < 2; side++) {
      addMasked(nodes, 2 * tree + side, { from: keys, row: depth * tree }, -(side ^ missing[depth * tree]));
    }
  }
  for (let level = 1; level < depth; level++) {
    nodes = secrets.hold(grow(chacha20, { context, trees, level }, nodes));
    for (let tree = 0; tree < trees; tree++) {
      const bits = missing.subarray(depth * tree, depth * (tree + 1));
      const sum = 2 * (tree * (depth - 1) + level - 1);
      repair(nodes, { tree, level, bits, message, sum, key: { from: keys, row: depth * tree + level } });
    }
    yield;
  }
  const { seeds, checks } = ripen(chacha20, { context, trees, depth }, nodes);
  for (const leaves of [seeds, checks]) secrets.hold(leaves);
  yield;
  repairChecks(checks, { trees, depth, missing, message });
  const digest = hashTuple('seed tree checks', context, asBytes(checks));
  if (!equalBytes(digest, input.message.subarray(-HASH_BYTES))) {
    throw new ProtocolError('Cannot accept seeds: the check of the trees failed', { code: 'bad-message' });
  }
  return asBytes(secrets.pass(seeds));
}

interface Level {
  readonly context: Uint8Array;
  readonly trees: number;
  /** 2^level nodes a tree become twice as many. */
  readonly level: number;
}

/** A level's children: child `side` of node n of a tree of 2^level nodes is node n + side 2^level. */
function grow(chacha20: ChaCha20, { context, trees, level }: Level, nodes: Uint32Array): Uint32Array<ArrayBuffer> {
  const width = 2 ** level;
  const blocks = expand(chacha20, nodes, { context, counter: level });
  const children = new Uint32Array(2 * nodes.length);
  for (let tree = 0; tree < trees; tree++) {
    for (let n = 0; n < width; n++) {
      for (let side = 0; side < 2; side++) {
        copyRow(children, 2 * width * tree + n + side * width, blocks, 2 * (width * tree + n) + side);
      }
    }
  }
  blocks.fill(0);
  return children;
}

/** Seed and check value of every leaf. */
function ripen(
  chacha20: ChaCha20,
  { context, depth }: SeedTrees & { readonly context: Uint8Array },
  nodes: Uint32Array,
): { readonly seeds: Uint32Array; readonly checks: Uint32Array } {
  const blocks = expand(chacha20, nodes, { context, counter: depth });
  const seeds = new Uint32Array(nodes.length);
  const checks = new Uint32Array(nodes.length);
  for (let leaf = 0; leaf < nodes.length / NODE_WORDS; leaf++) {
    copyRow(seeds, leaf, blocks, 2 * leaf);
    copyRow(checks, leaf, blocks, 2 * leaf + 1);
  }
  blocks.fill(0);
  return { seeds, checks };
}

/** One 64-byte block under each node. */
function expand(
  chacha20: ChaCha20,
  nodes: Uint32Array,
  { context, counter }: { readonly context: Uint8Array; readonly counter: number },
): Uint32Array {
  const nonce = hashTuple('seed tree level', context).subarray(0, NONCE_BYTES);
  const blocks = new Uint32Array((nodes.length / NODE_WORDS) * (BLOCK_BYTES / 4));
  chacha20.blocksInto(asBytes(blocks), { keys: asBytes(nodes), nonce, counter });
  return blocks;
}

interface Repair {
  readonly tree: number;
  readonly level: number;
  readonly bits: Uint8Array;
  readonly message: Uint32Array;
  /** Row of the sum of the left side; the right one follows. */
  readonly sum: number;
  readonly key: Row;
}

interface Row {
  readonly from: Uint32Array;
  readonly row: number;
}

/**
 * Of the two children of the missing node the one on the chosen side follows from that side's sum. Every node is
 * touched, with a mask: the path is the picker's secret.
 */
function repair(nodes: Uint32Array, { tree, level, bits, message, sum, key }: Repair): void {
  const width = 2 ** level;
  const parent = numberOf(bits.subarray(0, level));
  for (let side = 0; side < 2; side++) {
    const chosen = -(side ^ bits[level]);
    const difference = new Uint32Array(NODE_WORDS);
    xorRow(difference, 0, message, sum + side);
    xorRow(difference, 0, key.from, key.row);
    xorSide(difference, 0, nodes, { tree, level, side });
    for (let n = 0; n < width; n++) {
      const target = 2 * width * tree + n + side * width;
      addMasked(nodes, target, { from: difference, row: 0 }, chosen & equalMask(n, parent));
    }
  }
}

/** Puts the missing leaf's check value in place. */
function repairChecks(
  checks: Uint32Array,
  { trees, depth, missing, message }: SeedTrees & { readonly missing: Uint8Array; readonly message: Uint32Array },
): void {
  const leaves = 2 ** depth;
  for (let tree = 0; tree < trees; tree++) {
    const difference = new Uint32Array(NODE_WORDS);
    xorRow(difference, 0, message, trees * (depth - 1) * 2 + tree);
    for (let n = 0; n < leaves; n++) xorRow(difference, 0, checks, leaves * tree + n);
    const leaf = numberOf(missing.subarray(depth * tree, depth * (tree + 1)));
    for (let n = 0; n < leaves; n++) {
      addMasked(checks, leaves * tree + n, { from: difference, row: 0 }, equalMask(n, leaf));
    }
  }
}

/** XORs all nodes of one side of a new level into row `target` of `out`. */
function xorSide(
  out: Uint32Array,
  target: number,
  nodes: Uint32Array,
  { tree, level, side }: { readonly tree: number; readonly level: number; readonly side: number },
): void {
  const width = 2 ** level;
  for (let n = 0; n < width; n++) xorRow(out, target, nodes, 2 * width * tree + side * width + n);
}

/** The integer with these bits, least first. */
function numberOf(bits: Uint8Array): number {
  return bits.reduce((sum, bit, l) => sum | (bit << l), 0);
}

/** All ones where a = b, else zero; numbers below 2^31. */
function equalMask(a: number, b: number): number {
  return ((a ^ b) - 1) >> 31;
}

function copyRow(out: Uint32Array, target: number, from: Uint32Array, row: number): void {
  for (let k = 0; k < NODE_WORDS; k++) out[target * NODE_WORDS + k] = from[row * NODE_WORDS + k];
}

function xorRow(out: Uint32Array, target: number, from: Uint32Array, row: number): void {
  for (let k = 0; k < NODE_WORDS; k++) out[target * NODE_WORDS + k] ^= from[row * NODE_WORDS + k];
}

function addMasked(out: Uint32Array, target: number, { from, row }: Row, mask: number): void {
  for (let k = 0; k < NODE_WORDS; k++) out[target * NODE_WORDS + k] ^= from[row * NODE_WORDS + k] & mask;
}

function wordsOf(bytes: Uint8Array, rows: number): Uint32Array {
  if (bytes.length !== rows * KEY_BYTES) throw new RangeError('Cannot plant seeds: keys do not fit the trees');
  return new Uint32Array(new Uint8Array(bytes).buffer);
}
