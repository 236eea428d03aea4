/** Cases of `flag`: institutions, rule, engine and committee vary; accounts and evidence are drawn from the seed. */
import { expect } from 'vitest';
import {
  createFlag,
  type Disclosure,
  flag,
  type FlagAnswer,
  type FlagInput,
  flagParameters,
  type FlagParameters,
  type FlagProtocol,
  idealFlag,
} from '../../protocols/flag/index.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { insecureIdealOprf, insecureSeededRng, type InMemoryRun } from '../../src/testing.ts';
import type { Disagreement, ProtocolCase, Variant } from './protocol-case.ts';

export interface FlagCaseOptions {
  readonly name: string;
  readonly contributors: number;
  readonly accounts?: number;
  readonly score?: { readonly threshold: number; readonly max: number };
  /** Seats by party name; default: the first three contributors. */
  readonly committee?: readonly string[];
  readonly acknowledged?: readonly Disclosure[];
  readonly engine?: 'ideal' | 'dh' | 'vole';
}

type FlagRun = InMemoryRun<FlagParameters, FlagInput>;
type FlagOutput = FlagAnswer | undefined;
export type FlagCase = ProtocolCase<FlagParameters, FlagInput, Parameters<FlagProtocol['run']>[2], FlagOutput>;

/** One contributor's list: account and score, accounts distinct. */
type List = readonly (readonly [string, number])[];

const ASKER = 'bank-a';
const CONTRIBUTORS = ['bank-b', 'bank-c', 'bank-d', 'bank-e'];
const SMALLEST_BUCKET = 64;
const ideal = createFlag([insecureIdealOprf(insecureSeededRng('conformance')(32))]);
/** Each engine alone, and both at once where parties disagree about which to use. */
const protocols = { ideal, dh: flag, vole: flag } as const;

export function flagCase(options: FlagCaseOptions): FlagCase {
  const { engine = 'ideal', accounts: accountCount = 40 } = options;
  const names = CONTRIBUTORS.slice(0, options.contributors);
  const parameters = flagParameters({
    asker: ASKER,
    contributors: names,
    askerItems: accountCount,
    contributorItems: names.map(() => accountCount),
    smallestBucket: SMALLEST_BUCKET,
    oprf: engine,
    acknowledged: options.acknowledged ?? [],
    ...(options.score === undefined ? {} : { score: options.score }),
    ...(options.committee === undefined ? {} : { committee: options.committee }),
  });
  const maxScore = options.score?.max ?? 1;
  const own = (seed: number): readonly string[] => accountNames(seed, accountCount);
  const lists = (seed: number): readonly List[] => drawLists(seed, own(seed), names.length, maxScore);

  return {
    name: options.name,
    protocol: protocols[engine],
    slow: engine !== 'ideal',
    run: (seed) => toRun(parameters, own(seed), lists(seed)),
    expect(outputs, seed) {
      const oracle = idealFlag(
        parameters,
        own(seed),
        lists(seed).map((list) => new Map(list)),
      );
      expectOnlyAsker(outputs);
      const answer = outputs.get(parameters.asker);
      if (answer !== undefined) expect(Array.from(answer.flagged, (bit) => bit === 1)).toEqual(oracle);
    },
    expectComplete(outputs, seed) {
      expectOnlyAsker(outputs);
      const answer = outputs.get(parameters.asker);
      if (answer === undefined) return;
      expect(answer.flagged.length).toBe(own(seed).length);
      expect(answer.flagged.every((bit) => bit === 0 || bit === 1)).toBe(true);
    },
    equalLeakage: (seed) => equalLeakage(parameters, own(seed), lists(seed), maxScore),
    disagreements: () => disagreements(parameters),
    secrets: (seed) =>
      new Map([
        [parameters.asker, own(seed)],
        ...names.map((name, k) => [partyId(name), lists(seed)[k].map(([account]) => account)] as const),
      ]),
  };
}

/** Names of an unmistakable form, so that a search for them finds nothing by chance. */
function accountNames(seed: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, k) => `iban:CANARY${seed}X${String(k).padStart(6, '0')}`);
}

