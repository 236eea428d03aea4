/** Own questions: own accounts, a plan, links to all parties, run, answer; again only while nothing had left. */
import { toHex } from '../../crypto/bytes.ts';
import type { DataReport } from '../../data/data-report.ts';
import type { Source } from '../../data/source.ts';
import { InternalError, MpcError, TransportError, UsageError } from '../../errors.ts';
import type { Progress } from '../../kit/io.ts';
import type { Link } from '../../kit/link.ts';
import type { PartyId } from '../../kit/party.ts';
import { type Answer, makeAnswer, type OverlapAnswer } from './answer.ts';
import type { Agreement } from '../agreements/agreements.ts';
import type { ActiveRun } from './active-runs.ts';
import { connectParties, requireGoodStanding } from './connecting.ts';
import { askedSource } from '../lists/datasets.ts';
import { errorFields } from '../log.ts';
import type { QuestionTerms } from '../config/node-config.ts';
import { kindOf, type NodeContext } from '../node-context.ts';
import { evaluationOf, noteEvaluated } from '../lists/only-new.ts';
import { type OwnAccounts, readOwnAccounts, sourceOfBatches } from '../lists/own-accounts.ts';
import { STOPPING_PHASE } from '../phases.ts';
import { chosenPeer } from '../questions/planning.ts';
import type { PlannedRun, QuestionKind } from '../questions/question.ts';
import { DepartureWatch, mayPass, pause } from './retries.ts';
import { Slots } from './slots.ts';
import { takePart } from './taking-part.ts';

/** What happens while a question is asked, for people. */
export type AskEvent =
  /** All places for own questions are taken. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'reading'; readonly rows: number }
  /** The configured list was read: what is in it. Nothing was sent yet. */
  | { readonly kind: 'checked'; readonly report: DataReport }
  /** So many different accounts were evaluated in the period before, and are left out; so many are asked about. */
  | { readonly kind: 'only-new'; readonly leftOut: number; readonly unasked: number }
  | { readonly kind: 'planned'; readonly planned: PlannedRun }
  | { readonly kind: 'connecting'; readonly run: string; readonly attempt: number }
  /** Some parties are not connected: they get so much time more. */
  | { readonly kind: 'waiting-for-parties'; readonly parties: readonly PartyId[]; readonly leftMs: number }
  | { readonly kind: 'running'; readonly run: string; readonly progress: Progress }
  | { readonly kind: 'retrying'; readonly attempt: number; readonly error: MpcError };

export interface AskOptions {
  /** What to ask about. Absent: the configured accounts dataset. */
  readonly accounts?: Source;
  /** Whom to ask, where the question goes to one institution; not for one that goes to all. */
  readonly peer?: string;
  /** Only accounts that no question with this option was answered about in the period; for questions to all institutions. */
  readonly onlyNew?: boolean;
  /** Time for parties that are still starting to connect. Default 0: one attempt. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AskEvent) => void;
}

const FIRST_PAUSE_MS = 1000;
const RUN_NAME_BYTES = 16;

/** A question that is being asked. */
interface Asked {
  readonly terms: QuestionTerms;
  readonly planned: PlannedRun;
  readonly own: OwnAccounts;
  /** By the clock of this node. */
  readonly connectUntilMs: number;
  readonly abort: AbortController;
  readonly onEvent: (event: AskEvent) => void;
}

interface InPlace extends Pick<Asked, 'abort' | 'onEvent'>, Pick<AskOptions, 'accounts' | 'onlyNew' | 'waitMs'> {
  readonly kind: QuestionKind;
  readonly peer: PartyId | undefined;
}

interface Attempt {
  readonly runName: Uint8Array;
  /** From 1. */
  readonly attempt: number;
  /** Whether anything of the run has left. */
  readonly left: DepartureWatch;
}

/** An attempt whose run has begun here; nobody else knows of it yet. */
interface BegunAttempt extends Pick<Attempt, 'left'> {
  readonly run: ActiveRun;
  readonly agreement: Agreement;
}

export class Asking {
  readonly #context: NodeContext;
  readonly #slots: Slots;
  /** Questions whose run has not begun. */
  readonly #before = new Set<AbortController>();
  #stopping = false;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#slots = new Slots(context.config.limits.concurrentAsks);
  }

