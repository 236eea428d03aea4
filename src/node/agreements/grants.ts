/** This institution's own consent, entry by entry: whether it stands, and how often it was used. */
import type { Ledger } from '../../governance/ledger.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import type { AllowEntry } from '../config/node-config.ts';

/** Names that peers see as a phase: `policy/grant/expired`. */
export type GrantProblem = 'expired' | 'revoked';

/** For screens: a grant that has a name, and how it stands. */
export interface GrantStatus {
  readonly id: string;
  readonly question: string;
  readonly askers: readonly PartyId[];
  readonly expires?: string;
  readonly uses?: number;
  readonly used: number;
  readonly state: 'ready' | GrantProblem | 'uses';
}

export class Grants {
  readonly #ledger: Ledger;
  readonly #wallClock: WallClock;

  constructor(ledger: Ledger, wallClock: WallClock) {
    this.#ledger = ledger;
    this.#wallClock = wallClock;
  }

  /** undefined where the entry stands. */
  problemOf({ id, expiresMs }: AllowEntry): GrantProblem | undefined {
    if (expiresMs !== undefined && this.#wallClock.now() >= expiresMs) return 'expired';
    return id !== undefined && this.#ledger.state.isGrantRevoked(id) ? 'revoked' : undefined;
  }

  /** Whether all uses were counted; that of a run under way is among them. */
  isUsedUp({ id, uses }: AllowEntry): boolean {
    return id !== undefined && uses !== undefined && this.#ledger.budgets.uses(id) >= uses;
  }

  status(entry: AllowEntry): GrantStatus | undefined {
    const { id, question, askers, expiresMs, uses } = entry;
    if (id === undefined) return undefined;
    return {
      id,
      question,
      askers,
      ...(expiresMs === undefined ? {} : { expires: new Date(expiresMs).toISOString() }),
      ...(uses === undefined ? {} : { uses }),
      used: this.#ledger.budgets.uses(id),
      state: this.problemOf(entry) ?? (this.isUsedUp(entry) ? 'uses' : 'ready'),
    };
  }
}