/** Each contributor lists about half of the asker's accounts and, in their place, some that the asker has not. */
function drawLists(seed: number, own: readonly string[], contributors: number, maxScore: number): readonly List[] {
  return Array.from({ length: contributors }, (_, index) => {
    const rng = insecureSeededRng('lists', seed, index);
    return own.map((account, k) => {
      const [listed, score] = rng(2);
      return [listed < 140 ? account : `iban:CANARY${seed}Y${index}Z${k}`, score % (maxScore + 1)] as const;
    });
  });
}

function toRun(parameters: FlagParameters, own: readonly string[], lists: readonly List[]): FlagRun {
  const inputs = new Map<PartyId, FlagInput>([[parameters.asker, { accounts: [{ accounts: own }] }]]);
  for (const [index, party] of parameters.contributors.entries()) {
    const list = lists[index];
    const accounts = list.map(([account]) => account);
    inputs.set(party, { evidence: [{ accounts, scores: Uint32Array.from(list, ([, score]) => score) }] });
  }
  for (const member of parameters.committee) if (!inputs.has(member)) inputs.set(member, {});
  return { parameters, inputs, initiator: parameters.asker };
}

function expectOnlyAsker(outputs: ReadonlyMap<PartyId, FlagOutput>): void {
  for (const [party, output] of outputs) expect(output === undefined, party).toBe(party !== ASKER);
}

/** What the traffic must not tell apart: nobody, one short of the quorum, everybody, and the same by other banks. */
function equalLeakage(
  parameters: FlagParameters,
  own: readonly string[],
  lists: readonly List[],
  maxScore: number,
): readonly Variant<FlagParameters, FlagInput>[] {
  const all: List = own.map((account) => [account, maxScore]);
  const none: List = [];
  const variant = (name: string, accounts: readonly string[], evidence: readonly List[]) => ({
    name,
    run: toRun(parameters, accounts, evidence),
  });
  const each = (list: (index: number) => List): readonly List[] => lists.map((_, index) => list(index));
  return [
    variant('half listed', own, lists),
    variant('contributors permuted', own, lists.toReversed()),
    variant(
      'none flagged',
      own,
      each(() => none),
    ),
    variant(
      'all flagged',
      own,
      each(() => all),
    ),
    variant(
      'one below the quorum',
      own,
      each((index) => (index === 0 ? all : none)),
    ),
    variant('smallest batch', own.slice(0, 32), lists),
    variant('nothing asked', [], lists),
  ];
}

function disagreements(parameters: FlagParameters): readonly Disagreement<FlagParameters>[] {
  const differ = (
    field: keyof FlagParameters,
    change: Partial<FlagParameters>,
    also: readonly string[] = [],
  ): Disagreement<FlagParameters> => ({
    field,
    parameters: { ...parameters, ...change },
    reportedAs: [`parameters.${field}`, ...also],
    value: JSON.stringify(change[field]),
  });
  const { contributors, committee, askerBucket, contributorBuckets } = parameters;
  const [first, second, third] = committee;
  return [
    differ('contributors', { contributors: contributors.toReversed() }, ['parties', 'keys', 'roles']),
    differ('committee', { committee: [second, first, third] }, ['parties', 'keys', 'roles']),
    // Where the rule has no score, the field is there at one side alone.
    differ('score', { score: { threshold: 17, max: 977 } }, parameters.score === undefined ? ['parameters'] : []),
    differ('askerBucket', { askerBucket: 2 * askerBucket }),
    differ('contributorBuckets', { contributorBuckets: contributorBuckets.map((bucket) => 4 * bucket) }),
    differ('duplicates', { duplicates: 'sum' }),
    differ('ttlDays', { ttlDays: 111 }),
    differ('purpose', { purpose: 'another purpose altogether' }),
    differ('acknowledged', { acknowledged: ['positive-answer-names-all-contributors', 'asker-is-committee-member'] }),
    // With two contributors nothing but two is a quorum.
    ...(contributors.length > 2
      ? [
          differ(
            'quorum',
            {
              quorum: 3,
              acknowledged: [...parameters.acknowledged, 'positive-answer-names-all-contributors'],
            },
            ['parameters.acknowledged'],
          ),
        ]
      : []),
  ];
}
