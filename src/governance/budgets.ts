/**
 * What is used up, as a fold over the ledger: requests of each day, padded rows of each period, runs and uses, failed
 * starts. A request counts for its day whatever becomes of it. Rows, runs and uses count while a run goes on, and for good
 * once something may have opened in it: a run that ended before that may be repeated.
 */
import type { PartyId } from '../kit/party.ts';
import type { Period } from './contract.ts';
import type { LedgerBodies, LedgerEntry } from './ledger-entry.ts';
import { calendarDay, periodEndMs, periodOf } from './period.ts';
import { protocolName, type RunGroup, RunGroups, targetOf } from './run-groups.ts';

/** What a signed contract limits for one asker. */
export interface AgreedLimits {
  /** The contract's hash, 64 hexadecimal digits. */
  readonly contract: string;
  readonly period: Period;
  /**
   * Padded rows that the asker may ask about in a period, over all its runs: its declared size. Software that departs from
   * the protocol gets more answers than rows, for how many accounts says the leakage of a run.
   */
  readonly baseRows: number;
  /** Answered runs until the contract expires. */
  readonly maxRuns: number;
  /** Starts in a period that failed with nonces shown: they bound the choice of a run id. */
  readonly failedStarts: number;
  /**
   * Answers that differ in rule or contributors could be subtracted: in one period an asker has one contract and one set
   * of contributors. False where every run goes to one institution, which answers for itself.
   */
  readonly oneRule: boolean;
}

/** One run that is asked for. */
export interface Request {
  /** The run's name on the links: 32 hexadecimal digits. */
  readonly run: string;
  readonly question: string;
  readonly protocol: string;
  readonly asker: PartyId;
  /** Who answers from a list, sorted. */
  readonly contributors: readonly PartyId[];
  /** Padded rows of the asker. */
  readonly bucket: number;
  /** Requests of the asker on one day (UTC); absent where nobody counts them. */
  readonly perDay?: number;
  readonly grant?: { readonly id: string; readonly uses?: number | undefined };
  /** Absent: the question runs without a signed contract, and only day and grant count. */
  readonly agreed?: AgreedLimits;
}

/** The limit that a request exceeds. */
export type Exceeded =
  | 'per-day'
  | 'grant-uses'
  | 'contract-runs'
  | 'period-rows'
  | 'failed-starts'
  | 'contributors'
  | 'other-contract'
  | 'clock';

/** What one asker used of one contract in one period, and of its runs in all periods. */
export interface PeriodUse {
  readonly rows: number;
  readonly runs: number;
  readonly failedStarts: number;
}

/** A clock that goes back so far is wrong: limits of a day that was closed would start anew. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
/** Two questions that meet a busy party as often as they can be tried again. */
const MAX_GIVEN_BACK_PER_DAY = 20;

type Admitted = LedgerBodies['run-admitted'];

/** A run that goes on. */
interface CountedRun {
  readonly admitted: Admitted;
  readonly day: string;
  /** Absent where no contract counts it. */
  readonly group?: RunGroup;
  mayHaveOpened: boolean;
}

interface DayUse {
  requests: number;
  givenBack: number;
}

export class Budgets {
  /** By name. */
  readonly #runs = new Map<string, CountedRun>();
  readonly #groups = new RunGroups();
  /** By question and asker, of the latest day. */
  readonly #today = new Map<string, DayUse>();
  /** Ended runs that may have opened something, by contract or grant. */
  readonly #answered = new Map<string, number>();
  readonly #failedStarts = new Map<string, { readonly period: string; count: number }>();
  #latestMs = -Infinity;
  #day = '';

  apply(entry: LedgerEntry): void {
    this.#turnTo(Date.parse(entry.at));
    switch (entry.kind) {
      case 'run-admitted':
        this.#admit(entry.body);
        return;
      case 'run-opening': {
        const run = this.#runs.get(entry.body.run);
        if (run !== undefined) run.mayHaveOpened = true;
        return;
      }
      case 'run-ended':
        this.#end(entry.body.run, entry.body.outcome === 'done');
        return;
      case 'failed-start':
        this.#failStart(entry.body);
        return;
      default:
    }
  }

