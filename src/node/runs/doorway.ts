/**
 * Where links wait whose run this node has not joined yet: an initiator's until its offer was read, another party's until
 * the initiator's offer has come. Bounded in number, bytes and time, so that a peer that opens many costs little.
 */
import { toHex } from '../../crypto/bytes.ts';
import { ProtocolError, TransportError } from '../../errors.ts';
import type { Clock } from '../../kit/clock.ts';
import { readIncomingOffer } from '../../kit/incoming-offer.ts';
import type { Link } from '../../kit/link.ts';
import type { Offer } from '../../kit/offer.ts';
import type { PartyId } from '../../kit/party.ts';
import type { IncomingRun } from '../peer-network.ts';
import { WaitingLink } from './waiting-link.ts';

/** A run that a peer began, with what it offers. */
export interface RunWithOffer extends IncomingRun {
  readonly offer: Offer;
}

export interface DoorwayOptions {
  readonly clock: Clock;
  readonly offered: (run: RunWithOffer) => void;
  /** A link ended without an offer and without a run. */
  readonly refused: (peer: PartyId, error: unknown) => void;
}

/** More links of one peer that wait at a time are closed. Ten times the runs that a peer may have by default. */
const MAX_WAITING_PER_PEER = 160;
/** An offer follows its link at once; other parties' links come within the time that a node needs to join. */
const WAIT_MS = 60_000;

interface Guest {
  readonly run: IncomingRun;
  readonly link: WaitingLink;
  readonly cancelTimer: () => void;
}

export class Doorway {
  readonly #options: DoorwayOptions;
  readonly #guests = new Map<string, Guest>();
  #closed = false;

  constructor(options: DoorwayOptions) {
    this.#options = options;
  }

  /** Number of links that wait. */
  get waiting(): number {
    return this.#guests.size;
  }

  arrive(run: IncomingRun): void {
    // A timer that is set now would keep the process alive for nobody.
    if (this.#closed) {
      run.link.close();
      return;
    }
    const key = guestKey(run.peer, run.runName);
    const ofPeer = [...this.#guests.values()].filter((guest) => guest.run.peer === run.peer).length;
    if (ofPeer >= MAX_WAITING_PER_PEER || this.#guests.has(key)) {
      run.link.close();
      this.#options.refused(run.peer, tooMany(run.peer));
      return;
    }
    const link = new WaitingLink(run.link, this.#options.clock);
    const cancelTimer = this.#options.clock.timer(WAIT_MS, () => this.#leave(key, nobodyCame(run.peer)));
    this.#guests.set(key, { run, link, cancelTimer });
    readIncomingOffer(link.look(), run.peer).then(
      ({ offer }) => {
        if (this.#take(key, link) === undefined) return;
        this.#options.offered({ ...run, link, offer });
      },
      (error: unknown) => {
        if (this.#guests.get(key)?.link === link) this.#leave(key, error);
      },
    );
  }

  /** The link that a peer opened for this run, if one waits. */
  claim(peer: PartyId, runName: Uint8Array): Link | undefined {
    return this.#take(guestKey(peer, runName));
  }

  close(): void {
    this.#closed = true;
    for (const key of this.#guests.keys()) this.#take(key)?.close();
  }

  #leave(key: string, error: unknown): void {
    const guest = this.#guests.get(key);
    this.#take(key)?.close();
    if (guest !== undefined) this.#options.refused(guest.run.peer, error);
  }

  #take(key: string, only?: WaitingLink): WaitingLink | undefined {
    const guest = this.#guests.get(key);
    if (guest === undefined || (only !== undefined && guest.link !== only)) return undefined;
    this.#guests.delete(key);
    guest.cancelTimer();
    return guest.link;
  }
}

function tooMany(party: PartyId): ProtocolError {
  return new ProtocolError('Cannot take link: too many of this peer wait, or two of one run', {
    code: 'unexpected-message',
    phase: 'offer',
    party,
    remedy: 'the other side opens runs and does not begin them; look at its log with its operator',
  });
}

function nobodyCame(party: PartyId): TransportError {
  return new TransportError('Cannot begin run: nothing came on its link', {
    code: 'peer-silent',
    phase: 'offer',
    party,
  });
}

function guestKey(peer: PartyId, runName: Uint8Array): string {
  return `${peer} ${toHex(runName)}`;
}
