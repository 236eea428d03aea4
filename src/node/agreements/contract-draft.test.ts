import { describe, expect, it } from 'vitest';
import { PUBLIC_KEYS, type RawConfig, rawConfig, testQuestion } from '../../../test/support/consortium-of-nodes.ts';
import { overlapKind, overlapTerms } from '../../../test/support/overlap-of-nodes.ts';
import { FRAME, underContract } from '../../../test/support/signed-question.ts';
import { decodeContractFile, encodeContractFile } from '../../governance/contract-codec.ts';
import { partyId } from '../../kit/party.ts';
import { parseConfig } from '../config/config.ts';
import { draftContract, isDeclared, staleLine } from './contract-draft.ts';
import { heldList } from '../lists/datasets.ts';
import type { QuestionTerms } from '../config/node-config.ts';
import type { QuestionKind } from '../questions/question.ts';
import { loadRulesOf } from '../questions/question-identifiers.ts';

type Change = Readonly<Record<string, unknown>> & { readonly identifier?: readonly ['phone'] };

/** The identifiers are set behind the configuration, whose lists have those of accounts. */
function flagTerms({ identifier, ...change }: Change = {}): QuestionTerms {
  const raw = rawConfig('bank-a');
  underContract(raw);
  raw.allow = [];
  Object.assign(raw.questions[0], change);
  const terms = parseConfig(JSON.stringify(raw), 'node.json').questions[0];
  return identifier === undefined ? terms : { ...terms, identifier };
}

function overlap({ identifier, ...change }: Change = {}): QuestionTerms {
  const raw: RawConfig = rawConfig('bank-a');
  const columns = [{ name: 'risk', bytes: 4 }];
  const terms = overlapTerms({ mode: 'receiver', columns });
  raw.questions.push({ ...terms, agreement: 'signed', askers: ['bank-a', 'bank-d'], ...change });
  const made = parseConfig(JSON.stringify(raw), 'node.json').questions[1];
  return identifier === undefined ? made : { ...made, identifier };
}

const agreed = (terms: QuestionTerms): Parameters<typeof draftContract>[0] => {
  const kind: QuestionKind = terms.protocol === 'flag' ? testQuestion : overlapKind;
  return { terms, kind, publicKeys: PUBLIC_KEYS };
};

/** Runs below it have other tables. */
const LARGE = { smallest: 64, asker: 1024, holdings: 1024 };

const ALL = ['receiver-learns-row-level-overlap', 'receiver-learns-payload-columns', 'holder-learns-row-level-overlap'];

/** Every term of a configured question with another value, and the line of the contract that says it, where that is one. */
const FLAG: readonly (readonly [term: string, value: unknown, line?: string])[] = [
  ['name', 'other', 'question'],
  ['askers', ['bank-a', 'bank-b', 'bank-c']],
  ['contributors', ['bank-a', 'bank-c', 'bank-b', 'bank-d']],
  ['committee', ['bank-d', 'bank-c', 'bank-b']],
  ['quorum', 3, 'output.quorum'],
  ['score', { threshold: 151, max: 255 }, 'output.score.threshold'],
  ['buckets', { smallest: 128, asker: 256, evidence: 256 }],
  ['duplicates', 'sum', 'output.duplicates'],
  ['identifier', ['phone'], 'identifiers.0'],
  ['ttlDays', 30, 'output.ttlDays'],
  ['purpose', 'something else', 'purpose'],
  ['acknowledged', ['asker-is-committee-member']],
];
const OVERLAP: typeof FLAG = [
  ['name', 'other', 'question'],
  ['askers', ['bank-a']],
  ['holders', ['bank-c', 'bank-b']],
  ['mode', 'both'],
  ['columns', [{ name: 'risk', bytes: 5 }], 'output.columns.0.bytes'],
  ['buckets', { smallest: 64, asker: 512, holdings: 256 }],
  ['duplicates', 'reject', 'output.duplicates'],
  ['smallestBatch', 33, 'output.smallestBatch'],
  ['identifier', ['phone'], 'identifiers.0'],
  ['ttlDays', 30, 'output.ttlDays'],
  ['purpose', 'something else', 'purpose'],
  ['acknowledged', ALL.slice(0, 2)],
];