  get running(): number {
    return this.#slots.taken;
  }

  get waiting(): number {
    return this.#slots.waiting;
  }

  /** Questions without a run end now, and no new ones are taken; runs under way are left to themselves. */
  stop(): void {
    this.#stopping = true;
    for (const abort of this.#before) abort.abort(stopped());
  }

  /** @throws MpcError of whichever party's side it is */
  async ask(question: string, options: AskOptions = {}): Promise<Answer | OverlapAnswer> {
    if (this.#stopping) throw stopped();
    const terms = this.#termsOf(question);
    const kind = kindOf(this.#context.kinds, terms);
    const peer = chosenPeer(kind.peers(terms, this.#context.config.name), options.peer);
    const { signal, onEvent = () => undefined } = options;
    const abort = new AbortController();
    const cancel = (): void => abort.abort(cancelled(signal?.reason));
    if (signal?.aborted) throw cancelled(signal.reason);
    signal?.addEventListener('abort', cancel, { once: true });
    this.#before.add(abort);
    try {
      if (!this.#slots.tryTake()) {
        onEvent({ kind: 'waiting' });
        await this.#slots.take(abort.signal);
      }
      try {
        return await this.#askInPlace(terms, { ...options, kind, peer, abort, onEvent });
      } finally {
        this.#slots.release();
      }
    } finally {
      this.#before.delete(abort);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Reads, plans and asks: a place for the question is taken. */
  async #askInPlace(terms: QuestionTerms, asking: InPlace): Promise<Answer | OverlapAnswer> {
    const { config, clock, policy } = this.#context;
    const { kind, peer, abort, onEvent, waitMs = 0, onlyNew = false } = asking;
    const { signal } = abort;
    const source =
      asking.accounts ??
      askedSource(config.datasets, terms, { signal, onReport: (report) => onEvent({ kind: 'checked', report }) });
    const read = await readOwnAccounts(source, {
      limit: terms.buckets.asker,
      signal,
      onRows: (rows) => onEvent({ kind: 'reading', rows }),
    });
    const planOf = ({ distinct: items }: OwnAccounts): PlannedRun =>
      kind.plan(terms, { asker: config.name, items, peer });
    const whole = planOf(read);
    const evaluation = onlyNew ? await evaluationOf(this.#context, read, { terms, planned: whole }) : undefined;
    const own = evaluation?.unasked ?? read;
    if (evaluation !== undefined) onEvent({ kind: 'only-new', leftOut: evaluation.leftOut, unasked: own.distinct });
    const planned = own === read ? whole : planOf(own);
    policy.agreementFor(terms, planned);
    requireBatch(own.distinct, planned, config.name);
    onEvent({ kind: 'planned', planned });
    const connectUntilMs = clock.now() + waitMs;
    const answer = await this.#askWithRetries({ terms, planned, own, connectUntilMs, abort, onEvent });
    if (evaluation !== undefined) await noteEvaluated(this.#context, evaluation, answer);
    return answer;
  }

  #termsOf(question: string): QuestionTerms {
    const { questions } = this.#context.config;
    const terms = questions.find(({ name }) => name === question);
    if (terms !== undefined) return terms;
    throw new UsageError('Cannot ask: there is no such question in the configuration', {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: `use one of: ${questions.map(({ name }) => name).join(', ')}`,
    });
  }

  async #askWithRetries(asked: Asked): Promise<Answer | OverlapAnswer> {
    const { retries } = this.#context.config.limits;
    for (let attempt = 1; ; attempt++) {
      const left = new DepartureWatch();
      const runName = this.#context.rng(RUN_NAME_BYTES);
      try {
        return await this.#attempt(asked, { runName, attempt, left });
      } catch (error) {
        // The peer's software, our data or a policy will be no different next time.
        if (attempt > retries || left.happened || !mayPass(error)) throw error;
        if (this.#stopping || asked.abort.signal.aborted) throw error;
        this.#context.log.write('warn', 'run-retried', { run: runName, attempt, ...errorFields(error) });
        asked.onEvent({ kind: 'retrying', attempt, error });
        await pause(this.#context.clock, FIRST_PAUSE_MS * 2 ** (attempt - 1), asked.abort.signal);
      }
    }
  }

  async #attempt(asked: Asked, { runName, attempt, left }: Attempt): Promise<Answer | OverlapAnswer> {
    const { config, runs, policy } = this.#context;
    const { terms, planned, abort, onEvent } = asked;
    requireGoodStanding(this.#context, [...planned.roles.keys()]);
    // Anew at every attempt, and with the run's beginning in one step: what is revoked from here on ends the run.
    const agreement = policy.agreementFor(terms, planned);
    const run = runs.begin({
      runName,
      question: terms.name,
      initiator: config.name,
      agreement: agreement.hash,
    });
    const stopRun = (): void => abort.abort(run.signal.reason);
    run.signal.addEventListener('abort', stopRun, { once: true });
    try {
      onEvent({ kind: 'connecting', run: toHex(runName), attempt });
      return await this.#answerOf(asked, { run, agreement, left });
    } finally {
      run.signal.removeEventListener('abort', stopRun);
      run.end();
      this.#before.add(abort);
    }
  }

  async #answerOf(
    { terms, planned, own, connectUntilMs, abort, onEvent }: Asked,
    { run, agreement, left }: BegunAttempt,
  ): Promise<Answer | OverlapAnswer> {
    const { config, wallClock, policy } = this.#context;
    const { runName } = run.begun;
    const name = toHex(runName);
    const links = await connectParties(this.#context, [...planned.roles.keys()], {
      runName,
      untilMs: connectUntilMs,
      signal: abort.signal,
      onWaiting: (parties, leftMs) => onEvent({ kind: 'waiting-for-parties', parties, leftMs }),
    });
    this.#before.delete(abort);
    const entries = await orClosing(links, policy.admitOwn({ terms, planned, agreement }, runName));
    const { output, report } = await takePart(this.#context, {
      run,
      terms,
      agreement,
      planned,
      entries,
      links,
      rows: { asked: sourceOfBatches(own.batches), held: undefined },
      policy: { decide: ({ initiator }) => ({ allow: initiator === config.name, reason: 'not the asker' }) },
      signal: abort.signal,
      observers: [left],
      onProgress: (progress) => onEvent({ kind: 'running', run: name, progress }),
    });
    if (output === undefined) throw new InternalError('Cannot answer: the run gave nothing', { code: 'internal' });
    return makeAnswer({
      question: terms.name,
      run: name,
      planned,
      self: config.name,
      columns: terms.protocol === 'overlap' ? terms.columns.map((column) => column.name) : [],
      batches: own.batches,
      outcome: output,
      report,
      nowMs: wallClock.now(),
    });
  }
}

/** The result; when there is none, nobody is left waiting at the other ends. */
async function orClosing<T>(links: ReadonlyMap<PartyId, Link>, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    for (const link of links.values()) link.close();
    throw error;
  }
}

function stopped(): TransportError {
  return new TransportError('Cannot ask: this node stops', { code: 'cancelled', phase: STOPPING_PHASE });
}

function cancelled(cause: unknown): TransportError {
  return new TransportError('Cannot ask: cancelled', { code: 'cancelled', phase: 'asking', cause });
}

/** Before anybody is contacted: who sees a node connect and ask nothing would learn that there is little to ask about. */
function requireBatch(items: number, { smallestBatch }: PlannedRun, party: PartyId): void {
  if (items === 0 || items >= smallestBatch) return;
  throw new UsageError(`Cannot ask: ${items} accounts are fewer than the ${smallestBatch} of the smallest batch`, {
    code: 'too-few-items',
    phase: 'input',
    party,
    remedy: 'ask about more of your accounts at once',
  });
}
