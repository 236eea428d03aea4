/**
 * What an asker is told when another party ends its question: whose side it is and what to do. All of it follows from the
 * phase, a name from a closed list; a name that is not on it is shown as it came and explained by nothing.
 */
import { type ErrorCode, MpcError, PolicyError, ProtocolError } from '../../errors.ts';
import type { PartyId } from '../../kit/party.ts';
import { contractAtPeer, type Explanation } from '../agreements/contract-refusal.ts';
import { BUSY_PHASE, fieldPhase, STOPPING_PHASE } from '../phases.ts';
import type { Refusal } from '../agreements/policy.ts';
import type { PlannedRun } from '../questions/question.ts';

const REFUSALS: Readonly<Record<Exclude<Refusal, 'contract'>, Explanation>> = {
  'unknown-peer': {
    state: 'the party has no card of another party of this question',
    remedy: 'ask its operator to add the cards of all parties of the question',
  },
  'revoked-peer': {
    state: 'the party has revoked the card of another party of this question',
    remedy: 'ask its operator whose card is revoked there and why, and exchange new cards',
  },
  'expired-peer': {
    state: 'at the party, the card of another party of this question has expired',
    remedy: 'ask its operator whose card has expired there, and exchange new cards',
  },
  'not-allowed': {
    state: 'the party does not answer this question to this institution',
    remedy: 'ask its operator to add the agreed question, and this institution to its askers under allow',
  },
  'differing-terms': {
    state: 'the party has other terms of this question',
    remedy: 'compare the terms of the question with its operator, word by word',
  },
  grant: {
    state: 'the consent of the party to this question has ended: it expired, was revoked or is used up',
    remedy: 'ask its operator for a new entry under allow',
  },
  'too-many-items': {
    state: 'the party allows fewer accounts at once',
    remedy: 'ask about fewer accounts at once, or agree with its operator on larger sizes (maxItems, buckets)',
  },
  'per-day': {
    state: 'the party has answered as often today as it allows',
    remedy: 'ask again tomorrow (UTC), or agree with its operator on more requests a day (perDay)',
  },
  clock: {
    state: 'the clock of the party went back, so it counts no requests',
    remedy: 'ask its operator to set the clock there by a time service',
  },
  ledger: {
    state: 'the party cannot write its ledger, or has one that is not whole',
    remedy: 'ask its operator what its ledger says',
  },
};

/** Fields of an offer that no term of the question says. */
const FIELDS: Readonly<Record<string, Explanation>> = {
  protocol: {
    state: 'the party has another version of the protocol',
    remedy: 'compare the versions of the software with its operator',
  },
  window: {
    state: 'the party has another size of windows',
    remedy: 'compare the versions of the software with its operator',
  },
  rules: {
    state: 'the party has other rules for identifiers',
    remedy: 'compare the versions of the software with its operator',
  },
  keys: {
    state: 'the party has another card of a party of this question',
    remedy: 'compare the cards of all parties with its operator',
  },
  parties: {
    state: 'the party has other institutions in this question',
    remedy: 'compare who takes part in the question with its operator, name by name and in order',
  },
  roles: {
    state: 'the party has other roles in this question',
    remedy: 'compare who contributes and who computes in the question with its operator',
  },
};

/** Ends that are no refusals. */
const ENDS: Readonly<Record<string, Explanation>> = {
  [BUSY_PHASE]: {
    state: 'the party has as many runs as it allows at once',
    remedy: 'ask again later, or let the node do so by limits.retries in the configuration',
  },
  [STOPPING_PHASE]: {
    state: 'the node of the party stops',
    remedy: 'ask again when its operator has started it again',
  },
  input: {
    state: 'the party cannot use its own list or its settings',
    remedy: 'ask its operator to look at the log there: it names the place',
  },
};

/** The same error in words of its reason, where that is known; code, phase and party stay. */
export function explainToAsker(
  error: unknown,
  { planned, self }: { readonly planned: Pick<PlannedRun, 'parameters'>; readonly self: PartyId },
): unknown {
  if (!(error instanceof MpcError) || error.party === undefined || error.party === self) return error;
  const { code, phase = '', party } = error;
  const found = explanationOf(code, phase, planned);
  if (found === undefined) return error;
  const Explained = code === 'refused-by-peer' ? PolicyError : ProtocolError;
  return new Explained(`Cannot ask: ${found.state}`, { code, phase, party, remedy: found.remedy, cause: error });
}

function explanationOf(
  code: ErrorCode,
  phase: string,
  planned: Pick<PlannedRun, 'parameters'>,
): Explanation | undefined {
  if (code === 'refused-by-peer') return refusalAt(phase, planned);
  return code === 'peer-aborted' && Object.hasOwn(ENDS, phase) ? ENDS[phase] : undefined;
}

function refusalAt(phase: string, { parameters }: Pick<PlannedRun, 'parameters'>): Explanation | undefined {
  const [, why, field] = /^policy\/([a-z-]+)(?:\/([a-z0-9./-]+))?$/.exec(phase) ?? [];
  if (why === 'contract') return contractAtPeer(field ?? '');
  if (why === undefined || !Object.hasOwn(REFUSALS, why)) return undefined;
  const refusal = REFUSALS[why as keyof typeof REFUSALS];
  if (why !== 'differing-terms' || field === undefined) return refusal;
  if (Object.hasOwn(FIELDS, field)) return FIELDS[field];
  const name = Object.keys(parameters).find((parameter) => fieldPhase(parameter) === field);
  if (name === undefined) return refusal;
  return {
    state: `the party has another value of '${name}' in this question`,
    remedy: `compare '${name}' of the question with its operator`,
  };
}
