/** The contract that a configured question is: terms, keys and what the protocol says it gives away, line by line. */
import { toHex } from '../../crypto/bytes.ts';
import {
  type Contract,
  CONTRACT_SUITE,
  contractFrame,
  type ContractFrame,
  type ContractInput,
  type ContractOutput,
  type ContractParty,
  differingLine,
} from '../../governance/contract.ts';
import { UsageError } from '../../errors.ts';
import type { PartyId } from '../../kit/party.ts';
import type { Leakage } from '../../kit/protocol.ts';
import type { QuestionTerms } from '../config/node-config.ts';
import type { PlannedRun, QuestionKind } from '../questions/question.ts';
import { identifiersOf, rulesOf } from '../questions/question-identifiers.ts';

export interface Agreed {
  readonly terms: QuestionTerms;
  readonly kind: QuestionKind;
  /** Ed25519 keys of this institution and its peers. */
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
}

/**
 * The contract of these terms, for everybody who may ask, at the largest size of a list.
 * @throws UsageError `bad-parameter` where the terms allow no such run
 */
export function draftContract({ terms, kind, publicKeys }: Agreed, frame: ContractFrame): Contract {
  const runs = largestRuns(terms, kind);
  const { jobId, projectId, legalBasis, limits, retention, expires } = frame;
  return {
    v: 1,
    suite: CONTRACT_SUITE,
    jobId,
    projectId,
    question: terms.name,
    code: kind.protocol,
    identifiers: identifiersOf(terms),
    canon: rulesOf(terms),
    purpose: terms.purpose,
    legalBasis,
    parties: partiesOf(runs, publicKeys),
    committee: terms.protocol === 'flag' ? (terms.committee ?? []) : [],
    inputs: inputsOf(terms),
    output: outputOf(terms),
    limits: { ...limits, smallestBucket: terms.buckets.smallest },
    disclosures: [...new Set(terms.acknowledged)].sort(),
    leakage: distinctLeakage(runs.flatMap(({ leakage }) => leakage)),
    retention,
    expires,
  };
}

/** The first line that this node, as it is configured, would write otherwise: `output.quorum`. @throws as `draftContract` */
export function staleLine(agreed: Agreed, contract: Contract): string | undefined {
  return differingLine(draftContract(agreed, contractFrame(contract)), contract);
}

/** Whether a run gives away no more than the contract says: the same, with no number of accounts above that of the largest. */
export function isDeclared({ leakage }: Pick<PlannedRun, 'leakage'>, contract: Contract): boolean {
  return leakage.every((line) => contract.leakage.some((declared) => covers(declared, line)));
}

/** How statements name numbers that grow with the declared sizes. */
const ACCOUNTS = /\bup to (\d+) accounts\b/g;

function covers(declared: Leakage, { to, learns }: Leakage): boolean {
  const isSame = declared.to === to && declared.learns.replace(ACCOUNTS, '') === learns.replace(ACCOUNTS, '');
  const most = accountsIn(declared.learns);
  return isSame && accountsIn(learns).every((accounts, k) => accounts <= most[k]);
}

function accountsIn(statement: string): readonly number[] {
  return Array.from(statement.matchAll(ACCOUNTS), ([, accounts]) => Number(accounts));
}

/** Each has some five lines of what it gives away, which a person is to read before signing. */
const MAX_PAIRS = 400;

/** One of everybody who may ask, and of everybody who may be asked one at a time. */
function largestRuns(terms: QuestionTerms, kind: QuestionKind): readonly PlannedRun[] {
  const items = terms.buckets.asker;
  const pairs = (terms.askers ?? []).flatMap((asker) => {
    const peers = kind.peers(terms, asker);
    return (peers === 'all' ? [undefined] : peers).map((peer) => ({ asker, peer }));
  });
  if (pairs.length > MAX_PAIRS) {
    throw new UsageError(`Cannot draft contract: it has more than ${MAX_PAIRS} pairs of who asks and who answers`, {
      code: 'bad-parameter',
      phase: 'contract',
      remedy: 'make several questions of it',
    });
  }
  return pairs.map((pair) => kind.plan(terms, { ...pair, items }));
}

function partiesOf(
  runs: readonly PlannedRun[],
  publicKeys: ReadonlyMap<PartyId, Uint8Array>,
): readonly ContractParty[] {
  const roles = new Map<PartyId, Set<string>>();
  for (const run of runs) {
    for (const [party, names] of run.roles) roles.set(party, new Set([...(roles.get(party) ?? []), ...names]));
  }
  return [...roles]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([inst, names]) => ({ inst, roles: [...names].sort(), key: toHex(publicKeys.get(inst) ?? NO_KEY) }));
}

/** No key that anyone has: a contract with it cannot be signed. */
const NO_KEY = new Uint8Array(32);

function inputsOf(terms: QuestionTerms): readonly ContractInput[] {
  const asked = (terms.askers ?? []).map((inst): ContractInput => {
    return { inst, dataset: 'accounts', columns: ['account'], sizeBucket: terms.buckets.asker };
  });
  if (terms.protocol === 'overlap') {
    const columns = ['account', ...terms.columns.map(({ name }) => name)];
    const { holdings } = terms.buckets;
    return [
      ...asked,
      ...terms.holders.map((inst): ContractInput => {
        return { inst, dataset: 'holdings', columns, sizeBucket: holdings.get(inst) ?? 0 };
      }),
    ];
  }
  const columns = terms.score === undefined ? ['account'] : ['account', 'score'];
  const { evidence } = terms.buckets;
  return [
    ...asked,
    ...terms.contributors.map((inst): ContractInput => {
      return { inst, dataset: 'evidence', columns, sizeBucket: evidence.get(inst) ?? 0 };
    }),
  ];
}

function outputOf(terms: QuestionTerms): ContractOutput {
  const { askers = [], ttlDays, duplicates } = terms;
  const common = { advisory: true, ttlDays, duplicates } as const;
  if (terms.protocol === 'flag') {
    const { quorum, score } = terms;
    return { ...common, type: 'bit', receivers: askers, quorum, ...(score === undefined ? {} : { score }) };
  }
  const { mode, holders, columns, smallestBatch } = terms;
  if (mode === 'size-only') return { ...common, type: 'size', receivers: askers, smallestBatch };
  const receivers = mode === 'both' ? [...new Set([...askers, ...holders])] : askers;
  return { ...common, type: 'rows', mode, receivers, columns, smallestBatch };
}

/** Several askers, and several they ask, share most lines. */
function distinctLeakage(lines: readonly Leakage[]): readonly Leakage[] {
  const found = new Map(lines.map(({ to, learns }) => [`${to}\n${learns}`, { to, learns }]));
  return [...found.values()];
}
