/**
 * What this node answers: only what its configuration lists, to whom it lists, in sizes and numbers that it lists, under
 * the terms that it was configured with. Everything else is refused, with the reason's name and nothing about data.
 */
import { equalBytes, utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import { MpcError, PolicyError } from '../errors.ts';
import type { WallClock } from '../kit/clock.ts';
import type { Offer } from '../kit/offer.ts';
import type { PartyId } from '../kit/party.ts';
import type { Decision, Policy } from '../kit/policy.ts';
import type { AllowEntry, NodeConfig, QuestionTerms } from './node-config.ts';
import { differingField } from './offer-check.ts';
import { fieldPhase } from './phases.ts';
import type { PlannedRun, QuestionKind, RunRequest } from './question.ts';
import { Quota } from './quota.ts';
import type { Store } from './store.ts';

/** Stable names of refusals; the initiator sees them as the phase of its error: `policy/per-day`. */
export type Refusal =
  | 'unknown-peer'
  | 'revoked-peer'
  | 'expired-peer'
  | 'not-allowed'
  | 'differing-terms'
  | 'too-many-items'
  | 'per-day'
  | 'clock';

export type Examination =
  | {
      readonly kind: 'allowed';
      readonly terms: QuestionTerms;
      readonly planned: PlannedRun;
      readonly entry: AllowEntry;
    }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly question?: string; readonly field?: string };

export interface NodePolicyOptions {
  readonly config: NodeConfig;
  readonly kinds: readonly QuestionKind[];
  /** Ed25519 keys of this node and its peers. */
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  readonly store: Store;
  readonly wallClock: WallClock;
}

/** Which agreed question a run is about; takes the place of a contract hash in offers. */
export function questionHash(name: string): Uint8Array {
  return hashTuple('agreed-question', utf8(name));
}

export class NodePolicy implements Policy {
  readonly #options: NodePolicyOptions;
  readonly #quota: Quota;

  constructor(options: NodePolicyOptions) {
    this.#options = options;
    this.#quota = new Quota(options.store, options.wallClock);
  }

  /** Looks at an offer and changes nothing. */
  examine(offer: Offer): Examination {
    const examination = this.#examineTerms(offer);
    return examination.kind === 'allowed' ? this.#examineQuota(examination, offer.initiator) : examination;
  }

  /**
   * Counts an allowed request durably; from here on it costs its asker, also when nothing comes of the run, unless it is
   * given back.
   * @throws PolicyError `refused` when no more are allowed today
   */
  async count({ terms, entry }: Extract<Examination, { kind: 'allowed' }>, asker: PartyId): Promise<void> {
    const question = terms.name;
    if (await this.#quota.take({ question, asker }, entry.perDay)) return;
    throw refusalError(this.#options.config.name, { kind: 'refused', why: 'per-day', question });
  }

  /** Undoes `count` for a run that never opened since a third party was busy, as often as is allowed. */
  async giveBack({ terms }: Extract<Examination, { kind: 'allowed' }>, asker: PartyId): Promise<void> {
    await this.#quota.giveBack({ question: terms.name, asker });
  }

  #examineTerms(offer: Offer): Examination {
    const { config, kinds, publicKeys } = this.#options;
    const stranger = this.peerProblem(offer.initiator);
    if (stranger !== undefined) return { kind: 'refused', why: stranger };
    const terms = config.questions.find(({ name }) => equalBytes(offer.contract, questionHash(name)));
    // One reason for what there is not and what is not for this asker: it does not learn which questions there are.
    if (terms === undefined) return { kind: 'refused', why: 'not-allowed' };
    const refused = (why: Refusal, field?: string): Examination => ({
      kind: 'refused',
      why,
      question: terms.name,
      ...(field === undefined ? {} : { field }),
    });
    const entries = config.allow.filter(
      ({ question, askers }) => question === terms.name && askers.includes(offer.initiator),
    );
    if (entries.length === 0) return refused('not-allowed');
    const kind = kinds.find(({ name }) => name === terms.protocol);
    if (kind === undefined) return refused('not-allowed');
    if (kind.protocol !== offer.protocol) return refused('differing-terms', 'protocol');
    const items = kind.declaredItems(offer.parameters);
    if (items === undefined) return refused('differing-terms', 'parameters');
    if (items > terms.buckets.asker) return refused('too-many-items');
    const planned = planOrUndefined(kind, terms, { asker: offer.initiator, items, peer: config.name });
    if (planned === undefined) return refused('differing-terms', 'parameters');
    const field = offer.runNumber === 0 ? differingField(offer, { planned, publicKeys }) : 'run';
    if (field !== undefined) return refused('differing-terms', field);
    const others = [...planned.roles.keys()].filter((party) => party !== config.name);
    const problem = others.map((party) => this.peerProblem(party)).find((found) => found !== undefined);
    if (problem !== undefined) return refused(problem);
    const entry = entries.find(({ maxItems }) => planned.askerBucket <= maxItems);
    if (entry === undefined) return refused('too-many-items');
    return { kind: 'allowed', terms, planned, entry };
  }

  #examineQuota(allowed: Extract<Examination, { kind: 'allowed' }>, asker: PartyId): Examination {
    const question = allowed.terms.name;
    try {
      this.#quota.checkClock();
    } catch {
      // The one way in which it throws; the log names it, the asker need not know how far the clock is off.
      return { kind: 'refused', why: 'clock', question };
    }
    const used = this.#quota.used({ question, asker });
    return used < allowed.entry.perDay ? allowed : { kind: 'refused', why: 'per-day', question };
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

function planOrUndefined(kind: QuestionKind, terms: QuestionTerms, run: RunRequest): PlannedRun | undefined {
  try {
    return kind.plan(terms, run);
  } catch (error) {
    // The asker is one for whom these terms make no run: that is what it is told.
    if (error instanceof MpcError) return undefined;
    throw error;
  }
}

const REMEDIES: Readonly<Record<Refusal, string>> = {
  'unknown-peer': 'add the peer to the configuration if it should be spoken to',
  'revoked-peer': 'the peer is marked as revoked in the configuration here',
  'expired-peer': 'exchange new keys with the peer and set a later expiry',
  'not-allowed': 'add the agreed question, and an entry under allow, if this peer should be answered',
  'differing-terms': 'compare the terms of the question with the operator of the other side, field by field',
  'too-many-items': 'ask about fewer accounts at once, or agree on a larger size',
  'per-day': 'ask again tomorrow (UTC), or agree on more requests a day',
  clock: 'set the clock of this machine by a time service; limits per day depend on it',
};

/** The error for a refused offer. Its phase also reaches the initiator: `policy/differing-terms/quorum`. */
export function refusalError(self: PartyId, refused: Extract<Examination, { kind: 'refused' }>): PolicyError {
  const { why, field } = refused;
  const what = field === undefined ? why : `${why}, field '${field}'`;
  return new PolicyError(`Cannot join run: this node does not allow it (${what})`, {
    code: 'refused',
    phase: refusalPhase(why, field),
    party: self,
    remedy: REMEDIES[why],
  });
}

function refusalPhase(why: Refusal, field: string | undefined): string {
  if (field === undefined) return `policy/${why}`;
  return `policy/${why}/${fieldPhase(field)}`;
}
