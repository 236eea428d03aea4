/** Expansion of a silent VOLE by itself: trees and code, one party at a time, with base VOLEs and transfers from a dealer. */
import { equalBytes } from '../../src/crypto/bytes.ts';
import { scaleRows, type VoleField } from '../../src/crypto/gf2.ts';
import { referenceSilentVole } from '../../src/crypto/reference-expansion.ts';
import type { HolderOutput, ReceiverOutput, SilentVole } from '../../src/crypto/silent-vole.ts';
import { silentVolePlan } from '../../src/crypto/silent-vole-plan.ts';
import { finish } from '../../src/crypto/steps.ts';
import { gf2Kernel } from '../../src/kernels/gf2.ts';
import { silentVoleKernel } from '../../src/kernels/silent-vole.ts';
import { type DealtVole, insecureDealtVole } from '../../src/testing/dealt-vole.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, type PreparedCase, ran, requireResult } from '../bench-case.ts';

interface Size {
  readonly field: VoleField;
  readonly length: number;
}

type Party = 'holder' | 'receiver';
type Engine = 'reference' | 'kernel';

const PARTIES: readonly Party[] = ['holder', 'receiver'];
/** A list of 2^16. */
const SMALL: Size = { field: 'gf64', length: 2 ** 16 };
/** Bins for a list of 100,000, and columns for one of 2^20. */
const LARGE: readonly Size[] = [
  { field: 'gf128', length: 130_000 },
  { field: 'gf64', length: Math.ceil(1.1 * 2 ** 20) },
];

export const voleCases: readonly BenchCase[] = PARTIES.flatMap((party) => [
  voleCase('reference', party, SMALL),
  { ...voleCase('kernel', party, SMALL), baseline: caseId('reference', party, SMALL) },
  ...LARGE.map((size): BenchCase => ({ ...voleCase('kernel', party, size), selection: 'default' })),
]);

function caseId(engine: Engine, party: Party, { field, length }: Size): string {
  return `vole/expand-${party}/${engine}-${field}-${length}`;
}

function voleCase(engine: Engine, party: Party, size: Size): BenchCase {
  return {
    id: caseId(engine, party, size),
    securityModel:
      'semi-honest; LPN for an expand-convolute code, noise weight 256; dealer for base VOLEs and transfers',
    unit: 'row',
    items: size.length,
    kind: 'macro',
    repetitions: 9,
    selection: 'short',
    setUp: () => Promise.resolve(prepare(engine === 'kernel' ? silentVoleKernel() : referenceSilentVole, party, size)),
  };
}

function prepare(vole: SilentVole, party: Party, { field, length }: Size): PreparedCase {
  const plan = silentVolePlan(length, field);
  const dealt = insecureDealtVole(plan, insecureSeededRng('bench', 'vole', length));
  const holder = (): HolderOutput => finish(vole.expandHolder(dealt.holder));
  const { treeMessage } = finish(silentVoleKernel().expandHolder(dealt.holder));
  const receiver = (): ReceiverOutput => finish(vole.expandReceiver({ ...dealt.receiver, treeMessage }));
  let held: HolderOutput | undefined;
  let received: ReceiverOutput | undefined;
  return {
    run() {
      if (party === 'holder') held = holder();
      else received = receiver();
    },
    check() {
      const [own, other] = [party === 'holder' ? ran(held) : holder(), party === 'holder' ? receiver() : ran(received)];
      requireResult(holds(dealt, field, own, other), 'C = A Delta + K');
    },
    facts: () => ({ bytes: plan.treeMessageBytes }),
  };
}

function holds({ delta }: DealtVole, field: VoleField, { k }: HolderOutput, { a, c }: ReceiverOutput): boolean {
  const sum = finish(scaleRows(gf2Kernel(), { field, rows: a, delta }));
  for (let i = 0; i < sum.length; i++) sum[i] ^= k[i];
  return equalBytes(sum, c);
}
