/** Runs that peers begin: offer, policy, links to the other parties, own evidence, run. */
import type { Source } from '../../data/source.ts';
import { MpcError, PolicyError, ProtocolError, TransportError } from '../../errors.ts';
import type { Link } from '../../kit/link.ts';
import type { PartyId } from '../../kit/party.ts';
import { Session } from '../../kit/session.ts';
import { DEFAULT_LIMITS } from '../../kit/session-limits.ts';
import { OPEN_CHANNEL } from '../../kit/opening.ts';
import type { ActiveRun } from './active-runs.ts';
import { BRINGS_LIST } from '../agreements/admission.ts';
import { consentEnded } from '../agreements/consent.ts';
import { atTime } from '../agreements/expiry-timer.ts';
import { AnswerSlots } from './answer-slots.ts';
import type { RunWithOffer } from './doorway.ts';
import { toHex } from '../../crypto/bytes.ts';
import { makeAnswer } from './answer.ts';
import { heldSource } from '../lists/datasets.ts';
import type { FrozenSource } from '../lists/frozen-lists.ts';
import { errorFields } from '../log.ts';
import type { AllowEntry, QuestionTerms } from '../config/node-config.ts';
import type { NodeContext } from '../node-context.ts';
import { rememberingAccounts } from '../lists/own-accounts.ts';
import { BUSY_PHASE, STOPPING_PHASE } from '../phases.ts';
import { type Examination, refusalError } from '../agreements/policy.ts';
import type { RunEntries } from '../ledger/run-entries.ts';
import { takePart } from './taking-part.ts';

/** Time until a run has its id, and so until its asker has shown more than an offer. */
const OPENING_MS = 60_000;
/** On top of it: every contributor reads its list before it commits itself, and slow storage gives so many rows. */
const ROWS_PER_SECOND = 10_000;

