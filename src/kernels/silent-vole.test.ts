import { describe, expect, it } from 'vitest';
import { brokenRows } from '../../test/support/gf2-oracle.ts';
import { toHex } from '../crypto/bytes.ts';
import { fieldBytes, type VoleField } from '../crypto/gf2.ts';
import { hashTuple } from '../crypto/hash.ts';
import { referenceSilentVole } from '../crypto/reference-expansion.ts';
import type { Rng } from '../crypto/rng.ts';
import type { SilentVole } from '../crypto/silent-vole.ts';
import { planWithTrees, silentVolePlan, type SilentVolePlan } from '../crypto/silent-vole-plan.ts';
import { finish } from '../crypto/steps.ts';
import { answerCheck, expandChecked } from '../crypto/vole-check.ts';
import { insecureDealtVole } from '../testing/dealt-vole.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { silentVoleWasm } from './generated/silent-vole-wasm.ts';
import { passesVoleSelfTest, selfTestDigest } from './silent-vole-self-test.ts';
import { silentVoleFromModule, silentVoleKernel } from './silent-vole.ts';

const SEED = 'silent-vole-kernel';

/** What both must agree on: name, plan, randomness. */
const CASES: readonly (readonly [name: string, plan: SilentVolePlan, rng: Rng])[] = [
  ...([1, 7, 8, 9, 300, 1001] as const).map((length) =>
    random(`${length} rows of 3 trees`, planWithTrees(length, 'gf64', 3)),
  ),
  random('one tree', planWithTrees(50, 'gf128', 1)),
  // The border between rows and the code's part falls into a tree; between two; chunks of the public stream are crossed.
  random('an odd number of trees', planWithTrees(3000, 'gf128', 5)),
  random('rows that end with a tree', planWithTrees(1024, 'gf64', 4)),
  random('long trees', planWithTrees(4500, 'gf64', 2)),
  random('the smallest plan and a row', silentVolePlan(4097, 'gf64')),
  ['all zeros', planWithTrees(100, 'gf128', 3), (length) => new Uint8Array(length)],
  ['all ones', planWithTrees(100, 'gf64', 3), (length) => new Uint8Array(length).fill(255)],
];

function random(name: string, plan: SilentVolePlan): readonly [string, SilentVolePlan, Rng] {
  return [name, plan, insecureSeededRng(SEED, name)];
}

/** Digests: comparing long arrays element by element takes longer than making them. */
function digestsOf(outputs: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(Object.entries(outputs).map(([name, bytes]) => [name, toHex(hashTuple('output', bytes))]));
}

function outputsOf(vole: SilentVole, plan: SilentVolePlan, rng: Rng) {
  const dealt = insecureDealtVole(plan, rng);
  const { treeMessage, k } = finish(vole.expandHolder(dealt.holder));
  const receiver = { ...dealt.receiver, treeMessage };
  const { a, c } = finish(vole.expandReceiver(receiver));
  const { masked, expected, ...checked } = finish(expandChecked(vole, receiver, dealt.receiverCheck));
  const answer = finish(answerCheck(vole, { ...dealt.holder, k }, { ...dealt.holderCheck, masked }));
  const { delta } = dealt;
  return { delta, treeMessage, k, a, c, checkedA: checked.a, checkedC: checked.c, masked, expected, answer };
}

/** Draws once what two computations are to have alike. */
function repeatable(rng: Rng): () => Rng {
  const drawn: Uint8Array[] = [];
  return () => {
    let at = 0;
    return (length) => (drawn[at++] ??= rng(length)).slice();
  };
}

