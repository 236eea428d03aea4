/**
 * Refused requests in the ledger, counted by peer, reason and question on each day. Not every one has an entry, or a peer
 * could fill the disk: the first has, the tenth, the hundredth and so on.
 */
import type { LedgerBodies } from '../../governance/ledger-entry.ts';
import type { Ledger } from '../../governance/ledger.ts';
import { calendarDay } from '../../governance/period.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import { errorFields, type Log } from '../log.ts';

export type RefusedRequest = Pick<LedgerBodies['refused'], 'peer' | 'reason' | 'question'>;

/** Who asks on so often on one day although a limit stands against it takes what it can get. */
const ENUMERATION_REFUSALS = 3;
/** Refusals of requests that come too often, or for too much. */
const LIMITS: readonly string[] = [
  'policy/per-day',
  'policy/too-many-items',
  'policy/grant/uses',
  'policy/contract/limits.max-runs',
  'policy/contract/limits.period',
  'policy/contract/inputs.size-bucket',
];

export interface RefusalsOptions {
  readonly ledger: Ledger;
  readonly wallClock: WallClock;
  readonly log: Log;
}

export class Refusals {
  readonly #options: RefusalsOptions;
  /** Of one day, by peer, reason and question: reasons are a closed list, and questions those of the configuration. */
  readonly #counts = new Map<string, number>();
  #day = '';

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  /** Never rejects: that an entry could not be written is logged, and the request is refused in any case. */
  async count(request: RefusedRequest): Promise<void> {
    const { ledger, log, wallClock } = this.#options;
    const day = calendarDay(wallClock.now());
    if (day !== this.#day) this.#counts.clear();
    this.#day = day;
    const { peer, question = '', reason } = request;
    try {
      const count = this.#next(`${peer} ${question} ${reason}`, ledger.state.refusals(request));
      if (Number.isInteger(Math.log10(count))) await ledger.append('refused', { ...request, count });
      if (LIMITS.includes(reason) && this.#next(`${peer} ${question}`, 0) >= ENUMERATION_REFUSALS) {
        await this.#raise({ alert: 'enumeration', peer, question });
      }
    } catch (error) {
      log.write('error', 'ledger-failed', { peer, ...errorFields(error) });
    }
  }

  #next(key: string, before: number): number {
    const count = (this.#counts.get(key) ?? before) + 1;
    this.#counts.set(key, count);
    return count;
  }

  /** Once a day. */
  async #raise(alert: {
    readonly alert: 'enumeration';
    readonly peer: PartyId;
    readonly question: string;
  }): Promise<void> {
    const { ledger } = this.#options;
    if (!ledger.state.hasAlert(alert)) await ledger.append('alert', alert);
  }
}
