/**
 * What this node answers: only what its configuration lists, to whom it lists, in sizes and numbers that it lists, under
 * the terms that it was configured with. Everything else is refused, with the reason's name and nothing about data.
 */
import { InternalError, MpcError, PolicyError } from '../../errors.ts';
import type { Ledger } from '../../governance/ledger.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { Offer } from '../../kit/offer.ts';
import type { PartyId } from '../../kit/party.ts';
import type { Decision, Policy } from '../../kit/policy.ts';
import { Admission, type AdmissionRequest, type NotAdmitted } from './admission.ts';
import { type Agreement, Agreements } from './agreements.ts';
import type { ContractBook, ContractProblem } from './contract-book.ts';
import { isDeclared } from './contract-draft.ts';
import { contractDetail, contractError, type ContractLine, contractRemedy } from './contract-refusal.ts';
import { Grants, type GrantStatus } from './grants.ts';
import type { AllowEntry, NodeConfig, QuestionTerms } from '../config/node-config.ts';
import { differingField } from '../questions/offer-check.ts';
import { errorFields, type Log } from '../log.ts';
import { fieldPhase } from '../phases.ts';
import type { PlannedRun, QuestionKind, RunRequest } from '../questions/question.ts';
import { rulesOf } from '../questions/question-identifiers.ts';
import type { RunEntries } from '../ledger/run-entries.ts';

/** Stable names of refusals; the initiator sees them as the phase of its error: `policy/per-day`. */
export type Refusal =
  | 'unknown-peer'
  | 'revoked-peer'
  | 'expired-peer'
  | 'contract'
  | 'grant'
  | 'not-allowed'
  | 'differing-terms'
  | 'too-many-items'
  | 'per-day'
  | 'clock'
  | 'ledger';

export type Examination =
  | {
      readonly kind: 'allowed';
      readonly terms: QuestionTerms;
      readonly agreement: Agreement;
      readonly planned: PlannedRun;
      readonly entry: AllowEntry;
    }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly question?: string; readonly field?: string };

type Allowed = Extract<Examination, { kind: 'allowed' }>;

export interface NodePolicyOptions {
  readonly config: NodeConfig;
  readonly kinds: readonly QuestionKind[];
  /** Ed25519 keys of this node and its peers. */
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  readonly contracts: ContractBook;
  readonly ledger: Ledger;
  readonly wallClock: WallClock;
  readonly log: Log;
}

export class NodePolicy implements Policy {
  readonly #options: NodePolicyOptions;
  readonly #agreements: Agreements;
  readonly #grants: Grants;
  readonly #admission: Admission;

  constructor(options: NodePolicyOptions) {
    this.#options = options;
    this.#agreements = new Agreements(options.config, options.contracts);
    this.#grants = new Grants(options.ledger, options.wallClock);
    this.#admission = new Admission(options.ledger, options.wallClock);
  }

  /** Looks at an offer and changes nothing. */
  examine(offer: Offer): Examination {
    const examination = this.#examineTerms(offer);
    return examination.kind === 'allowed' ? this.#examineLimits(examination, offer.initiator) : examination;
  }

  /**
   * Counts an allowed request durably; from here on it costs its asker, also when nothing comes of the run.
   * @throws PolicyError `refused` when a limit stands against it
   */
  async admit(
    { terms, agreement, planned, entry }: Allowed,
    { asker, run }: { readonly asker: PartyId; readonly run: Uint8Array },
  ): Promise<RunEntries> {
    const question = terms.name;
    const admitted = await this.#admit({ run, question, asker, agreement, planned, entry });
    if (typeof admitted !== 'string') return admitted;
    throw refusalError(this.#options.config.name, notAdmitted(admitted, question));
  }

  async #admit(request: AdmissionRequest): Promise<RunEntries | NotAdmitted> {
    try {
      return await this.#admission.admit(request);
    } catch (error) {
      this.#options.log.write('error', 'ledger-failed', { question: request.question, ...errorFields(error) });
      throw error;
    }
  }

  /** The same for an own question, before anyone else learns of it. @throws PolicyError */
  async admitOwn(
    {
      terms,
      planned,
      agreement,
    }: { readonly terms: QuestionTerms; readonly planned: PlannedRun; readonly agreement: Agreement },
    run: Uint8Array,
  ): Promise<RunEntries> {
    const asker = this.#options.config.name;
    const admitted = await this.#admit({ run, question: terms.name, asker, agreement, planned });
    if (typeof admitted !== 'string') return admitted;
    const line = LINES[admitted];
    if (line !== undefined) throw contractError(asker, { why: line });
    throw notNowError(asker, admitted === 'clock' ? 'clock' : 'ledger');
  }