export class Answering {
  readonly #context: NodeContext;
  readonly #slots: AnswerSlots;
  #stopping = false;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#slots = new AnswerSlots(context.config.limits.concurrentRuns);
  }

  get running(): number {
    return this.#slots.taken;
  }

  /** From now on nothing new is joined. */
  stop(): void {
    this.#stopping = true;
  }

  /** Never rejects: whatever goes wrong is logged here, and the initiator is told as much as it may know. */
  async serve(offered: RunWithOffer): Promise<void> {
    const { log, config } = this.#context;
    const { peer, runName, offer } = offered;
    log.write('info', 'run-offered', { run: runName, peer });
    try {
      const examination = this.#context.policy.examine(offer);
      if (examination.kind === 'refused') {
        this.#refuse(offered, refusalError(config.name, examination), examination.question);
        return;
      }
      const notNow = this.#notNow(offered);
      if (notNow === undefined) await this.#serveAllowed(offered, examination);
      else this.#refuse(offered, notNow, examination.terms.name);
    } catch (error) {
      // A defect here, or a store that cannot be read: the peer is not left waiting, and this node goes on.
      this.#refuse(offered, error, undefined);
    }
  }

  async #serveAllowed(offered: RunWithOffer, examination: Extract<Examination, { kind: 'allowed' }>): Promise<void> {
    const { peer, runName } = offered;
    const { runs, clock, wallClock, config } = this.#context;
    const { terms, agreement, entry } = examination;
    const under = { agreement: agreement.hash, grant: entry.id };
    const run = runs.begin({ runName, question: terms.name, initiator: peer, ...under });
    const cancelTimer = clock.timer(openingMs(terms), () => run.cancel(openingTooLong(peer)));
    const expire = (): void => run.cancel(consentEnded('grant/expired', config.name));
    const cancelExpiry =
      entry.expiresMs === undefined ? undefined : atTime(entry.expiresMs, expire, { clock, wallClock });
    try {
      await this.#join(offered, examination, { run, onOpened: cancelTimer });
    } catch {
      // Recorded and logged where it happened; the other parties were told through their links.
    } finally {
      cancelTimer();
      cancelExpiry?.();
      run.end();
      this.#slots.release(peer);
    }
  }

  /** Takes a slot, or says why there is none. */
  #notNow({ runName, peer }: RunWithOffer): MpcError | undefined {
    const { config, runs, ledger } = this.#context;
    const party = config.name;
    if (this.#stopping) {
      return new TransportError('Cannot join run: this node stops', {
        code: 'cancelled',
        phase: STOPPING_PHASE,
        party,
      });
    }
    // Limits are counted by name: a second run of one name would take the place of the first, which then counts for nothing.
    if (runs.has(runName) || ledger.state.hasRun(toHex(runName))) {
      return new ProtocolError('Cannot join run: one of this name is under way, or was before', {
        code: 'bad-message',
        phase: 'open',
        party: peer,
        remedy: 'the initiator has to choose a fresh name for every run',
      });
    }
    if (this.#slots.tryTake(peer)) return undefined;
    // Not an error of anyone's input: that would reach the initiator without its phase.
    return new TransportError('Cannot join run: as many as the limit are under way, or as one asker may have', {
      code: 'resource-limit',
      phase: BUSY_PHASE,
      party,
      remedy: 'try again later, or raise limits.concurrentRuns',
    });
  }

  async #join(
    offered: RunWithOffer,
    examination: Extract<Examination, { kind: 'allowed' }>,
    { run, onOpened }: { readonly run: ActiveRun; readonly onOpened: () => void },
  ): Promise<void> {
    const { config, policy, signer } = this.#context;
    const { terms, agreement, planned, entry } = examination;
    const { peer } = offered;
    const others = [...planned.roles.keys()].filter((party) => party !== config.name && party !== peer);
    let links: ReadonlyMap<PartyId, Link>;
    let entries: RunEntries | undefined;
    try {
      entries = await policy.admit(examination, { asker: peer, run: offered.runName });
      links = await this.#linksTo(others, run);
    } catch (error) {
      this.#refuse(offered, error, terms.name);
      const { code: outcome = 'internal', phase, party } = error instanceof MpcError ? error : {};
      const place = { ...(phase === undefined ? {} : { phase }), ...(party === undefined ? {} : { party }) };
      await entries?.failStart({ outcome, ...place });
      throw error;
    }
    const roles = planned.roles.get(config.name) ?? [];
    const bringsList = BRINGS_LIST.some((role) => roles.includes(role));
    const list = bringsList
      ? heldSource(config.datasets, terms, { party: config.name, key: signer.publicKey, signal: run.signal })
      : undefined;
    const frozen = list === undefined ? undefined : this.#inPeriod(list, examination, entries);
    const held = frozen ?? list;
    // Names of accounts are kept only for an answer that is to show them.
    const learns = terms.protocol === 'overlap' && terms.mode === 'both';
    const remembered = learns && held !== undefined ? rememberingAccounts(held) : undefined;
    const parts = { question: terms.name, run: toHex(run.begun.runName), planned, self: config.name, columns: [] };
    const { output, report } = await takePart(this.#context, {
      run,
      terms,
      agreement,
      planned,
      entries,
      links: new Map([[peer, offered.link], ...links]),
      rows: { asked: undefined, held: remembered?.source ?? held, frozen },
      policy,
      signal: run.signal,
      // The clock may have gone forward since it was looked at last.
      requireConsent: () => this.#requireGrant(entry),
      onOpened,
    });
    if (output === undefined || remembered === undefined) return;
    const { batches } = remembered;
    this.#keep(makeAnswer({ ...parts, batches, outcome: output, report, nowMs: this.#context.wallClock.now() }), run);
  }

  #requireGrant({ expiresMs = Infinity }: AllowEntry): void {
    const { config, wallClock } = this.#context;
    if (wallClock.now() >= expiresMs) throw consentEnded('grant/expired', config.name);
  }

  /** Under a contract: the list as it was when the period's first run read it. undefined without one. */
  #inPeriod(
    list: Source,
    { terms, agreement }: Extract<Examination, { kind: 'allowed' }>,
    { period }: RunEntries,
  ): FrozenSource | undefined {
    const { config, frozen } = this.#context;
    if (agreement.kind === 'configured' || period === undefined) return undefined;
    const [dataset, sizes] =
      terms.protocol === 'flag'
        ? (['evidence', terms.buckets.evidence] as const)
        : (['holdings', terms.buckets.holdings] as const);
    const bucket = sizes.get(config.name) ?? 0;
    const name = { contract: toHex(agreement.hash), question: terms.name, period, dataset, bucket };
    return frozen.source(name, list);
  }

  /** Nobody waits here for what this node learned: it stays until its operator looks at it. */
  #keep(answer: ReturnType<typeof makeAnswer>, { begun }: ActiveRun): void {
    if (answer.kind !== 'overlap') return;
    const { answers, log } = this.#context;
    answers.keep(answer);
    log.write('info', 'answer-kept', { run: begun.runName, peer: begun.initiator, question: begun.question });
  }

  async #linksTo(others: readonly PartyId[], run: ActiveRun): Promise<ReadonlyMap<PartyId, Link>> {
    const { network, doorway } = this.#context;
    const { runName } = run.begun;
    const links = new Map<PartyId, Link>();
    for (const party of others) {
      const link = doorway.claim(party, runName);
      if (link !== undefined) links.set(party, link);
    }
    const missing = others.filter((party) => !links.has(party));
    try {
      for (const [party, link] of await network.openRun(runName, missing, run.signal)) links.set(party, link);
      return links;
    } catch (error) {
      for (const link of links.values()) link.close();
      throw error;
    }
  }

  /** Ends the offered run: its initiator learns code, phase and party. */
  #refuse({ peer, runName, link }: RunWithOffer, error: unknown, question: string | undefined): void {
    const { config, clock, log, refusals } = this.#context;
    const fields = { run: runName, peer, ...(question === undefined ? {} : { question }) };
    log.write('warn', 'run-refused', { ...fields, ...errorFields(error) });
    if (error instanceof PolicyError) {
      const reason = error.phase ?? '';
      void refusals.count({ peer, reason, ...(question === undefined ? {} : { question }) });
    }
    const links = new Map([[peer, link]]);
    const session = new Session({
      self: config.name,
      run: runName,
      links,
      clock,
      limits: DEFAULT_LIMITS,
      signal: undefined,
      observers: [],
    });
    session.fail(error);
  }
}

function openingMs({ buckets }: QuestionTerms): number {
  const sizes = 'evidence' in buckets ? buckets.evidence : buckets.holdings;
  return OPENING_MS + (1000 * Math.max(...sizes.values())) / ROWS_PER_SECOND;
}

function openingTooLong(party: PartyId): TransportError {
  return new TransportError('Cannot join run: its opening takes too long', {
    code: 'deadline',
    phase: OPEN_CHANNEL,
    party,
    remedy:
      'the place is free again; ask the operator of that party, or of a contributor whose list takes long to read',
  });
}
