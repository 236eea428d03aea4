/** The loops of a silent VOLE's expansion in plain TypeScript: what the kernel is held against, and its fallback. */
import { asBytes, asWords } from './bytes.ts';
import { codeWords, type CodeRecords, convolve, expand, wrap } from './expand-convolute.ts';
import type { Expansion, OpenExpansion } from './expansion.ts';
import { equalMask, growPunctured, growTree, transferPads, type TreeOf } from './ggm.ts';
import { addByWeight, fieldBytes, GF128_BYTES, sumOfMultiples, weightTables } from './gf2.ts';
import { countWeighed, type SilentVole, silentVole, WEIGHT_WORDS } from './silent-vole.ts';
import { ranges } from './steps.ts';

const NODE_WORDS = 4;
/** The second component follows the first in a receiver's records. */
const NOISE_AT = 4;
const WEIGHT_STREAM = 0;
const ROWS_PER_STEP = 4096;

const open: OpenExpansion = (plan, keys, role): Expansion => {
  const recordWords = role === 'holder' ? NODE_WORDS : 2 * NODE_WORDS;
  const left = new Uint32Array(plan.rows * recordWords);
  const right = new Uint32Array(plan.parity * recordWords);
  const code: CodeRecords = { key: keys.code, records: right, recordWords, count: plan.parity };
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
    convolve: (pass, from, to) => convolve(code, pass, from, to),
    wrap: (pass) => wrap(code, pass),
    take: () => ({
      a: role === 'receiver' ? column(left, NOISE_AT, fieldBytes(plan.field), plan.length) : new Uint8Array(0),
      c: column(left, 0, 4 * NODE_WORDS, plan.length, recordWords),
    }),
    close() {
      for (const words of [left, right, leaves]) words.fill(0);
    },
  };
};

/** Both expansions in plain TypeScript, and their check. */
export const referenceSilentVole: SilentVole = {
  ...silentVole(open),
  *weigh(input) {
    const { rows, rowBytes, key } = input;
    const tables = weightTables(4 * WEIGHT_WORDS);
    const chunk = new Uint8Array(GF128_BYTES * ROWS_PER_STEP);
    try {
      for (const [from, to] of ranges(countWeighed(input), ROWS_PER_STEP)) {
        const weights = codeWords(key, WEIGHT_STREAM, WEIGHT_WORDS * from, WEIGHT_WORDS * (to - from));
        const count = to - from;
        for (let i = 0; i < count; i++) {
          const at = rowBytes * (from + i);
          chunk.set(rows.subarray(at, at + rowBytes), GF128_BYTES * i);
        }
        addByWeight(tables, asWords(chunk).subarray(0, 4 * count), asBytes(weights));
        yield;
      }
      return sumOfMultiples(tables);
    } finally {
      tables.fill(0);
      chunk.fill(0);
    }
  },
};

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