  /**
   * What an own question is asked under.
   * @throws PolicyError before anyone is contacted; it names whose side it is
   */
  agreementFor(terms: QuestionTerms, planned: PlannedRun): Agreement {
    const { name } = this.#options.config;
    const found = this.#agreements.of(terms);
    if (terms.askers?.includes(name) === false) throw contractError(name, { why: 'askers' });
    const problem = found.kind === 'bad' ? found.problem : undeclared(planned, found.agreement);
    if (problem !== undefined) throw contractError(name, problem);
    if (found.kind === 'good') return found.agreement;
    throw new InternalError('Cannot ask: the question has no agreement', { code: 'internal' });
  }

  /** How the grants with names stand. */
  grants(): readonly GrantStatus[] {
    const all = this.#options.config.allow.map((entry) => this.#grants.status(entry));
    return all.filter((status) => status !== undefined);
  }

  #examineTerms(offer: Offer): Examination {
    const { config, kinds, publicKeys } = this.#options;
    const stranger = this.peerProblem(offer.initiator);
    if (stranger !== undefined) return { kind: 'refused', why: stranger };
    const found = this.#agreements.find(offer.contract);
    if (found.kind === 'bad') return contractRefusal(found.problem, found.terms);
    const { terms, agreement } = found;
    const refused = (why: Refusal, field?: string): Examination => ({
      kind: 'refused',
      why,
      question: terms.name,
      ...(field === undefined ? {} : { field }),
    });
    const entries = config.allow.filter(
      ({ question, askers }) => question === terms.name && askers.includes(offer.initiator),
    );
    const mayAsk = terms.askers?.includes(offer.initiator) ?? true;
    if (entries.length === 0 || !mayAsk) return refused('not-allowed');
    const kind = kinds.find(({ name }) => name === terms.protocol);
    if (kind === undefined) return refused('not-allowed');
    if (kind.protocol !== offer.protocol) return refused('differing-terms', 'protocol');
    const items = kind.declaredItems(offer.parameters);
    if (items === undefined) return refused('differing-terms', 'parameters');
    if (items > terms.buckets.asker) return refused('too-many-items');
    const planned = planOrUndefined(kind, terms, { asker: offer.initiator, items, peer: config.name });
    if (planned === undefined) return refused('differing-terms', 'parameters');
    const field = offer.runNumber === 0 ? differingField(offer, { planned, publicKeys, rules: rulesOf(terms) }) : 'run';
    if (field !== undefined) return refused('differing-terms', field);
    const others = [...planned.roles.keys()].filter((party) => party !== config.name);
    const problem = others.map((party) => this.peerProblem(party)).find((one) => one !== undefined);
    if (problem !== undefined) return refused(problem);
    const leak = undeclared(planned, agreement);
    if (leak !== undefined) return contractRefusal(leak, terms);
    const standing = entries.filter((candidate) => this.#grants.problemOf(candidate) === undefined);
    if (standing.length === 0) return refused('grant', this.#grants.problemOf(entries[0]));
    const fitting = standing.filter(({ maxItems }) => planned.askerBucket <= maxItems);
    const entry = fitting.find((candidate) => !this.#grants.isUsedUp(candidate)) ?? fitting.at(0);
    if (entry === undefined) return refused('too-many-items');
    return { kind: 'allowed', terms, agreement, planned, entry };
  }

  #examineLimits(allowed: Allowed, asker: PartyId): Examination {
    const { terms, agreement, planned, entry } = allowed;
    const exceeded = this.#admission.exceeded({ question: terms.name, asker, agreement, planned, entry });
    return exceeded === undefined ? allowed : notAdmitted(exceeded, terms.name);
  }

  /** The final word on a counted request, when the run is about to be joined: a peer may have expired meanwhile. */
  decide(offer: Offer): Promise<Decision> {
    const examination = this.#examineTerms(offer);
    const refused = examination.kind === 'refused';
    return Promise.resolve(refused ? { allow: false, reason: examination.why } : { allow: true });
  }

  /** Why a party is not spoken to, whatever it asks. */
  peerProblem(name: PartyId): Extract<Refusal, `${string}-peer`> | undefined {
    const peer = this.#options.config.peers.find((candidate) => candidate.name === name);
    if (peer === undefined) return 'unknown-peer';
    if (peer.revoked) return 'revoked-peer';
    const expired = peer.expiresMs !== undefined && this.#options.wallClock.now() >= peer.expiresMs;
    return expired ? 'expired-peer' : undefined;
  }
}

/** Limits that are lines of the contract. */
const LINES: Readonly<Partial<Record<NotAdmitted, ContractLine>>> = {
  'contract-runs': 'limits.maxRuns',
  'period-rows': 'inputs.sizeBucket',
  'failed-starts': 'limits.failedStarts',
  contributors: 'limits.period',
  'other-contract': 'limits.period',
};

function notAdmitted(exceeded: NotAdmitted, question: string): Extract<Examination, { kind: 'refused' }> {
  const line = LINES[exceeded];
  if (line !== undefined) return { kind: 'refused', why: 'contract', question, field: line };
  if (exceeded === 'grant-uses') return { kind: 'refused', why: 'grant', question, field: 'uses' };
  const others: readonly Refusal[] = ['per-day', 'clock', 'ledger'];
  return { kind: 'refused', why: others.find((why) => why === exceeded) ?? 'ledger', question };
}

function contractRefusal(problem: ContractProblem, terms: QuestionTerms | undefined): Examination {
  const question = terms === undefined ? {} : { question: terms.name };
  return { kind: 'refused', why: 'contract', field: contractDetail(problem), ...question };
}

/** A run that gives away more than the contract says. */
function undeclared(planned: PlannedRun, agreement: Agreement): ContractProblem | undefined {
  if (agreement.kind === 'configured' || isDeclared(planned, agreement.contract)) return undefined;
  return { why: 'leakage' };
}

function planOrUndefined(kind: QuestionKind, terms: QuestionTerms, run: RunRequest): PlannedRun | undefined {
  try {
    return kind.plan(terms, run);
  } catch (error) {
    // The asker is one for whom these terms make no run: that is what it is told.
    if (error instanceof MpcError) return undefined;
    throw error;
  }
}

const CLOCK_REMEDY =
  'set the clock of this machine by a time service; if it is right, questions are taken again once it has passed the last entry of the ledger';
const LEDGER_REMEDY =
  "see what 'ledger verify' says: if it is good, free the disk and start the node again; if it is BAD, put the newest whole copy of the ledger in place before";

/** What the operator of this node can do about its refusal. */
const REMEDIES: Readonly<Record<Exclude<Refusal, 'contract'>, string>> = {
  'unknown-peer': 'add the peer to the configuration if it should be spoken to',
  'revoked-peer': 'the peer is marked as revoked in the configuration here',
  'expired-peer': 'exchange new keys with the peer and set a later expiry',
  grant: 'extend the entry under allow, or give it a new id, if this peer should be answered again',
  'not-allowed': 'add the agreed question, and an entry under allow, if this peer should be answered',
  'differing-terms': 'compare the terms of the question with the operator of the other side, field by field',
  'too-many-items':
    'nothing has to be done here; with a larger maxItems or bucket the peer may ask about more accounts at once',
  'per-day': 'nothing has to be done here; with a larger perDay under allow the peer may ask more often',
  clock: CLOCK_REMEDY,
  ledger: LEDGER_REMEDY,
};

/** The error for a refused offer. Its phase also reaches the initiator: `policy/differing-terms/quorum`. */
export function refusalError(self: PartyId, refused: Extract<Examination, { kind: 'refused' }>): PolicyError {
  const { why, field } = refused;
  const what = field === undefined ? why : `${why}, field '${field}'`;
  return new PolicyError(`Cannot join run: this node does not allow it (${what})`, {
    code: 'refused',
    phase: refusalPhase(why, field),
    party: self,
    remedy: why === 'contract' ? contractRemedy(field ?? '') : REMEDIES[why],
  });
}

/** An own question, of which nobody has learned. */
function notNowError(self: PartyId, why: 'clock' | 'ledger'): PolicyError {
  const isClock = why === 'clock';
  const what = isClock
    ? 'the clock of this machine is behind the last entry of the ledger'
    : 'the ledger here cannot be written, or is not whole';
  return new PolicyError(`Cannot ask: ${what}`, {
    code: 'refused',
    phase: refusalPhase(why, undefined),
    party: self,
    remedy: isClock ? CLOCK_REMEDY : LEDGER_REMEDY,
  });
}

function refusalPhase(why: Refusal, field: string | undefined): string {
  if (field === undefined) return `policy/${why}`;
  return `policy/${why}/${fieldPhase(field)}`;
}