describe('staleLine', () => {
  it.each([
    ['flag', flagTerms(), FLAG, (change: object) => flagTerms({ acknowledged: DISCLOSED, ...change })],
    ['overlap', overlap(), OVERLAP, (change: object) => overlap({ acknowledged: ALL, ...change })],
  ] as const)(
    'names the line for every term of a %s question that differs',
    async (_protocol, plain, changes, make) => {
      const before = make({});
      await loadRulesOf([{ identifier: ['phone'] }, before]);
      const contract = draftContract(agreed(before), FRAME);
      expect(staleLine(agreed(before), contract)).toBeUndefined();
      // What is no term of a run, and what says which kind of terms they are.
      const terms = new Set([...Object.keys(plain), 'identifier', ...(plain.protocol === 'flag' ? ['committee'] : [])]);
      for (const name of ['protocol', 'agreement']) terms.delete(name);
      expect(new Set(changes.map(([term]) => term))).toEqual(terms);
      const found = changes.map(([term, value]) => [term, staleLine(agreed(make({ [term]: value })), contract)]);
      const named = found.filter(([, line]) => line === undefined);
      expect(named).toEqual([]);
      // The whole path, where the change moves nothing else.
      for (const [term, , line] of changes) {
        if (['askers', 'contributors', 'holders', 'committee', 'acknowledged', 'mode', 'buckets'].includes(term))
          continue;
        expect(found.find(([name]) => name === term)?.[1], term).toBe(line);
      }
    },
  );

  it('names the key of a party whose card is another one', () => {
    const contract = draftContract(agreed(flagTerms()), FRAME);
    const publicKeys = new Map(
      [...PUBLIC_KEYS].map(([name, key]) => [name, name === 'bank-c' ? key.toReversed() : key]),
    );
    expect(staleLine({ ...agreed(flagTerms()), publicKeys }, contract)).toBe('parties.2.key');
  });

  it('holds a contract that went through its file', () => {
    for (const terms of [flagTerms(), overlap()]) {
      const contract = draftContract(agreed(terms), FRAME);
      const read = decodeContractFile(encodeContractFile({ contract, signatures: [] })).contract;
      expect(staleLine(agreed(terms), read)).toBeUndefined();
    }
  });
});

/** What all changes together need to be acknowledged, so that one term is changed at a time. */
const DISCLOSED = ['positive-answer-names-all-contributors', 'asker-is-committee-member'];

describe('draftContract', () => {
  it('has a party that only computes sign as well, and reads nothing of it', () => {
    const terms = flagTerms({
      askers: ['bank-a'],
      contributors: ['bank-a', 'bank-b', 'bank-c'],
      committee: ['bank-b', 'bank-c', 'bank-d'],
      acknowledged: ['positive-answer-names-all-contributors'],
    });
    const { parties, inputs } = draftContract(agreed(terms), FRAME);
    expect(parties.map(({ inst, roles }) => [inst, ...roles])).toEqual([
      ['bank-a', 'asker'],
      ['bank-b', 'contributor', 'member'],
      ['bank-c', 'contributor', 'member'],
      ['bank-d', 'member'],
    ]);
    expect(inputs.map(({ inst }) => inst)).not.toContain('bank-d');
  });

  it('refuses more pairs than a person reads, before it plans any', () => {
    const parties = Array.from({ length: 21 }, (_, k) => partyId(`bank-${k}`));
    const terms = { ...overlap(), askers: parties, holders: parties };
    expect(() => draftContract(agreed(terms), FRAME)).toThrow('more than 400 pairs');
  });
});

