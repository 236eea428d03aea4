import { describe, expect, it } from 'vitest';
import { asBytes, asWords, equalBytes } from '../crypto/bytes.ts';
import { referenceChaCha20 } from '../crypto/chacha20.ts';
import { finish } from '../crypto/steps.ts';
import { DELTA_BITS, type FoldInput, HALF_COLUMNS, referenceFolds, type StreamFolds } from '../crypto/subfield-vole.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { streamFoldsWasm } from './generated/stream-folds-wasm.ts';
import { streamFoldsFromModule, streamFoldsKernel } from './stream-folds.ts';

const SEED = 'stream-folds';
const reference = referenceFolds(referenceChaCha20);

function inputOf(depth: number, columnBytes: number): FoldInput {
  const rng = insecureSeededRng(SEED, depth, columnBytes);
  return { depth, columnBytes, keys: rng((DELTA_BITS / depth) * 2 ** depth * 32) };
}

function corrected(input: FoldInput): FoldInput {
  const rng = insecureSeededRng(SEED, 'correction', input.depth, input.columnBytes);
  const delta = rng(DELTA_BITS).map((byte) => byte & 1);
  const received = asWords(rng((DELTA_BITS / input.depth) * input.columnBytes));
  return { ...input, correction: { delta, received } };
}

const folded = (folds: StreamFolds, input: FoldInput): readonly Uint8Array[] => {
  const { sums, columns } = finish(folds.fold(input));
  return [asBytes(sums), asBytes(columns)];
};

/** Whether all but the sums of a corrected fold, which are of no use, are the same. */
function agree(folds: StreamFolds, input: FoldInput): boolean {
  const [own, expected] = [folds, reference].map((one) => folded(one, input));
  return own.every((bytes, k) => (k === 0 && input.correction !== undefined) || equalBytes(bytes, expected[k]));
}

describe('streamFoldsKernel', () => {
  // A word, parts of a block and of four, a chunk and its neighbours, several chunks.
  it.each([4, 60, 64, 252, 260, 4092, 4096, 4100, 9016])('fold equals the reference for %i bytes', (bytes) => {
    expect(agree(streamFoldsKernel(), inputOf(4, bytes))).toBe(true);
    expect(agree(streamFoldsKernel(), corrected(inputOf(4, bytes)))).toBe(true);
  });

  it.each([1, 2, 8])('fold equals the reference at depth %i', (depth) => {
    expect(agree(streamFoldsKernel(), corrected(inputOf(depth, 72)))).toBe(true);
  });

  it('fold gives other columns where a bit of keys, Delta or what was received is another', () => {
    const input = corrected(inputOf(4, 8));
    const [, expected] = folded(streamFoldsKernel(), input);
    const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, k) => (k === at ? byte ^ 1 : byte));
    const { delta, received } = input.correction ?? { delta: new Uint8Array(0), received: new Uint32Array(0) };
    const at = delta.indexOf(1);
    const changed = [
      { ...input, keys: flip(input.keys, 0) },
      { ...input, correction: { delta: flip(delta, at), received } },
      { ...input, correction: { delta, received: asWords(flip(asBytes(received), 8 * Math.floor(at / 4))) } },
    ];
    for (const other of changed) expect(folded(streamFoldsKernel(), other)[1]).not.toEqual(expected);
  });

  // One element, a part and its neighbours, more than there is between two pauses.
  it.each([8, 1016, 1024, 1032, 20_000])('evaluateAtX equals the reference for %i bytes', (bytes) => {
    const columns = asWords(insecureSeededRng(SEED, 'columns', bytes)(HALF_COLUMNS * bytes));
    for (const own of [columns, columns.map(() => 0xffff_ffff)]) {
      expect(finish(streamFoldsKernel().evaluateAtX(own))).toEqual(finish(reference.evaluateAtX(own)));
    }
  });

  it('fold takes turns with another one', () => {
    const inputs = [0, 1].map((k) => corrected(inputOf(4, 8192 + 8 * k)));
    const expected = inputs.map((input) => folded(streamFoldsKernel(), input)[1]);
    const runs = inputs.map((input) => streamFoldsKernel().fold(input));
    let ends = runs.map((run) => run.next());
    let turns = 0;
    for (; ends.some(({ done }) => done !== true); turns++) {
      ends = ends.map((end, k) => (end.done === true ? end : runs[k].next()));
    }
    expect(turns).toBeGreaterThan(1);
    const same = ends.map(({ value }, k) => value !== undefined && equalBytes(asBytes(value.columns), expected[k]));
    expect(same).toEqual([true, true]);
  });
});

describe('streamFoldsFromModule', () => {
  it('streamFoldsFromModule gives the kernel that runs here', () => {
    expect(streamFoldsFromModule(streamFoldsWasm)).toBeDefined();
  });

  it('streamFoldsFromModule gives nothing for a module that is cut off, or that reduces by another polynomial', () => {
    expect(streamFoldsFromModule(streamFoldsWasm.slice(0, 400))).toBeUndefined();
    // x^4 + x^3 + x + 1 as a constant of two 64-bit lanes.
    const wrong = atob(streamFoldsWasm).replaceAll(`\x1b${'\0'.repeat(7)}`, `\x1d${'\0'.repeat(7)}`);
    expect(wrong === atob(streamFoldsWasm)).toBe(false);
    expect(streamFoldsFromModule(btoa(wrong))).toBeUndefined();
  });
});