  /** The first limit that the request would exceed now. */
  exceeded(request: Request, nowMs: number): Exceeded | undefined {
    if (nowMs < this.#latestMs - CLOCK_TOLERANCE_MS) return 'clock';
    const { perDay = Infinity, grant, agreed } = request;
    const timeMs = this.timeAt(nowMs);
    if (this.requestsToday(request, timeMs) >= perDay) return 'per-day';
    if (grant?.uses !== undefined && this.uses(grant.id) >= grant.uses) return 'grant-uses';
    return agreed === undefined ? undefined : this.#exceededOf(agreed, request, timeMs);
  }

  /** The time that a request counts at: a day or a period that was closed stays so when the clock goes back a little. */
  timeAt(nowMs: number): number {
    return Math.max(nowMs, this.#latestMs);
  }

  requestsToday({ question, asker }: Pick<Request, 'question' | 'asker'>, nowMs: number): number {
    return calendarDay(nowMs) === this.#day ? (this.#today.get(dayKey(question, asker))?.requests ?? 0) : 0;
  }

  /** Uses of a grant. */
  uses(grant: string): number {
    const running = [...this.#runs.values()].filter(({ admitted }) => admitted.grant === grant);
    return (this.#answered.get(grantKey(grant)) ?? 0) + running.length;
  }

  /** What the asker used under the contract; `contributors` counts where each institution answers for itself. */
  use(
    { contract, period, oneRule }: AgreedLimits,
    request: Pick<Request, 'asker' | 'contributors'>,
    nowMs: number,
  ): PeriodUse {
    const { asker } = request;
    const now = periodOf(period, nowMs);
    const target = oneRule ? '' : targetOf(request);
    const same = this.#groups.where(
      (group) => group.contract === contract && group.asker === asker && (oneRule || group.target === target),
    );
    const running = same.reduce((sum, group) => sum + group.running, 0);
    return {
      rows: same.reduce((sum, { period: of, rows }) => sum + (of === now ? rows : 0), 0),
      runs: (this.#answered.get(contractKey(contract, asker, target)) ?? 0) + running,
      failedStarts: this.#failedStarts.get(startsKey(contract, asker, now))?.count ?? 0,
    };
  }

  /** Runs that have not ended: at the start of a process, those that a former one left. */
  unfinished(): readonly string[] {
    return [...this.#runs.keys()];
  }

  /** May a failed start be given back to its asker today? */
  mayGiveBack(run: string): boolean {
    const counted = this.#runs.get(run);
    const day = counted === undefined ? undefined : this.#dayOf(counted);
    return day !== undefined && day.givenBack < MAX_GIVEN_BACK_PER_DAY;
  }

  #exceededOf(agreed: AgreedLimits, request: Request, nowMs: number): Exceeded | undefined {
    const { asker, protocol, bucket } = request;
    const now = periodOf(agreed.period, nowMs);
    if (agreed.oneRule) {
      const target = targetOf(request);
      // Periods of two contracts may have different lengths: those count that are not over.
      const signed = this.#groups.where(
        (group) =>
          group.asker === asker &&
          group.protocol === protocolName(protocol) &&
          (group.running > 0 || group.periodEndMs > nowMs),
      );
      if (signed.some(({ contract }) => contract !== agreed.contract)) return 'other-contract';
      if (signed.some((group) => group.period === now && group.target !== target)) return 'contributors';
    }
    const use = this.use(agreed, request, nowMs);
    if (use.failedStarts >= agreed.failedStarts) return 'failed-starts';
    if (use.runs >= agreed.maxRuns) return 'contract-runs';
    return use.rows + bucket > agreed.baseRows ? 'period-rows' : undefined;
  }

  #admit(admitted: Admitted): void {
    const group = this.#groups.join(admitted);
    const counted = { admitted, day: this.#day, mayHaveOpened: false };
    this.#runs.set(admitted.run, group === undefined ? counted : { ...counted, group });
    const key = dayKey(admitted.question, admitted.asker);
    const use = this.#today.get(key) ?? { requests: 0, givenBack: 0 };
    this.#today.set(key, use);
    use.requests++;
  }

  #end(name: string, isDone: boolean): void {
    const run = this.#runs.get(name);
    if (run === undefined) return;
    run.mayHaveOpened ||= isDone;
    const { grant, contract, asker } = run.admitted;
    if (run.mayHaveOpened) {
      if (grant !== undefined) addOne(this.#answered, grantKey(grant));
      if (contract !== undefined) {
        addOne(this.#answered, contractKey(contract, asker, ''));
        addOne(this.#answered, contractKey(contract, asker, targetOf(run.admitted)));
      }
    }
    this.#leave(name, run);
  }

  /** The run goes on no longer. */
  #leave(name: string, { admitted, group, mayHaveOpened }: CountedRun): void {
    this.#runs.delete(name);
    if (group !== undefined) this.#groups.leave(group, { admitted, mayHaveOpened });
    this.#groups.dropOver(this.#latestMs);
  }

  #failStart({ run: name, shown, givenBack }: LedgerBodies['failed-start']): void {
    const run = this.#runs.get(name);
    if (run === undefined) return;
    const { contract, asker, period } = run.admitted;
    if (shown && contract !== undefined && period !== undefined) {
      const key = startsKey(contract, asker, period);
      this.#failedStarts.set(key, { period, count: (this.#failedStarts.get(key)?.count ?? 0) + 1 });
    }
    const day = givenBack ? this.#dayOf(run) : undefined;
    if (day !== undefined) {
      day.requests--;
      day.givenBack++;
    }
    this.#leave(name, { ...run, mayHaveOpened: false });
  }

  #dayOf({ admitted, day }: CountedRun): DayUse | undefined {
    return day === this.#day ? this.#today.get(dayKey(admitted.question, admitted.asker)) : undefined;
  }

  /** What was counted for days and periods that are over is dropped. */
  #turnTo(timeMs: number): void {
    if (timeMs <= this.#latestMs) return;
    this.#latestMs = timeMs;
    const day = calendarDay(timeMs);
    if (day === this.#day) return;
    this.#day = day;
    this.#today.clear();
    this.#groups.dropOver(timeMs);
    for (const [key, { period }] of this.#failedStarts) {
      if (periodEndMs(period) <= timeMs) this.#failedStarts.delete(key);
    }
  }
}

function addOne(counters: Map<string, number>, key: string): void {
  counters.set(key, (counters.get(key) ?? 0) + 1);
}

// Names have no spaces, so that no two keys of different things are equal.
const dayKey = (question: string, asker: string): string => `${question} ${asker}`;
const grantKey = (grant: string): string => `grant ${grant}`;
const contractKey = (contract: string, asker: string, target: string): string =>
  `contract ${contract} ${asker} ${target}`;
const startsKey = (contract: string, asker: string, period: string): string => `${contract} ${asker} ${period}`;
