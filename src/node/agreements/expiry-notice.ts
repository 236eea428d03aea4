/** Tells in the log what ends soon, once a day: a contract or a card that is to follow needs all parties, and their time. */
import { calendarDay, daysUntil } from '../../governance/period.ts';
import type { NodeContext } from '../node-context.ts';

const SOON_DAYS = 30;

type Watched = Pick<NodeContext, 'config' | 'contracts' | 'log' | 'wallClock'>;

export class ExpiryNotice {
  readonly #context: Watched;
  #toldOn: string | undefined;

  constructor(context: Watched) {
    this.#context = context;
  }

  /** May be called at any time: tells once a calendar day (UTC). */
  tell(): void {
    const { config, contracts, wallClock } = this.#context;
    const today = calendarDay(wallClock.now());
    if (today === this.#toldOn) return;
    this.#toldOn = today;
    for (const { question, state, expires } of contracts.list()) {
      if (state === 'ready' && expires !== undefined) this.#tellOf({ question }, Date.parse(expires));
    }
    for (const { name, revoked, expiresMs } of config.peers) {
      if (!revoked && expiresMs !== undefined) this.#tellOf({ peer: name }, expiresMs);
    }
  }

  #tellOf(what: { readonly question: string } | { readonly peer: string }, expiresMs: number): void {
    const { log, wallClock } = this.#context;
    const days = daysUntil(expiresMs, wallClock.now());
    if (days > 0 && days <= SOON_DAYS) log.write('warn', 'expires-soon', { ...what, days });
  }
}