describe('silentVoleKernel', () => {
  it.each(CASES)(`silentVoleKernel equals the reference for %s (seed ${SEED})`, (_name, plan, rng) => {
    const start = repeatable(rng);
    const outputs = outputsOf(silentVoleKernel(), plan, start());
    expect(digestsOf(outputs)).toEqual(digestsOf(outputsOf(referenceSilentVole, plan, start())));
    expect(outputs.answer).toEqual(outputs.expected);
    expect([toHex(outputs.checkedA), toHex(outputs.checkedC)]).toEqual([toHex(outputs.a), toHex(outputs.c)]);
    expect(brokenRows(outputs, outputs, fieldBytes(plan.field))).toEqual([]);
  });

  it.each<[VoleField, number]>([
    ['gf64', 20_001],
    ['gf128', 10_000],
  ])(`silentVoleKernel gives C = A Delta + K over %s in all of %i rows (seed ${SEED})`, (field, length) => {
    const { a, c, k, delta } = outputsOf(
      silentVoleKernel(),
      silentVolePlan(length, field),
      insecureSeededRng(SEED, length),
    );
    const width = fieldBytes(field);
    expect(brokenRows({ a, c }, { delta, k }, width)).toEqual([]);
  });

  // Around the kernel's chunks of 16,384 rows, and what it draws at once.
  it.each([0, 1, 2384, 2385, 16_384, 16_385, 40_000])(
    `silentVoleKernel weighs %i rows as the reference does (seed ${SEED})`,
    (count) => {
      const rng = insecureSeededRng(SEED, 'weigh', count);
      const key = rng(32);
      for (const rowBytes of [8, 16]) {
        const rows = rng(count * rowBytes);
        const weighed = (own: Uint8Array, vole: SilentVole): string =>
          toHex(finish(vole.weigh({ rows: own, rowBytes, key })));
        expect(weighed(rows, silentVoleKernel())).toBe(weighed(rows, referenceSilentVole));
        if (count <= 16_384) continue;
        // A row and the one a chunk later have weights of their own.
        const swapped = rows.slice();
        swapped.set(rows.subarray(0, rowBytes), 16_384 * rowBytes);
        swapped.set(rows.subarray(16_384 * rowBytes, 16_385 * rowBytes), 0);
        expect(weighed(swapped, silentVoleKernel())).not.toBe(weighed(rows, silentVoleKernel()));
      }
    },
  );

  it('silentVoleKernel and the reference refuse to weigh parts of rows, or under a short key', () => {
    for (const vole of [silentVoleKernel(), referenceSilentVole]) {
      const weigh = (bytes: number, keyBytes: number): unknown =>
        finish(vole.weigh({ rows: new Uint8Array(bytes), rowBytes: 16, key: new Uint8Array(keyBytes) }));
      expect(() => weigh(24, 32)).toThrow(RangeError);
      expect(() => weigh(32, 31)).toThrow(RangeError);
      expect(weigh(32, 32)).toEqual(new Uint8Array(16));
    }
  });

  it('silentVoleKernel keeps expansions that take turns apart', () => {
    const inputs = [0, 1].map((i) =>
      insecureDealtVole(planWithTrees(4200 + i, 'gf64', 16), insecureSeededRng(SEED, 'turns', i)),
    );
    const alone = inputs.map(({ holder }) => finish(silentVoleKernel().expandHolder(holder)));
    const runs = inputs.map(({ holder }) => silentVoleKernel().expandHolder(holder));
    const together = runs.map(() => alone[1]);
    for (let pending = runs.length; pending > 0; ) {
      for (const [i, run] of runs.entries()) {
        const step = run.next();
        if (step.done !== true || step.value === undefined) continue;
        together[i] = step.value;
        pending--;
      }
    }
    expect(together.map(({ k }) => toHex(k))).toEqual(alone.map(({ k }) => toHex(k)));
  });

  it('silentVoleKernel is unharmed by an expansion that was left off, and by one that failed', () => {
    const { holder } = insecureDealtVole(planWithTrees(5000, 'gf64', 16), insecureSeededRng(SEED, 'left off'));
    const expected = finish(silentVoleKernel().expandHolder(holder));
    const run = silentVoleKernel().expandHolder(holder);
    run.next();
    run.next();
    run.return({ treeMessage: new Uint8Array(0), k: new Uint8Array(0) });
    expect(() => finish(silentVoleKernel().expandHolder({ ...holder, seed: new Uint8Array(3) }))).toThrow(RangeError);
    expect(toHex(finish(silentVoleKernel().expandHolder(holder)).k)).toBe(toHex(expected.k));
  });
});

describe('silentVoleFromModule', () => {
  it('the self-test knows the answer of the reference', () => {
    expect(passesVoleSelfTest(referenceSilentVole)).toBe(true);
    expect(selfTestDigest(silentVoleKernel())).toBe(selfTestDigest(referenceSilentVole));
  });

  it('silentVoleFromModule gives the kernel that runs here', () => {
    expect(silentVoleKernel()).not.toBe(referenceSilentVole);
  });

  it('silentVoleFromModule gives nothing for a module that is cut off, or that has a wrong constant', () => {
    expect(silentVoleFromModule(silentVoleWasm.slice(0, 2000))).toBeUndefined();
    const bytes = Uint8Array.from(atob(silentVoleWasm), (character) => character.charCodeAt(0));
    // The reduction 0x1b of a product by x, as both lanes of a v128.const.
    const lane = [0x1b, 0, 0, 0, 0, 0, 0, 0];
    const places = [...bytes.keys()].filter((at) => [...lane, ...lane].every((byte, i) => bytes[at + i] === byte));
    expect(places.length).toBeGreaterThan(0);
    for (const at of places) bytes[at] ^= 4;
    expect(silentVoleFromModule(btoa(String.fromCharCode(...bytes)))).toBeUndefined();
  });
});
