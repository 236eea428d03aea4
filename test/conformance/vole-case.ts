/** Cases of `vole`: length, field and security vary; nobody brings anything, so that only randomness does. */
import { expect } from 'vitest';
import {
  createVole,
  noBaseOtStore,
  type VoleInput,
  type VoleOutput,
  type VoleParameters,
} from '../../protocols/vole/index.ts';
import { fieldBytes } from '../../src/crypto/gf2.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { brokenRows } from '../support/gf2-oracle.ts';
import type { Disagreement, ProtocolCase } from './protocol-case.ts';

export type VoleCase = ProtocolCase<VoleParameters, VoleInput, VoleInput, VoleOutput>;

const RECEIVER = partyId('bank-a');
const HOLDER = partyId('bank-b');

export function voleCase(settings: Pick<VoleParameters, 'length' | 'field' | 'security'>): VoleCase {
  const parameters: VoleParameters = { receiver: RECEIVER, holder: HOLDER, ...settings };
  const run = (): ReturnType<VoleCase['run']> => ({
    parameters,
    inputs: new Map([
      [RECEIVER, {}],
      [HOLDER, {}],
    ]),
    initiator: HOLDER,
  });
  return {
    name: `vole, ${settings.length} rows over ${settings.field}, ${settings.security}`,
    protocol: createVole(noBaseOtStore),
    slow: false,
    run,
    expect(outputs) {
      expectShape(outputs, parameters);
      const [received, held] = [outputs.get(RECEIVER), outputs.get(HOLDER)];
      if (received?.kind !== 'received' || held?.kind !== 'held') return;
      expect(brokenRows(received, held, fieldBytes(parameters.field))).toEqual([]);
    },
    expectComplete: (outputs) => expectShape(outputs, parameters),
    equalLeakage: () => [
      { name: 'once', run: run() },
      { name: 'again', run: run() },
    ],
    disagreements: () => disagreements(parameters),
    secrets: () => new Map(),
  };
}

function expectShape(outputs: ReadonlyMap<PartyId, VoleOutput>, { length, field }: VoleParameters): void {
  for (const [party, output] of outputs) {
    expect(output.kind, party).toBe(party === RECEIVER ? 'received' : 'held');
    const lengths =
      output.kind === 'received' ? [output.a.length, output.c.length] : [output.delta.length, output.k.length];
    expect(lengths).toEqual(output.kind === 'received' ? [fieldBytes(field) * length, 16 * length] : [16, 16 * length]);
  }
}

function disagreements(parameters: VoleParameters): readonly Disagreement<VoleParameters>[] {
  const { receiver, holder, length, field, security } = parameters;
  const differ = (
    name: keyof VoleParameters,
    change: Partial<VoleParameters>,
    reportedAs: readonly string[] = [`parameters.${name}`],
  ): Disagreement<VoleParameters> => ({
    field: name,
    parameters: { ...parameters, ...change },
    reportedAs,
    value: JSON.stringify(change[name]),
  });
  return [
    differ('receiver', { receiver: holder, holder: receiver }, ['parameters.receiver', 'parties', 'keys', 'roles']),
    differ('length', { length: length + 7777 }),
    differ('field', { field: field === 'gf64' ? 'gf128' : 'gf64' }),
    differ('security', { security: security === 'malicious' ? 'semi-honest' : 'malicious' }),
  ];
}

/** Base VOLEs alone, and trees; each with and without checks. */
export const voleCases: readonly VoleCase[] = [
  voleCase({ length: 20, field: 'gf64', security: 'semi-honest' }),
  voleCase({ length: 20, field: 'gf128', security: 'malicious' }),
  voleCase({ length: 4096, field: 'gf64', security: 'semi-honest' }),
  voleCase({ length: 4096, field: 'gf64', security: 'malicious' }),
];
