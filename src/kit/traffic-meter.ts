/** Counts what a party sends and takes: bytes and messages, per peer. */
import type { PartyId } from './party.ts';
import type { Traffic, TrafficObserver } from './traffic.ts';

export interface TrafficTotals {
  /** Whole frames, headers included. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly sentMessages: number;
  readonly receivedMessages: number;
  readonly perPeer: ReadonlyMap<PartyId, { readonly sentBytes: number; readonly receivedBytes: number }>;
}

export class TrafficMeter implements TrafficObserver {
  #sentBytes = 0;
  #receivedBytes = 0;
  #sentMessages = 0;
  #receivedMessages = 0;
  readonly #perPeer = new Map<PartyId, { sentBytes: number; receivedBytes: number }>();

  sent(traffic: Traffic): void {
    this.#sentBytes += traffic.frameBytes;
    if (traffic.last) this.#sentMessages++;
    this.#peer(traffic.peer).sentBytes += traffic.frameBytes;
  }

  taken(traffic: Traffic): void {
    this.#receivedBytes += traffic.frameBytes;
    if (traffic.last) this.#receivedMessages++;
    this.#peer(traffic.peer).receivedBytes += traffic.frameBytes;
  }

  totals(): TrafficTotals {
    return {
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
      sentMessages: this.#sentMessages,
      receivedMessages: this.#receivedMessages,
      perPeer: new Map([...this.#perPeer].map(([id, totals]) => [id, { ...totals }])),
    };
  }

  #peer(id: PartyId): { sentBytes: number; receivedBytes: number } {
    let totals = this.#perPeer.get(id);
    if (totals === undefined) this.#perPeer.set(id, (totals = { sentBytes: 0, receivedBytes: 0 }));
    return totals;
  }
}