describe('isDeclared', () => {
  it('holds for a run of any size under the contract, and not for one that gives away more', () => {
    const terms = overlap();
    const contract = draftContract(agreed(terms), FRAME);
    const asker = terms.askers?.[0];
    if (asker === undefined || terms.protocol !== 'overlap') throw new Error('no asker');
    for (const items of [32, 64, 200, 256]) {
      const planned = overlapKind.plan(terms, { asker, items, peer: terms.holders[0] });
      expect(isDeclared(planned, contract)).toBe(true);
      const leak = { to: asker, learns: 'something that nobody agreed on' };
      expect(isDeclared({ leakage: [...planned.leakage, leak] }, contract)).toBe(false);
    }
    const fewer = { ...contract, leakage: contract.leakage.slice(1) };
    expect(isDeclared(overlapKind.plan(terms, { asker, items: 64, peer: terms.holders[0] }), fewer)).toBe(false);
  });

  it('holds where a run says a smaller number of accounts than the contract, and not where it says a larger one', () => {
    const contract = draftContract(agreed(overlap()), FRAME);
    const said = (...counts: readonly number[]): Pick<typeof contract, 'leakage'> => ({
      leakage: [{ to: 'bank-a', learns: `of 3: ${counts.map((count) => `up to ${count} accounts`).join(' or ')}` }],
    });
    const signed = { ...contract, ...said(256, 459) };
    for (const [run, isIn] of [
      [said(256, 459), true],
      [said(99, 100), true],
      [said(257, 459), false],
      [said(256, 460), false],
      [said(1000, 100), false],
      [said(256), false],
      [said(256, 459, 1), false],
    ] as const) {
      expect(isDeclared(run, signed), run.leakage[0].learns).toBe(isIn);
    }
    // No other number, and nobody else.
    const [{ to, learns }] = said(256, 459).leakage;
    expect(isDeclared({ leakage: [{ to, learns: learns.replace('of 3', 'of 2') }] }, signed)).toBe(false);
    expect(isDeclared({ leakage: [{ to: 'bank-b', learns }] }, signed)).toBe(false);
  });

  it('holds for runs of any size of both questions as they are, whose numbers of accounts differ', () => {
    const vole = overlap({ columns: [], acknowledged: ['receiver-learns-row-level-overlap'], buckets: LARGE });
    for (const [terms, kind] of [
      [vole, overlapKind],
      [flagTerms(), testQuestion],
    ] as const) {
      const contract = draftContract(agreed(terms), FRAME);
      const asker = terms.askers?.[0];
      if (asker === undefined) throw new Error('no asker');
      const peers = kind.peers(terms, asker);
      const peer = peers === 'all' ? undefined : peers[0];
      const statements = [64, 100, terms.buckets.asker].map((items) => {
        const planned = kind.plan(terms, { asker, items, peer });
        expect(isDeclared(planned, contract)).toBe(true);
        return planned.leakage.map(({ learns }) => learns).join();
      });
      expect(new Set(statements).size).toBeGreaterThan(1);
    }
  });
});

describe('columns of a contract', () => {
  it('are those that the node reads of its lists, and no others', () => {
    const raw = rawConfig('bank-b');
    underContract(raw);
    const payload = { risk: 'their risk', other: 'their other' };
    const columns = { account: 'account', payload };
    raw.datasets['holdings'] = { type: 'csv', file: 'holdings.csv', columns, identifier: 'plain' };
    const { datasets } = parseConfig(JSON.stringify(raw), 'node.json');
    for (const terms of [flagTerms(), flagTerms({ score: undefined }), overlap(), overlap({ columns: [] })]) {
      const contract = draftContract(agreed(terms), FRAME);
      const agreedOn = contract.inputs.find(({ inst, dataset }) => inst === 'bank-b' && dataset !== 'accounts');
      const bank = contract.parties.find(({ inst }) => inst === 'bank-b')?.inst;
      const list = bank === undefined ? undefined : heldList(datasets, terms, { party: bank });
      const { payload: given, ...read } = list?.options.columns ?? { account: '' };
      const names = [...Object.keys(read), ...Object.keys(given ?? {})].filter((name) => name !== 'payload');
      expect(names.toSorted()).toEqual([...(agreedOn?.columns ?? [])].toSorted());
      expect(list?.dataset).toBe(agreedOn?.dataset);
    }
  });
});
