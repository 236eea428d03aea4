import { describe, expect, it } from 'vitest';
import { PUBLIC_KEYS } from '../../../test/support/consortium-of-nodes.ts';
import { draft, signedBy } from '../../../test/support/signed-question.ts';
import { overlapKind, overlapTerms } from '../../../test/support/overlap-of-nodes.ts';
import type { Contract } from '../../governance/contract.ts';
import { decodeContractFile, encodeContractFile } from '../../governance/contract-codec.ts';
import { checkSignatures } from '../../governance/contract-signatures.ts';
import { MpcError } from '../../errors.ts';
import { insecureTestVerifier } from '../../testing.ts';
import { contractScreen } from './contract-screen.ts';
import { LANGUAGES, type Language, textsOf } from '../texts.ts';

const PLAIN_DATASET = { type: 'csv', file: 'holdings.csv', identifier: 'plain' };

const overlapDraft = (mode: 'receiver' | 'both' | 'size-only'): Contract => {
  const columns = mode === 'size-only' ? [] : [{ name: 'risk', bytes: 4 }];
  return draft({
    kind: overlapKind,
    question: 1,
    configure: (config) => {
      const payload = { risk: 'risk' };
      config.datasets['holdings'] = { ...PLAIN_DATASET, columns: { account: 'account', payload } };
      const askers = ['bank-a', 'bank-d'];
      config.questions.push({ ...overlapTerms({ mode, columns }), agreement: 'signed', askers });
    },
  });
};

/** Three institutions, one of which asks, and a helper that computes and has no data. */
const withHelper = draft({
  configure: (config) => {
    const contributors = ['bank-a', 'bank-b', 'bank-c'];
    const acknowledged = ['positive-answer-names-all-contributors'];
    const committee = ['bank-b', 'bank-c', 'bank-d'];
    Object.assign(config.questions[0], { askers: ['bank-a'], contributors, committee, acknowledged });
    config.allow = [];
  },
});

const CONTRACTS = [
  ['flag', draft()],
  ['flag with a helper', withHelper],
  ['overlap to who asks', overlapDraft('receiver')],
  ['overlap to both', overlapDraft('both')],
  ['overlap, only how many', overlapDraft('size-only')],
] as const;

