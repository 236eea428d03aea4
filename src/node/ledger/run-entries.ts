/** What the ledger says of one run, in its order: admitted, opening, and how it ended. */
import { toHex } from '../../crypto/bytes.ts';
import type { Ledger } from '../../governance/ledger.ts';
import type { Seal } from '../../governance/ledger-entry.ts';
import { sealsEntry } from '../../governance/seal.ts';
import { OPEN_CHANNEL } from '../../kit/opening.ts';
import type { PartyId } from '../../kit/party.ts';
import type { Traffic, TrafficObserver } from '../../kit/traffic.ts';
import { loggable } from '../log.ts';

export interface RunEnd {
  /** `done`, or the code of the error. */
  readonly outcome: string;
  readonly phase?: string;
  readonly party?: string;
  /** Once the parties had agreed on one. */
  readonly sid?: Uint8Array;
  /** A third party was busy: no doing of the asker. */
  readonly isBusy?: boolean;
  /** The asker is at fault, or said that it ends, whomever it names. */
  readonly isAskers?: boolean;
}

export interface AdmittedRun {
  /** On the links. */
  readonly name: string;
  readonly asker: PartyId;
  /** Of the contract, where it is under one. */
  readonly period: string | undefined;
}

/**
 * A run that the ledger admitted. It has begun once this party opens something in it, or took what its asker said behind
 * the opening (the asker itself: what anyone said). Until then the asker may have seen which id the run would have and have
 * ended it for that, whatever was confirmed; and it may say something first. So what fails before anything opened here is a
 * failed start, unless the run has begun and another party failed in it. Exactly one of `end`, `fail` and `failStart` is to
 * be called.
 *
 * Whose doing it was is what this party has seen itself. Whether what a third party reports was the asker's doing towards
 * that one nobody else can tell, and a link that was closed leaves nothing to show: were it counted, each party could use
 * up the starts of an honest asker by lying. As it is, an asker that fails towards one party at a time has
 * (others) x (limit - 1) + 1 starts in a period: the first party that has counted up to the limit joins no run of it.
 */
export class RunEntries {
  readonly name: string;
  /** Of the contract, where it is under one. */
  readonly period: string | undefined;
  readonly #ledger: Ledger;
  readonly #watch: StartWatch;
  #mayHaveOpened = false;
  readonly #seals: Seal[] = [];

  constructor(ledger: Ledger, { name, asker, period }: AdmittedRun) {
    this.#ledger = ledger;
    this.name = name;
    this.period = period;
    this.#watch = new StartWatch(asker === ledger.party ? undefined : asker);
  }

  /** Watches the traffic of the run: what of its opening has left this party, and what came behind it. */
  get observer(): TrafficObserver {
    return this.#watch;
  }

  /** Durable when it resolves; nothing opens before. `seed` commits to what the run draws from. */
  async opening(sid: Uint8Array, seed?: string): Promise<void> {
    const committed = seed === undefined ? {} : { seed };
    this.#mayHaveOpened = true;
    await this.#ledger.append('run-opening', { run: this.name, sid: toHex(sid), ...committed });
  }

  /** What a party and this one signed for each other: written with the end, so that the disk is waited for once. */
  sealed(seal: Seal): void {
    this.#seals.push(seal);
  }

  /** The end of a run that failed. */
  fail(end: RunEnd): Promise<void> {
    const { isAskers = false } = end;
    const isStart = !this.#mayHaveOpened && (!this.#watch.begun || isAskers);
    return isStart ? this.failStart(end) : this.end(end);
  }

  /** The end of a run that has begun. */
  async end({ outcome, phase, party, sid }: RunEnd): Promise<void> {
    const sealed =
      this.#seals.length === 0 ? [] : [this.#ledger.append('heads-countersigned', sealsEntry(this.#seals))];
    const ended = this.#ledger.append('run-ended', {
      run: this.name,
      outcome,
      ...placeOf({ phase, party }),
      ...(sid === undefined ? {} : { sid: toHex(sid) }),
    });
    await Promise.all([...sealed, ended]);
  }

  /** The end of a run that never has. */
  async failStart({ outcome, phase, party, isBusy = false }: RunEnd): Promise<void> {
    const { shown } = this.#watch;
    const givenBack = isBusy && !shown && this.#ledger.budgets.mayGiveBack(this.name);
    const place = placeOf({ phase, party });
    await this.#ledger.append('failed-start', { run: this.name, outcome, ...place, shown, givenBack });
  }
}

/** A peer's abort says where: what it says is kept by the same rule as in the log. */
function placeOf({
  phase,
  party,
}: {
  readonly phase: string | undefined;
  readonly party: string | undefined;
}): Pick<RunEnd, 'phase' | 'party'> {
  return {
    ...(phase === undefined ? {} : { phase: loggable('phase', phase) }),
    ...(party === undefined ? {} : { party }),
  };
}

/** Whoever began the run knows this party's nonce once it has left, and may not like the run id that it makes. */
class StartWatch implements TrafficObserver {
  readonly #asker: PartyId | undefined;
  shown = false;
  begun = false;

  /** undefined: this party itself. */
  constructor(asker: PartyId | undefined) {
    this.#asker = asker;
  }

  sent({ channel, message }: Traffic): void {
    if (channel === OPEN_CHANNEL && (message === 'opening' || message === 'openings')) this.shown = true;
  }

  taken({ channel, peer }: Traffic): void {
    if (channel !== OPEN_CHANNEL && (this.#asker === undefined || peer === this.#asker)) this.begun = true;
  }
}
