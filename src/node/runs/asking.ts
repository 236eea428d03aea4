/** Own questions: own accounts, a plan, links to all parties, run, answer; again only while nothing had left. */
import { toHex } from '../../crypto/bytes.ts';
import type { DataReport } from '../../data/data-report.ts';
import type { Source } from '../../data/source.ts';
import { InternalError, MpcError, PolicyError, TransportError, UsageError } from '../../errors.ts';
import type { Progress } from '../../kit/io.ts';
import type { Link } from '../../kit/link.ts';
import type { PartyId } from '../../kit/party.ts';
import { type Answer, makeAnswer, type OverlapAnswer } from './answer.ts';
import { requireCommonTime } from '../clock-check.ts';
import { askedSource } from '../lists/datasets.ts';
import { errorFields } from '../log.ts';
import type { QuestionTerms } from '../config/node-config.ts';
import { kindOf, type NodeContext } from '../node-context.ts';
import { evaluationOf, noteEvaluated } from '../lists/only-new.ts';
import { type OwnAccounts, readOwnAccounts, sourceOfBatches } from '../lists/own-accounts.ts';
import { STOPPING_PHASE } from '../phases.ts';
import { chosenPeer } from '../questions/planning.ts';
import type { PlannedRun } from '../questions/question.ts';
import { DepartureWatch, mayConnectLater, mayPass } from './retries.ts';
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
/** Between attempts to reach a party that is not there: it dials this node too, and then there is nothing to wait for. */
const CONNECT_PAUSE_MS = 300;
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
    const asker = this.#context.config.name;
    const peer = chosenPeer(kind.peers(terms, asker), options.peer);
    const { signal, onEvent = () => undefined, waitMs = 0, onlyNew = false } = options;
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
        const source =
          options.accounts ??
          askedSource(this.#context.config.datasets, terms, {
            signal: abort.signal,
            onReport: (report) => onEvent({ kind: 'checked', report }),
          });
        const read = await readOwnAccounts(source, {
          limit: terms.buckets.asker,
          signal: abort.signal,
          onRows: (rows) => onEvent({ kind: 'reading', rows }),
        });
        const whole = kind.plan(terms, { asker, items: read.distinct, peer });
        const evaluation = onlyNew ? await evaluationOf(this.#context, read, { terms, planned: whole }) : undefined;
        const own = evaluation?.unasked ?? read;
        if (evaluation !== undefined) {
          onEvent({ kind: 'only-new', leftOut: evaluation.leftOut, unasked: own.distinct });
        }
        const planned = own === read ? whole : kind.plan(terms, { asker, items: own.distinct, peer });
        this.#context.policy.agreementFor(terms, planned);
        onEvent({ kind: 'planned', planned });
        const connectUntilMs = this.#context.clock.now() + waitMs;
        const answer = await this.#askWithRetries({ terms, planned, own, connectUntilMs, abort, onEvent });
        if (evaluation !== undefined) await noteEvaluated(this.#context, evaluation, answer);
        return answer;
      } finally {
        this.#slots.release();
      }
    } finally {
      this.#before.delete(abort);
      signal?.removeEventListener('abort', cancel);
    }
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
        await this.#pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), asked.abort);
      }
    }
  }

  async #attempt(
    { terms, planned, own, connectUntilMs, abort, onEvent }: Asked,
    {
      runName,
      attempt,
      left,
    }: { readonly runName: Uint8Array; readonly attempt: number; readonly left: DepartureWatch },
  ): Promise<Answer | OverlapAnswer> {
    const { config, runs, wallClock, policy } = this.#context;
    const parties = [...planned.roles.keys()];
    this.#requireGoodStanding(parties);
    // Anew at every attempt, and with the run's beginning in one step: what is revoked from here on ends the run.
    const agreement = policy.agreementFor(terms, planned);
    const run = runs.begin({
      runName,
      question: terms.name,
      initiator: config.name,
      agreement: agreement.hash,
    });
    const name = toHex(runName);
    const stopRun = (): void => abort.abort(run.signal.reason);
    run.signal.addEventListener('abort', stopRun, { once: true });
    try {
      onEvent({ kind: 'connecting', run: name, attempt });
      const links = await this.#linksTo(parties, runName, { connectUntilMs, abort, onEvent });
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
    } finally {
      run.signal.removeEventListener('abort', stopRun);
      run.end();
      this.#before.add(abort);
    }
  }

  /** Links of the run to all its parties, once all are connected; until then nothing of the run leaves this node. */
  async #linksTo(
    parties: readonly PartyId[],
    runName: Uint8Array,
    { connectUntilMs, abort, onEvent }: Pick<Asked, 'connectUntilMs' | 'abort' | 'onEvent'>,
  ): Promise<ReadonlyMap<PartyId, Link>> {
    const { config, network, clock } = this.#context;
    const others = parties.filter((party) => party !== config.name);
    for (;;) {
      try {
        return await network.openRun(runName, others, abort.signal);
      } catch (error) {
        const leftMs = connectUntilMs - clock.now();
        if (leftMs <= 0 || !mayConnectLater(error)) throw error;
        const connected = new Set(network.status().flatMap((peer) => (peer.connected ? [peer.peer] : [])));
        const missing = others.filter((party) => !connected.has(party));
        onEvent({ kind: 'waiting-for-parties', parties: missing, leftMs });
        await this.#pause(Math.min(CONNECT_PAUSE_MS, leftMs), abort);
      }
      // What was found out meanwhile: a clock that is wrong is no reason to wait.
      this.#requireGoodStanding(parties);
    }
  }

  /** @throws PolicyError before anyone is contacted */
  #requireGoodStanding(parties: readonly PartyId[]): void {
    const { config, policy, network } = this.#context;
    for (const party of parties) {
      const problem = party === config.name ? undefined : policy.peerProblem(party);
      if (problem === undefined) continue;
      throw new PolicyError(`Cannot ask: a party of this question is not spoken to (${problem})`, {
        code: 'refused',
        phase: `policy/${problem}`,
        party,
        remedy: 'exchange new keys with its operator, or agree on a question without it',
      });
    }
    requireCommonTime(config.name, network.status(), parties);
  }

  #pause(delayMs: number, abort: AbortController): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancelTimer();
        reject(abort.signal.reason as Error);
      };
      const cancelTimer = this.#context.clock.timer(delayMs, () => {
        abort.signal.removeEventListener('abort', stop);
        resolve();
      });
      if (abort.signal.aborted) stop();
      else abort.signal.addEventListener('abort', stop, { once: true });
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