/** The whole screen on one line, so that where it breaks does not matter. */
async function shown(contract: Contract, language: Language): Promise<string> {
  const file = signedBy(contract, ['bank-a']);
  const check = await checkSignatures(file, { keys: PUBLIC_KEYS, verify: insecureTestVerifier });
  return contractScreen({ file, check, staleLine: undefined, revoked: false }, textsOf(language)).replace(/\s+/g, ' ');
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Other values that a line may have; most of them do not fit its place. */
const OTHERS: readonly Json[] = [
  2,
  3,
  7,
  64,
  128,
  512,
  33,
  'bank-a',
  'bank-b',
  'bank-c',
  'other',
  'week',
  'both',
  'receiver',
  'first',
  'accounts',
  'holdings',
  'account',
  'e'.repeat(32),
  'e'.repeat(64),
  '2029-01-01T00:00:00.000Z',
];

interface Change {
  readonly path: string;
  readonly value: Json;
}

function* changed(value: Json, path = ''): Generator<Change> {
  if (typeof value !== 'object' || value === null) {
    for (const other of OTHERS) if (other !== value && typeof other === typeof value) yield { path, value: other };
    return;
  }
  if (Array.isArray(value)) {
    const entries: readonly Json[] = value;
    if (entries.length > 1) yield { path, value: entries.slice(1) };
    for (const [at, entry] of entries.entries()) {
      for (const change of changed(entry, `${path}.${at}`)) {
        yield { ...change, value: entries.map((same, k) => (k === at ? change.value : same)) };
      }
    }
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    for (const change of changed(entry, `${path}.${key}`))
      yield { ...change, value: { ...value, [key]: change.value } };
  }
}

/** What decoding takes for a contract; undefined for a change that no file may have. */
function contractOf(value: Json): Contract | undefined {
  try {
    const file = { contract: value as unknown as Contract, signatures: [] };
    return decodeContractFile(encodeContractFile(file)).contract;
  } catch (error) {
    if (error instanceof MpcError) return undefined;
    throw error;
  }
}

describe('contractScreen', () => {
  it.each(CONTRACTS)(
    'tells %s: who asks, what, from which lists, who learns, how often, until when',
    async (_what, contract) => {
      for (const language of LANGUAGES) {
        const text = await shown(contract, language);
        for (const label of Object.values(textsOf(language).contract.labels)) {
          const isPool = label === textsOf(language).contract.labels.pooled;
          if (!isPool || contract.output.type === 'bit') expect(text).toContain(label);
        }
        for (const { inst, dataset, columns } of contract.inputs) {
          for (const word of [inst, dataset, ...columns]) expect(text).toContain(word);
        }
        const separator = language === 'en' ? ', ' : '、';
        expect(text).toContain(contract.output.receivers.join(separator));
        for (const { to, learns } of contract.leakage) {
          const line = textsOf(language).node.learns(to, learns);
          expect(text.replaceAll(' ', '')).toContain(line.replaceAll(' ', ''));
        }
        for (const name of contract.disclosures) expect(text).toContain(name);
        expect(text).toContain(contract.expires);
        expect(text).toContain(contract.legalBasis);
      }
    },
  );

  it.each(CONTRACTS)(
    'shows every line of a contract (%s): whatever is changed in it shows',
    async (_what, contract) => {
      const plain = JSON.parse(JSON.stringify(contract)) as Json;
      const before = await withoutNumber(contract);
      const tried = new Set<string>();
      const same: string[] = [];
      for (const { path, value } of changed(plain)) {
        const other = tried.has(path) ? undefined : contractOf(value);
        if (other === undefined) continue;
        tried.add(path);
        const after = await withoutNumber(other);
        for (const [at, language] of LANGUAGES.entries())
          if (after[at] === before[at]) same.push(`${language} ${path}`);
      }
      expect(same).toEqual([]);
      // Lines that have one value only, and names that stand in several: no file has another there alone.
      const fixed = /^\.(?:v|suite|output\.advisory|output\.type|parties\.\d+\.inst|output\.receivers\.\d+)$/;
      expect([...leaves(plain)].filter((path) => !tried.has(path) && !fixed.test(path))).toEqual([]);
    },
  );

  it('does not tell a contract from itself', async () => {
    const [, contract] = CONTRACTS[0];
    expect(await withoutNumber({ ...contract })).toEqual(await withoutNumber(contract));
    const other = await withoutNumber({ ...contract, jobId: 'e'.repeat(32) });
    expect(other.map((text, at) => [text.includes('e'.repeat(32)), LANGUAGES[at]])).toEqual([
      [true, 'en'],
      [true, 'zh'],
    ]);
  });
});

function* leaves(value: Json, path = ''): Generator<string> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [key, entry] of Object.entries(value)) yield* leaves(entry, `${path}.${key}`);
}

/** The screens of all languages, but for the number of the contract, which shows any change. */
async function withoutNumber(contract: Contract): Promise<readonly string[]> {
  const file = { contract, signatures: [] };
  const check = await checkSignatures(file, { keys: PUBLIC_KEYS, verify: insecureTestVerifier });
  return LANGUAGES.map((language) => {
    try {
      const screen = contractScreen({ file, check, staleLine: undefined, revoked: false }, textsOf(language));
      return screen.replace(/\s+/g, ' ').replace(/(?:number |编号 )[0-9a-f ]{64,}/, '');
    } catch (error) {
      // Terms that make no run of the protocol are refused with its own words: that shows too.
      if (error instanceof MpcError) return error.message;
      throw error;
    }
  });
}
