import { describe, expect, it } from 'vitest';
import { type DealtVole, insecureDealtVole } from '../testing/dealt-vole.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { equalBytes, toHex } from './bytes.ts';
import { referenceGf2, scaleRows, type VoleField } from './gf2.ts';
import { referenceSilentVole } from './reference-expansion.ts';
import type { HolderInput, ReceiverInput } from './silent-vole.ts';
import { planWithTrees, puncturedLeaves, type SilentVolePlan } from './silent-vole-plan.ts';
import { finish } from './steps.ts';
import { answerCheck, CHALLENGE_BYTES, expandChecked, type HolderCheck } from './vole-check.ts';

const SEED = 'vole-check';
/** Of 128 leaves each: every node of every level is needed. */
const TREES = 4;

interface Changes {
  readonly plan?: SilentVolePlan;
  readonly treeMessage?: (message: Uint8Array) => Uint8Array;
  readonly holder?: Partial<HolderInput>;
  readonly k?: (k: Uint8Array) => Uint8Array;
  readonly answer?: Partial<HolderCheck>;
}

/** Whether the receiver accepts; the holder answers by the book, with changes. */
function accepts(field: VoleField, changes: Changes = {}): boolean {
  const { plan, dealt, receiver } = dealtCheck(field, changes.plan);
  const treeMessage = changes.treeMessage?.(receiver.treeMessage.slice()) ?? receiver.treeMessage;
  const { masked, expected } = finish(
    expandChecked(referenceSilentVole, { ...receiver, treeMessage }, dealt.receiverCheck),
  );
  const check = { ...dealt.holderCheck, masked, ...changes.answer };
  // A holder that cheats answers of its own accord; one with another seed or context has other rows.
  const own = { ...dealt.holder, plan, ...changes.holder };
  const { k } = finish(referenceSilentVole.expandHolder(own));
  const answer = finish(answerCheck(referenceSilentVole, { ...own, k: changes.k?.(k) ?? k }, check));
  return equalBytes(answer, expected);
}

function dealtCheck(field: VoleField, plan: SilentVolePlan = planWithTrees(256, field, TREES)) {
  const dealt = insecureDealtVole(plan, insecureSeededRng(SEED, field));
  const { treeMessage } = finish(referenceSilentVole.expandHolder(dealt.holder));
  const receiver: ReceiverInput = { ...dealt.receiver, treeMessage };
  return { plan, dealt, receiver };
}

/** The receiver's input with the noise of the second tree at a row. */
function withPlace({ holder }: DealtVole, receiver: ReceiverInput, row: number): ReceiverInput {
  const { plan } = receiver;
  const { pathBits, leaves } = plan.tree;
  const choices = receiver.choices.slice();
  const otKeys = receiver.otKeys.slice();
  for (let bit = 0; bit < pathBits; bit++) {
    const at = pathBits + bit;
    choices[at] = 1 ^ (((row - leaves) >> (pathBits - 1 - bit)) & 1);
    otKeys.set(holder.otPairs.subarray(16 * (2 * at + choices[at]), 16 * (2 * at + choices[at] + 1)), 16 * at);
  }
  expect(puncturedLeaves(plan, choices)[1]).toBe(row - leaves);
  return { ...receiver, choices, otKeys };
}

/** a delta + other. */
function vectorOf(field: VoleField, a: Uint8Array, delta: Uint8Array, other: Uint8Array): Uint8Array {
  const out = finish(scaleRows(referenceGf2, { field, rows: a, delta }));
  return out.map((byte, i) => byte ^ other[i]);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] ^= 1;
  return changed;
}

