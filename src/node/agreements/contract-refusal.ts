/** What is said when a contract does not allow a run: at the institution whose contract it is, and to whoever asks. */
import { PolicyError } from '../../errors.ts';
import type { PartyId } from '../../kit/party.ts';
import type { ContractProblem } from './contract-book.ts';
import { fieldPhase } from '../phases.ts';

export interface Explanation {
  readonly state: string;
  readonly remedy: string;
}

/** Lines of a contract that a request may go against, each a limit that is counted. */
export type ContractLine = (typeof LIMITS)[number];
const LIMITS = ['limits.maxRuns', 'limits.failedStarts', 'limits.period', 'inputs.sizeBucket'] as const;

type Problem = ContractProblem | { readonly why: 'askers' | ContractLine };

/** `version`: a stale line that no configuration has, as it comes from the software. */
type Why = Problem['why'] | 'version';

const VERSION_LINES: readonly string[] = ['v', 'suite', 'code', 'canon', 'leakage'];

const NEW_ONE = "move its file away, agree on a new one with 'contract draft', and have all parties sign it";
const NEW_ONE_THERE = 'agree on a new contract, and have all parties sign it';

const HERE: Readonly<Record<Why, Explanation>> = {
  missing: {
    state: 'there is no contract of this question here',
    remedy: "make one with 'contract draft', or add the file that another party has drafted with 'contract add'",
  },
  malformed: {
    state: 'the contract file of this question cannot be read',
    remedy: "see what 'contract show' says of it, and add the file as another party has it",
  },
  unsigned: {
    state: 'a party has not signed the contract of this question',
    remedy: "have its operator sign it, and add the signature with 'contract add'",
  },
  signature: {
    state: 'a signature on the contract of this question is not that of its party',
    remedy: 'ask its operator for the file as it was signed there',
  },
  keys: {
    state: 'the contract of this question has another key of a party than its card here',
    remedy: 'compare the card with its operator; with new cards a new contract is needed',
  },
  stale: {
    state: 'the contract of this question and the configuration say different things',
    remedy: 'correct the named line of the configuration, or agree on a new contract',
  },
  version: {
    state: 'the contract of this question and this version of the software say different things',
    remedy: 'install the version that the other parties have, or have a contract drafted and signed with this one',
  },
  expired: { state: 'the contract of this question has expired', remedy: NEW_ONE },
  revoked: { state: 'the contract of this question was revoked here', remedy: NEW_ONE },
  leakage: { state: 'the run gives away more than the contract says', remedy: NEW_ONE },
  askers: { state: 'the contract of this question does not have this institution among who may ask', remedy: NEW_ONE },
  'limits.maxRuns': { state: 'as many runs as the contract allows were answered', remedy: NEW_ONE },
  'limits.failedStarts': {
    state: 'as many runs as the contract allows failed while they began',
    remedy: 'find out from the logs why they failed; in the next period of the contract runs may begin again',
  },
  'limits.period': {
    state: 'in this period of the contract there was an answer of other institutions, or under another contract',
    remedy: 'ask in the next period; answers that differ in whom they come from could be subtracted from each other',
  },
  'inputs.sizeBucket': {
    state: 'the sizes that were declared in this period add up to what the contract allows',
    remedy: 'ask in the next period, or agree on a larger size',
  },
};

const AT_PEER: Readonly<Record<Why, Explanation>> = {
  missing: {
    state: 'the party has no agreement of this question: no such contract, and no configured question of this name',
    remedy: 'send its operator the contract file that all parties signed, or compare the names of the question',
  },
  malformed: {
    state: 'the party cannot read its contract file',
    remedy: 'send its operator the contract file as it is here',
  },
  unsigned: {
    state: 'the party does not have the signatures of all parties on this contract',
    remedy: 'send its operator the contract file as it is here',
  },
  signature: {
    state: 'the party has a wrong signature on this contract',
    remedy: 'send its operator the contract file as it is here',
  },
  keys: {
    state: 'the party has another card of a party of this contract',
    remedy: 'compare the cards of all parties with its operator',
  },
  stale: {
    state: 'the configuration of the party says something else than the contract',
    remedy: 'compare the named line of the contract with its operator',
  },
  version: {
    state: 'the version of the software of the party says something else than the contract',
    remedy: 'compare the versions of the software with its operator',
  },
  expired: { state: 'at the party, the contract has expired', remedy: NEW_ONE_THERE },
  revoked: { state: 'the party has revoked the contract', remedy: 'ask its operator why, and agree on a new contract' },
  leakage: {
    state: 'at the party, the run gives away more than the contract says',
    remedy: 'compare the versions of the software with its operator',
  },
  askers: { state: 'the contract does not have this institution among who may ask', remedy: NEW_ONE_THERE },
  'limits.maxRuns': { state: 'the party has answered as many runs as the contract allows', remedy: NEW_ONE_THERE },
  'limits.failedStarts': {
    state: 'at the party, as many runs as the contract allows failed while they began',
    remedy: 'find out from the logs why they failed; in the next period of the contract runs may begin again',
  },
  'limits.period': {
    state: 'the party has answered in this period with other institutions, or under another contract',
    remedy: 'ask in the next period of the contract',
  },
  'inputs.sizeBucket': {
    state: 'the sizes that were declared to the party in this period add up to what the contract allows',
    remedy: 'ask in the next period of the contract, or agree on a larger size',
  },
};

/** `unsigned`, or `stale/output.quorum`: stands behind `policy/contract/` in the phase of a refusal. */
export function contractDetail(problem: Problem): string {
  return problem.why === 'stale' ? `stale/${problem.line}` : problem.why;
}

/** An own question that its contract does not allow; nobody was contacted. */
export function contractError(self: PartyId, problem: Problem): PolicyError {
  const { state, remedy } = problem.why === 'stale' ? staleIn(HERE, problem.line) : HERE[problem.why];
  const what = problem.why === 'stale' ? `${state} in '${problem.line}'` : state;
  return new PolicyError(`Cannot ask: ${what}`, {
    code: 'refused',
    phase: `policy/contract/${fieldPhase(contractDetail(problem))}`,
    party: 'party' in problem ? problem.party : self,
    remedy,
  });
}

/** What a refusal with this detail means for this node's operator; undefined for one that is not known. */
export function contractHere(detail: string): Explanation | undefined {
  return explanationIn(HERE, detail);
}

/** What this node's operator can do where a peer was refused with this detail. */
export function contractRemedy(detail: string): string {
  if (LIMITS.some((limit) => limit === detail))
    return 'nothing has to be done here: the peer has reached a limit of the contract';
  return (contractHere(detail) ?? HERE.missing).remedy;
}

/** What another party's refusal with this detail means; undefined for one that is not known here. */
export function contractAtPeer(detail: string): Explanation | undefined {
  return explanationIn(AT_PEER, detail);
}

function explanationIn(texts: Readonly<Record<Why, Explanation>>, detail: string): Explanation | undefined {
  const [first, line] = detail.split('/');
  if (first === 'stale' && line !== undefined) return staleIn(texts, line);
  const why = (Object.keys(texts) as Why[]).find((name) => name === first || fieldPhase(name) === first);
  return why === undefined ? undefined : texts[why];
}

function staleIn(texts: Readonly<Record<Why, Explanation>>, line: string): Explanation {
  return VERSION_LINES.includes(line.split('.')[0]) ? texts.version : texts.stale;
}
