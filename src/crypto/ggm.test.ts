import { chacha20 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { asBytes, asWords, concatBytes, equalBytes, toHex } from './bytes.ts';
import { equalMask, growPunctured, growTree, transferPads, treeShape, type TreeOf } from './ggm.ts';
import { openSums, sealSums } from './ggm-transfer.ts';

const SEED = 'ggm';
/** One level; two with a binary root; all nodes full; nodes and leaves to spare; the sizes of 130,000 and 1.1 x 2^20. */
const LEAVES = [16, 32, 64, 80, 1024, 9024];

function treeOf(leaves: number, label = `${leaves}`): TreeOf & { readonly root: Uint32Array } {
  const rng = insecureSeededRng(SEED, 'tree', label);
  return { shape: treeShape(leaves), number: 5, context: asWords(rng(16)), root: asWords(rng(16)) };
}

/** The children of a node by noble's ChaCha20, block number and all of the nonce set by hand. */
function childrenOf(node: Uint8Array, context: Uint8Array, position: readonly [number, number, number], fan: number) {
  const nonce = asBytes(Uint32Array.from(position));
  const stream = chacha20(concatBytes(node, context), nonce, new Uint8Array(16 * Math.max(fan, 4)));
  return Array.from({ length: fan }, (_, c) => stream.slice(16 * c, 16 * (c + 1)));
}

/** All levels of a tree, as lists of nodes. */
function slowTree({ shape, number, context, root }: TreeOf & { readonly root: Uint32Array }): Uint8Array[][] {
  let nodes = [asBytes(root).slice()];
  return shape.levels.map(({ bits, nodes: count }, level) => {
    nodes = nodes
      .slice(0, count)
      .flatMap((node, p) => childrenOf(node, asBytes(context), [number, level, p], 1 << bits));
    return nodes;
  });
}

function xor(nodes: readonly Uint8Array[]): Uint8Array {
  return nodes.reduce((sum, node) => sum.map((byte, i) => byte ^ node[i]), new Uint8Array(16));
}

function nodeAt(words: Uint32Array, row: number): Uint8Array {
  return asBytes(words).slice(16 * row, 16 * (row + 1));
}

/** All of both sides' transfers for one leaf. */
function transfer(tree: TreeOf & { readonly root: Uint32Array }, leaf: number) {
  const { shape } = tree;
  const rng = insecureSeededRng(SEED, 'transfer', leaf);
  const pairs = asWords(rng(32 * shape.pathBits));
  const choices = Uint8Array.from({ length: shape.pathBits }, (_, i) => 1 ^ ((leaf >>> (shape.pathBits - 1 - i)) & 1));
  const pads = (first: number) => transferPads(tree, { words: pairs, first, stride: 8 });
  const chosen = concatBytes(...Array.from(choices, (choice, i) => nodeAt(pairs, 2 * i + choice)));
  const own = transferPads(tree, { words: asWords(chosen), first: 0, stride: 4 });
  return { pads: [pads(0), pads(4)] as const, own, choices };
}

describe('treeShape', () => {
  it.each(LEAVES)('treeShape has room for %i leaves and paths, and no level too many', (leaves) => {
    const { levels, pathBits, transfers } = treeShape(leaves);
    expect(levels[0].nodes).toBe(1);
    expect(levels.every(({ bits, nodes }, i) => i + 1 === levels.length || levels[i + 1].nodes <= nodes << bits)).toBe(
      true,
    );
    const last = levels[levels.length - 1];
    expect(last.nodes << last.bits).toBe(leaves);
    expect(2 ** pathBits).toBeGreaterThanOrEqual(leaves);
    expect(2 ** pathBits).toBeLessThan(Math.max(2 * leaves, 17));
    expect(transfers).toHaveLength(pathBits);
  });

  it.each([0, 8, 17, -16, 16.5, Number.NaN])('treeShape refuses %s leaves', (leaves) => {
    expect(() => treeShape(leaves)).toThrow(RangeError);
  });
});

describe('growTree', () => {
  it.each([16, 32, 80, 1024])(
    `growTree equals a tree grown node by node with noble's ChaCha20 for %i leaves (seed ${SEED})`,
    (leaves) => {
      const tree = treeOf(leaves);
      const grown = growTree(tree, tree.root);
      const levels = slowTree(tree);
      expect(toHex(asBytes(grown.leaves))).toBe(toHex(concatBytes(...levels[levels.length - 1])));
      let row = 0;
      for (const [level, { bits }] of tree.shape.levels.entries()) {
        for (let c = 0; c < 1 << bits; c++, row++) {
          const expected = xor(levels[level].filter((_, i) => i % (1 << bits) === c));
          expect(toHex(nodeAt(grown.sums, row))).toBe(toHex(expected));
        }
      }
      expect(row).toBe(tree.shape.sumRows);
    },
  );

  it('growTree gives other leaves for another tree number, context or root', () => {
    const tree = treeOf(64);
    const leaves = growTree(tree, tree.root).leaves;
    const others = [
      growTree({ ...tree, number: 6 }, tree.root).leaves,
      growTree({ ...tree, context: treeOf(64, 'other').context }, tree.root).leaves,
      growTree(tree, treeOf(64, 'other').root).leaves,
    ];
    for (const other of others) expect(other.some((word, i) => word === leaves[i])).toBe(false);
  });
});

describe('a punctured tree', () => {
  it.each([
    [16, [...Array(16).keys()]],
    [80, [...Array(80).keys()]],
    [1024, [0, 1, 511, 512, 1023]],
  ])(`openSums and growPunctured give all of %i leaves but the chosen one (seed ${SEED})`, (leaves, punctures) => {
    const tree = treeOf(leaves);
    const whole = growTree(tree, tree.root);
    for (const leaf of punctures) {
      const { pads, own, choices } = transfer(tree, leaf);
      const sums = openSums(tree.shape, sealSums(tree.shape, whole.sums, pads), { pads: own, choices });
      const punctured = growPunctured(tree, leaf, sums);
      const wrong = Array.from({ length: leaves }, (_, i) => i).filter(
        (i) => !equalBytes(nodeAt(punctured, i), nodeAt(whole.leaves, i)),
      );
      expect(wrong).toEqual([leaf]);
    }
  });

  it('growPunctured gives the chosen leaf too where the last sum of the path is right, and only there', () => {
    const tree = treeOf(80);
    const whole = growTree(tree, tree.root);
    const { pads, own, choices } = transfer(tree, 37);
    const sums = openSums(tree.shape, sealSums(tree.shape, whole.sums, pads), { pads: own, choices });
    const row = tree.shape.sumRows - 16 + (37 & 15);
    sums.set(whole.sums.subarray(4 * row, 4 * row + 4), 4 * row);
    expect(toHex(asBytes(growPunctured(tree, 37, sums)))).toBe(toHex(asBytes(whole.leaves)));
    sums[4 * row] ^= 1;
    expect(toHex(asBytes(growPunctured(tree, 37, sums)))).not.toBe(toHex(asBytes(whole.leaves)));
  });

  it('sealSums puts the sums of a path into rows alone that its receiver has no key for', () => {
    const tree = treeOf(80);
    const { sums } = growTree(tree, tree.root);
    const leaf = 37;
    const { pads, choices } = transfer(tree, leaf);
    const before = sealSums(tree.shape, sums, pads);
    let at = 0;
    let seen = 0;
    let shift = tree.shape.pathBits;
    for (const { bits } of tree.shape.levels) {
      shift -= bits;
      const changed = sums.slice();
      changed[4 * (at + ((leaf >>> shift) & ((1 << bits) - 1)))] ^= 1;
      at += 1 << bits;
      const after = sealSums(tree.shape, changed, pads);
      const touched = [...after.keys()].filter((w) => after[w] !== before[w]).map((w) => w >> 2);
      for (const row of touched) {
        const number = tree.shape.transfers.findLastIndex(({ messageAt }) => messageAt <= row);
        const { messageAt, bit } = tree.shape.transfers[number];
        expect((row - messageAt) >> bit).toBe(1 - choices[number]);
        seen++;
      }
    }
    expect(seen).toBe(tree.shape.pathBits);
  });

  it('transferPads repeats no block and no row', () => {
    const tree = treeOf(1024);
    const { pads } = transfer(tree, 0);
    const rows = pads.flatMap((pad) => Array.from({ length: pad.length / 4 }, (_, row) => toHex(nodeAt(pad, row))));
    expect(new Set(rows).size).toBe(rows.length);
  });
});

describe('equalMask', () => {
  it('equalMask is all ones for equal numbers and zero for others', () => {
    const numbers = [0, 1, 2, 0x7fff_fffe, 0x7fff_ffff];
    for (const a of numbers) for (const b of numbers) expect(equalMask(a, b)).toBe(a === b ? -1 : 0);
  });
});
