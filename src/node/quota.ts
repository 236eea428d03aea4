/**
 * Requests of each asker, question and calendar day, counted durably. A request is counted when the node decides to join
 * the run, before it reads its data or calls on anybody, and stays counted whatever becomes of the run: an offer that is
 * taken back costs its asker as much as an answer. The one exception is a run that never opened since a third party was
 * busy: that is not the asker's doing. Only the asker says so, hence a few times a day, which is what a false word gains:
 * attempts that tell it nothing and hold a place as long as an opening takes.
 */
import { UsageError } from '../errors.ts';
import type { WallClock } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import type { Store, StoreWriter } from './store.ts';
import { calendarDay } from './calendar-day.ts';

export interface QuotaKey {
  readonly question: string;
  readonly asker: PartyId;
}

/** A clock that goes back so far is wrong: limits of a day that was closed would start anew. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
/** Two questions that meet a busy party as often as they can be tried again. */
const MAX_GIVEN_BACK_PER_DAY = 20;
/** Counters of so many days stay, for an operator to look at. */
const DAYS_KEPT = 3;
const DAY_MS = 86_400_000;

export class Quota {
  readonly #store: Store;
  readonly #wallClock: WallClock;

  constructor(store: Store, wallClock: WallClock) {
    this.#store = store;
    this.#wallClock = wallClock;
  }

  /** Requests counted today. */
  used(key: QuotaKey): number {
    const used = this.#store.get(counterKey(key, calendarDay(this.#wallClock.now())));
    return typeof used === 'number' ? used : 0;
  }

  /**
   * Counts one request unless `perDay` are counted; true when it was counted and that is durable.
   * @throws UsageError `resource-limit` when the clock here went back
   */
  async take(key: QuotaKey, perDay: number): Promise<boolean> {
    return await this.#store.transaction((writer) => {
      const nowMs = this.#wallClock.now();
      noteTime(writer, nowMs);
      const counter = counterKey(key, calendarDay(nowMs));
      const used = Number(writer.get(counter) ?? 0);
      if (used >= perDay) return false;
      writer.put(counter, used + 1);
      return true;
    });
  }

  /** Takes one counted request of today back; false when there is none, or too many were taken back today. */
  async giveBack(key: QuotaKey): Promise<boolean> {
    return await this.#store.transaction((writer) => {
      const counter = counterKey(key, calendarDay(this.#wallClock.now()));
      const used = Number(writer.get(counter) ?? 0);
      const givenBack = Number(writer.get(`${counter}/given-back`) ?? 0);
      if (used === 0 || givenBack >= MAX_GIVEN_BACK_PER_DAY) return false;
      writer.put(counter, used - 1);
      writer.put(`${counter}/given-back`, givenBack + 1);
      return true;
    });
  }

  /** Checks the clock against the latest time that was counted at. @throws UsageError `resource-limit` */
  checkClock(): void {
    requireForward(this.#store.get(LATEST_KEY), this.#wallClock.now());
  }
}

const LATEST_KEY = 'clock/latest';

function noteTime(writer: StoreWriter, nowMs: number): void {
  const latest = writer.get(LATEST_KEY);
  requireForward(latest, nowMs);
  if (typeof latest === 'number' && latest >= nowMs) return;
  writer.put(LATEST_KEY, nowMs);
  if (typeof latest === 'number' && calendarDay(latest) === calendarDay(nowMs)) return;
  const oldest = calendarDay(nowMs - DAYS_KEPT * DAY_MS);
  for (const [key] of writer.entries('quota/')) if (key.slice('quota/'.length) < oldest) writer.remove(key);
}

function requireForward(latest: unknown, nowMs: number): void {
  if (typeof latest !== 'number' || nowMs >= latest - CLOCK_TOLERANCE_MS) return;
  const minutes = Math.ceil((latest - nowMs) / 60_000);
  throw new UsageError(`Cannot count requests: the clock of this machine went back by ${minutes} minutes`, {
    code: 'resource-limit',
    phase: 'clock',
    remedy: 'set the clock of this machine by a time service; limits per day depend on it',
  });
}

function counterKey({ question, asker }: QuotaKey, day: string): string {
  return `quota/${day}/${question}/${asker}`;
}
