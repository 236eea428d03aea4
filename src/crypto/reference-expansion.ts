/** The loops of a silent VOLE's expansion in plain TypeScript: what the kernel is held against, and its fallback. */
import { asBytes } from './bytes.ts';
import { codeWords, type CodeRecords, convolve, expand, wrap } from './expand-convolute.ts';
import type { Expansion, OpenExpansion } from './expansion.ts';
import { equalMask, growPunctured, growTree, transferPads, type TreeOf } from './ggm.ts';
import { addByWeight, fieldBytes, weightTables } from './gf2.ts';
import { type SilentVole, silentVole } from './silent-vole.ts';

const NODE_WORDS = 4;
/** The second component follows the first in a receiver's records. */
const NOISE_AT = 4;
const FOLD_STREAM = 0;
/** Of an element of GF(2^64). */
const WEIGHT_WORDS = 2;

const open: OpenExpansion = (plan, keys, role): Expansion => {
  const recordWords = role === 'holder' ? NODE_WORDS : 2 * NODE_WORDS;
  const left = new Uint32Array(role === 'trees' ? 0 : plan.rows * recordWords);
  const right = new Uint32Array(role === 'trees' ? 0 : plan.parity * recordWords);
  const code: CodeRecords = { key: keys.code, records: right, recordWords, count: plan.parity };
  const tables = weightTables(4 * WEIGHT_WORDS);
  let leaves: Uint32Array = new Uint32Array(0);
  const setRecord = (part: Uint32Array, row: number, leaf: number, here: number, noise: Uint32Array): void => {
    const at = row * recordWords;
    for (let w = 0; w < NODE_WORDS; w++) part[at + w] = leaves[leaf * NODE_WORDS + w];
    if (role === 'receiver') for (let w = 0; w < NODE_WORDS; w++) part[at + NOISE_AT + w] = noise[w] & here;
  };
  const treeOf = (number: number): TreeOf => ({ shape: plan.tree, number, context: keys.tree });
  return {
    pace: { leaves: 8192, positions: 4096 },
    pads: (tree, own) => transferPads(treeOf(tree), own),
    grow(tree, root) {
      const grown = growTree(treeOf(tree), root);
      leaves = grown.leaves;
      return grown.sums;
    },
    growPunctured(tree, leaf, sums) {
      leaves = growPunctured(treeOf(tree), leaf, sums);
    },
    placeRight(tree, leaf, noise) {
      const first = tree * plan.tree.leaves - plan.rows;
      for (let i = Math.max(0, -first); i < plan.tree.leaves; i++)
        setRecord(right, first + i, i, equalMask(i, leaf), noise);
    },
    finishLeft(tree, leaf, noise) {
      const first = tree * plan.tree.leaves;
      const count = Math.min(plan.tree.leaves, plan.rows - first);
      for (let i = 0; i < count; i++) setRecord(left, first + i, i, equalMask(i, leaf), noise);
      expand(code, first, left.subarray(first * recordWords, (first + count) * recordWords));
    },
    fold(tree, leaf, key) {
      const count = plan.tree.leaves;
      const weights = codeWords(key, FOLD_STREAM, WEIGHT_WORDS * count * tree, WEIGHT_WORDS * count);
      addByWeight(tables, leaves, asBytes(weights));
      const own = new Uint32Array(NODE_WORDS);
      for (let i = 0; i < count; i++) {
        const here = equalMask(i, leaf);
        for (let w = 0; w < WEIGHT_WORDS; w++) own[w] |= weights[i * WEIGHT_WORDS + w] & here;
      }
      return own;
    },
    folded: () => tables,
    convolve: (pass, from, to) => convolve(code, pass, from, to),
    wrap: (pass) => wrap(code, pass),
    take: () => ({
      a: role === 'receiver' ? column(left, NOISE_AT, fieldBytes(plan.field), plan.length) : new Uint8Array(0),
      c: column(left, 0, 4 * NODE_WORDS, plan.length, recordWords),
    }),
    close() {
      for (const words of [left, right, tables, leaves]) words.fill(0);
    },
  };
};

/** Both expansions in plain TypeScript. */
export const referenceSilentVole: SilentVole = silentVole(open);

/** `bytes` bytes of each of the first `count` records, from word `from` of it on. */
function column(
  records: Uint32Array,
  from: number,
  bytes: number,
  count: number,
  recordWords = 2 * NODE_WORDS,
): Uint8Array {
  const all = asBytes(records);
  const out = new Uint8Array(count * bytes);
  for (let i = 0; i < count; i++) {
    const at = 4 * (i * recordWords + from);
    out.set(all.subarray(at, at + bytes), i * bytes);
  }
  return out;
}
