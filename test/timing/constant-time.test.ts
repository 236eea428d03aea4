/** Secrets must not show in times; leak-test.ts says how it is asked, and what this cannot see. */
import { describe, expect, it } from 'vitest';
import { generateField25519Fma } from '../../src/kernels/field25519-fma-generator.mjs';
import { ristretto255FmaWasm } from '../../src/kernels/generated/ristretto255-fma-wasm.ts';
import { ristretto255Wasm } from '../../src/kernels/generated/ristretto255-wasm.ts';
import { x25519FmaWasm } from '../../src/kernels/generated/x25519-fma-wasm.ts';
import { x25519Wasm } from '../../src/kernels/generated/x25519-wasm.ts';
import { groupFromModule } from '../../src/kernels/ristretto255.ts';
import { x25519FromModule } from '../../src/kernels/x25519.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { assemble, readAssembly } from '../support/compile-assembly.ts';
import { allowRelaxedSimd } from '../support/relaxed-simd.ts';
import { describeBatches, leaks, testForLeak, type TimingTarget } from './leak-test.ts';
import { andTarget, leakyAnd, multiplyBaseTarget, multiplyTarget, productTarget, x25519Target } from './targets.ts';

allowRelaxedSimd();

const SEED = 'constant-time';
const MEASUREMENTS = process.env['BLINDFLAG_LONG'] === undefined ? 4_000 : 100_000;

function required<T>(loaded: T | undefined): T {
  if (loaded === undefined) throw new Error('Cannot test timing: this engine does not run the kernel');
  return loaded;
}

/** The kernel of `entry` on fused multiply-add, with one text of a file replaced. */
async function withShortcut(entry: string, file: string, from: string, to: string): Promise<string> {
  const text = readAssembly(file);
  expect(text).toContain(from);
  const module = await assemble(entry, {
    'limbs25519.ts': readAssembly('limbs25519-fma.ts'),
    'generated/field25519-fma-unrolled.ts': generateField25519Fma(),
    [file]: text.replace(from, to),
  });
  return Buffer.from(module).toString('base64');
}

const TARGETS: readonly TimingTarget[] = [
  ...[
    ['wasm-fma', ristretto255FmaWasm],
    ['wasm-simd', ristretto255Wasm],
  ].flatMap(([name, module]) => {
    const group = required(groupFromModule(module));
    return [multiplyTarget(name, group), multiplyBaseTarget(name, group)];
  }),
  x25519Target('wasm-fma', required(x25519FromModule(x25519FmaWasm))),
  x25519Target('wasm-simd', required(x25519FromModule(x25519Wasm))),
  andTarget('JavaScript'),
  productTarget('JavaScript'),
];

const CONTROLS: readonly (readonly [name: string, () => Promise<TimingTarget>])[] = [
  [
    'a multiplication that skips zero digits',
    async () => {
      const add = '  addCached(r, r, selected, withT);';
      const skipping = `  if (v128.any_true(v128.load(at + 16 * i))) addCached(r, r, selected, withT);`;
      const module = await withShortcut('ristretto255.ts', 'edwards25519.ts', add, skipping);
      return multiplyTarget('leaky', required(groupFromModule(module)));
    },
  ],
  [
    'a ladder that swaps only where bits differ',
    async () => {
      const swap = '    swapWhere(v128.xor(swapped, wanted));';
      const branching = '    if (v128.any_true(v128.xor(swapped, wanted))) swapWhere(v128.xor(swapped, wanted));';
      const module = await withShortcut('x25519.ts', 'x25519.ts', swap, branching);
      return x25519Target('leaky', required(x25519FromModule(module)));
    },
  ],
  ['an AND that skips zero words', async () => andTarget('leaky', leakyAnd)],
];

describe(`testForLeak (${MEASUREMENTS} measurements, seed ${SEED})`, () => {
  it.each(CONTROLS)('finds the leak of %s', async (_name, build) => {
    const batches = testForLeak(await build(), { measurements: MEASUREMENTS, rng: insecureSeededRng(SEED) });
    expect(leaks(batches), describeBatches(batches)).toBe(true);
  });

  it.each(TARGETS.map((target) => [target.name, target] as const))('finds no leak in %s', (_name, target) => {
    const batches = testForLeak(target, { measurements: MEASUREMENTS, rng: insecureSeededRng(SEED, target.name) });
    expect(leaks(batches), describeBatches(batches)).toBe(false);
  });
});