describe.each<VoleField>(['gf64', 'gf128'])('the check of a VOLE over %s', (field) => {
  it(`expandChecked expects what answerCheck answers where all is right (seed ${SEED})`, () => {
    expect(accepts(field)).toBe(true);
  });

  it('an error in the last row is found, and one in rows that fill the last block is none', () => {
    // 300 rows in 304: the second of three trees has the last rows, and the first ones of the code's part.
    const plan = planWithTrees(300, field, 3);
    expect([plan.rows, plan.tree.leaves]).toEqual([304, 208]);
    const part = plan.treeMessageBytes / 3;
    for (const [row, passes] of [
      [299, false],
      [300, true],
    ] as const) {
      const { dealt, receiver } = dealtCheck(field, plan);
      const own = withPlace(dealt, { ...receiver, treeMessage: flipped(receiver.treeMessage, 2 * part - 1) }, row);
      const { a, c, masked, expected } = finish(expandChecked(referenceSilentVole, own, dealt.receiverCheck));
      const { k } = finish(referenceSilentVole.expandHolder(dealt.holder));
      const check = { ...dealt.holderCheck, masked };
      const answer = finish(answerCheck(referenceSilentVole, { ...dealt.holder, k }, check));
      expect(equalBytes(answer, expected)).toBe(passes);
      expect(toHex(c) === toHex(vectorOf(field, a, dealt.delta, k))).toBe(passes);
    }
  });

  it('a holder that has spoilt its trees passes with the rows that this makes of its own, and has those then', () => {
    const { plan, dealt, receiver } = dealtCheck(field);
    const part = plan.treeMessageBytes / TREES;
    const treeMessage = [0, part - 1, 3 * part - 1].reduce(flipped, receiver.treeMessage);
    const own = { ...receiver, treeMessage };
    const { a, c, masked, expected } = finish(expandChecked(referenceSilentVole, own, dealt.receiverCheck));
    const k = vectorOf(field, a, dealt.delta, c);
    expect(toHex(k)).not.toBe(toHex(finish(referenceSilentVole.expandHolder(dealt.holder)).k));
    const check = { ...dealt.holderCheck, masked };
    expect(finish(answerCheck(referenceSilentVole, { ...dealt.holder, k }, check))).toEqual(expected);
    const other = flipped(k, 16 * 200);
    expect(finish(answerCheck(referenceSilentVole, { ...dealt.holder, k: other }, check))).not.toEqual(expected);
  });

  it('expandChecked gives the vectors that expandReceiver gives', () => {
    const { dealt, receiver } = dealtCheck(field);
    const { a, c } = finish(expandChecked(referenceSilentVole, receiver, dealt.receiverCheck));
    expect({ a, c }).toEqual(finish(referenceSilentVole.expandReceiver(receiver)));
  });

  it('expandChecked rejects a holder that sent another correction, or another row that the receiver reads', () => {
    const { plan, dealt } = dealtCheck(field);
    const part = plan.treeMessageBytes / TREES;
    const choices = dealt.receiver.choices;
    for (let tree = 0; tree < TREES; tree++) {
      const tau = (tree + 1) * part - 16;
      expect(accepts(field, { treeMessage: (message) => flipped(message, tau) })).toBe(false);
      for (const [number, { messageAt, bit }] of plan.tree.transfers.entries()) {
        const read = messageAt + (choices[tree * plan.tree.pathBits + number] << bit);
        const at = tree * part + 16 * read;
        expect(accepts(field, { treeMessage: (message) => flipped(message, at) })).toBe(false);
      }
    }
  });

  it('expandChecked cannot see a row that the receiver has no key for: that much a cheating holder learns', () => {
    const { plan, dealt } = dealtCheck(field);
    for (const [number, { messageAt, bit }] of plan.tree.transfers.entries()) {
      const unread = messageAt + ((1 - dealt.receiver.choices[number]) << bit);
      expect(accepts(field, { treeMessage: (message) => flipped(message, 16 * unread) })).toBe(true);
    }
  });

  it('expandChecked rejects a holder that answers with another Delta, base VOLE, seed, row, challenge or masked value', () => {
    const { dealt } = dealtCheck(field);
    const { holder, holderCheck } = dealt;
    const wrong: readonly Changes[] = [
      { answer: { delta: flipped(holderCheck.delta, 15) } },
      { answer: { baseK: flipped(holderCheck.baseK, holderCheck.baseK.length - 1) } },
      { answer: { challenge: flipped(holderCheck.challenge, 31) } },
      { answer: { masked: new Uint8Array(16) } },
      { holder: { seed: flipped(holder.seed, 0) } },
      { holder: { context: flipped(holder.context, 0) } },
      { k: (k) => flipped(k, 0) },
      { k: (k) => flipped(k, k.length - 1) },
    ];
    for (const changes of wrong) expect(accepts(field, changes)).toBe(false);
  });

  it('expandChecked hides what it weighs: its masked value shifts with the base VOLE', () => {
    const { dealt, receiver } = dealtCheck(field);
    const prepare = (baseA: Uint8Array): Uint8Array =>
      finish(expandChecked(referenceSilentVole, receiver, { ...dealt.receiverCheck, baseA })).masked;
    const { baseA } = dealt.receiverCheck;
    const shifted = prepare(flipped(baseA, 9));
    expect(shifted).toEqual(flipped(prepare(baseA), 9));
  });
});

describe('the check of a VOLE', () => {
  it('a holder that is right for half of the leaves only passes exactly where the noise is among them', () => {
    // One wrong sum on the last level spoils all leaves of its index but for a receiver that does not know this sum.
    const { plan, dealt, receiver } = dealtCheck('gf128');
    const part = plan.treeMessageBytes / TREES;
    const leaves = puncturedLeaves(plan, receiver.choices);
    const top = plan.tree.transfers[plan.tree.wideTransfer];
    for (const half of [0, 1]) {
      // The rows for this half, tree after tree: whoever's noise is in the other half reads them.
      for (let tree = 0; tree < TREES; tree++) {
        const at = tree * part + 16 * (top.messageAt + half * 8);
        const passes = accepts('gf128', { treeMessage: (message) => flipped(message, at) });
        expect(passes).toBe(((leaves[tree] >> 3) & 1) === half);
      }
    }
    expect(dealt.receiver.choices).toHaveLength(plan.otCount);
  });

  it('expandChecked and answerCheck refuse inputs of a wrong length', () => {
    const { dealt, receiver } = dealtCheck('gf64');
    const { receiverCheck, holderCheck, holder } = dealt;
    for (const key of ['challenge', 'baseA', 'baseC'] as const) {
      const check = { ...receiverCheck, [key]: receiverCheck[key].slice(1) };
      expect(() => finish(expandChecked(referenceSilentVole, receiver, check))).toThrow(RangeError);
    }
    const whole = { ...holderCheck, masked: new Uint8Array(16) };
    for (const key of ['challenge', 'delta', 'baseK', 'masked'] as const) {
      const check = { ...whole, [key]: whole[key].slice(1) };
      const k = new Uint8Array(16 * holder.plan.length);
      expect(() => finish(answerCheck(referenceSilentVole, { ...holder, k }, check))).toThrow(RangeError);
      const own = { ...holder, k: k.slice(1) };
      expect(() => finish(answerCheck(referenceSilentVole, own, whole))).toThrow(RangeError);
    }
    expect(CHALLENGE_BYTES).toBe(32);
  });
});
