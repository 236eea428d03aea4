import { describe, expect, it } from 'vitest';
import { volePlan } from '../../protocols/vole/index.ts';
import { asWords, toHex } from '../../src/crypto/bytes.ts';
import { growPunctured, transferPads } from '../../src/crypto/ggm.ts';
import { openSums } from '../../src/crypto/ggm-transfer.ts';
import { referenceSilentVole } from '../../src/crypto/reference-expansion.ts';
import { expansionKeys, silentVolePlan, type SilentVolePlan } from '../../src/crypto/silent-vole-plan.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { insecureDealtVole } from '../../src/testing/dealt-vole.ts';

const TREE = 7;

/**
 * A receiver that chooses a path of its liking in one tree and takes the sum of all leaves that it gets from the holder's
 * correction. Had it all of the tree's leaves, that is the holder's K of the tree, and with C = A Delta + K it has Delta.
 */
function guessedK(plan: SilentVolePlan, path: number): { readonly guessed: string; readonly actual: string } {
  const { tree } = plan;
  const dealt = insecureDealtVole(plan, insecureSeededRng('paths', plan.length));
  const { treeMessage } = finish(referenceSilentVole.expandHolder(dealt.holder));
  const choices = Uint8Array.from({ length: tree.pathBits }, (_, i) => 1 ^ ((path >> (tree.pathBits - 1 - i)) & 1));
  const keys = new Uint8Array(16 * tree.pathBits);
  for (const [i, choice] of choices.entries()) {
    const at = 16 * (2 * (TREE * tree.pathBits + i) + choice);
    keys.set(dealt.holder.otPairs.subarray(at, at + 16), 16 * i);
  }
  const partBytes = 16 * (tree.messageRows + 1);
  const message = asWords(treeMessage.slice(TREE * partBytes, (TREE + 1) * partBytes));
  const of = { shape: tree, number: TREE, context: expansionKeys(plan, dealt.holder.context).tree };
  const pads = transferPads(of, { words: asWords(keys), first: 0, stride: 4 });
  const leaves = growPunctured(of, path, openSums(tree, message, { pads, choices }));
  const sum = message.slice(4 * tree.messageRows);
  for (let i = 0; i < 4 * tree.leaves; i++) sum[i % 4] ^= leaves[i];
  return {
    guessed: toHex(new Uint8Array(sum.buffer)),
    actual: toHex(dealt.holder.baseK.subarray(16 * TREE, 16 * (TREE + 1))),
  };
}

describe('a receiver whose path ends outside of its tree', () => {
  it('gets the holder’s K, and so Delta, where trees are not full: they are for semi-honest receivers alone', () => {
    const plan = silentVolePlan(10_000, 'gf128');
    expect(plan.tree.leaves).toBe(80);
    for (const path of [80, 101, 127]) {
      const { guessed, actual } = guessedK(plan, path);
      expect(guessed).toBe(actual);
    }
    for (const path of [0, 79]) {
      const { guessed, actual } = guessedK(plan, path);
      expect(guessed).not.toBe(actual);
    }
  });

  it('does not exist in the malicious variant, where every path ends at a leaf', () => {
    for (const length of [4096, 10_000, 172_032, 2 ** 20, 1_153_434]) {
      const { silent } = volePlan({ length, field: 'gf128', security: 'malicious' });
      expect(silent?.tree.leaves).toBe(2 ** (silent?.tree.pathBits ?? 0));
    }
    const plan = silentVolePlan(10_000, 'gf128', { fullTrees: true });
    for (const path of [0, 31, 63]) {
      const { guessed, actual } = guessedK(plan, path);
      expect(guessed).not.toBe(actual);
    }
  });
});
