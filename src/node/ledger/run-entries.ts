/** What the ledger says of one run, in its order: admitted, opening, and how it ended. */
import { toHex } from '../../crypto/bytes.ts';
import type { Ledger } from '../../governance/ledger.ts';
import { OFFER_CHANNEL } from '../../kit/opening.ts';
import type { TrafficObserver } from '../../kit/session.ts';
import { loggable } from '../log.ts';

export interface RunEnd {
  /** `done`, or the code of the error. */
  readonly outcome: string;
  readonly phase?: string;
  readonly party?: string;
  /** Once the parties had agreed on one. */
  readonly sid?: Uint8Array;
  /** Digest of what came out at this party. */
  readonly output?: Uint8Array;
  /** A third party was busy: no doing of the asker. */
  readonly isBusy?: boolean;
}

/** A run that the ledger admitted. Exactly one of `end` and `failStart` is to be called. */
export class RunEntries {
  readonly name: string;
  /** Of the contract, where it is under one. */
  readonly period: string | undefined;
  readonly #ledger: Ledger;
  readonly #nonce = new NonceWatch();

  constructor(ledger: Ledger, name: string, period: string | undefined) {
    this.#ledger = ledger;
    this.name = name;
    this.period = period;
  }

  /** Watches the traffic of the run: what of its opening has left this party. */
  get observer(): TrafficObserver {
    return this.#nonce;
  }

  /** Durable when it resolves; nothing opens before. `seed` commits to what the run draws from. */
  opening(sid: Uint8Array, seed?: string): Promise<void> {
    const committed = seed === undefined ? {} : { seed };
    return this.#ledger.append('run-opening', { run: this.name, sid: toHex(sid), ...committed });
  }

  /** The end of a run that had an id. */
  end({ outcome, phase, party, sid, output }: RunEnd): Promise<void> {
    return this.#ledger.append('run-ended', {
      run: this.name,
      outcome,
      // A peer's abort says where: what it says is kept by the same rule as in the log.
      ...(phase === undefined ? {} : { phase: loggable('phase', phase) }),
      ...(party === undefined ? {} : { party }),
      ...(sid === undefined ? {} : { sid: toHex(sid) }),
      ...(output === undefined ? {} : { output: toHex(output) }),
    });
  }

  /** The end of a run that never had one. */
  failStart({ outcome, isBusy = false }: RunEnd): Promise<void> {
    const givenBack = isBusy && !this.#nonce.shown && this.#ledger.budgets.mayGiveBack(this.name);
    return this.#ledger.append('failed-start', { run: this.name, outcome, shown: this.#nonce.shown, givenBack });
  }
}

/** Whoever began the run knows this party's nonce once it has left, and may not like the run id that it makes. */
class NonceWatch implements TrafficObserver {
  shown = false;

  sent({ channel, message }: { readonly channel: string; readonly message: string }): void {
    if (channel === OFFER_CHANNEL && (message === 'opening' || message === 'openings')) this.shown = true;
  }
}
