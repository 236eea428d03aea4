/**
 * Links between parties of one process that behave like a network: frames arrive in order, in a later turn of the event
 * loop, and a link can close at any time. Flow control is the session's, so it is the same here as over a socket.
 */
import { concatBytes } from '../crypto/bytes.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { Link, LinkEvents } from './link.ts';
import type { PartyId } from './party.ts';

/** What the network does with a frame: a test may change, drop or multiply it. */
export type Interceptor = (from: PartyId, to: PartyId, frame: Uint8Array) => readonly Uint8Array[];

export interface MemoryNetworkOptions {
  readonly clock?: Pick<Clock, 'soon'>;
  readonly intercept?: Interceptor;
}

export interface MemoryNetwork {
  /** The links of one party to all others. */
  links(self: PartyId): ReadonlyMap<PartyId, Link>;
  /** All links of a party close at once, as when its process is killed. */
  disconnect(party: PartyId): void;
}

/** A link between every two of the parties, in this process. */
export function createMemoryNetwork(parties: readonly PartyId[], options: MemoryNetworkOptions = {}): MemoryNetwork {
  const clock = options.clock ?? systemClock;
  const soon = (task: () => void): void => clock.soon(task);
  const intercept = options.intercept ?? ((_from, _to, frame) => [frame]);
  const links = new Map<PartyId, Map<PartyId, MemoryLink>>(parties.map((party) => [party, new Map()]));
  for (const [index, a] of parties.entries()) {
    for (const b of parties.slice(index + 1)) {
      const ab = new MemoryLink((frame) => intercept(a, b, frame), soon);
      const ba = new MemoryLink((frame) => intercept(b, a, frame), soon);
      ab.connect(ba);
      ba.connect(ab);
      links.get(a)?.set(b, ab);
      links.get(b)?.set(a, ba);
    }
  }
  return {
    links: (self) => links.get(self) ?? new Map<PartyId, Link>(),
    disconnect(party) {
      for (const link of links.get(party)?.values() ?? []) link.close();
    },
  };
}

class MemoryLink implements Link {
  readonly #intercept: (frame: Uint8Array) => readonly Uint8Array[];
  readonly #soon: (task: () => void) => void;
  #other: MemoryLink | undefined;
  #events: LinkEvents | undefined;
  /** Frames on their way to this end; `undefined` is the end of the link. */
  readonly #inbox: (Uint8Array | undefined)[] = [];
  #scheduled = false;
  #closed = false;

  constructor(intercept: (frame: Uint8Array) => readonly Uint8Array[], soon: (task: () => void) => void) {
    this.#intercept = intercept;
    this.#soon = soon;
  }

  connect(other: MemoryLink): void {
    this.#other = other;
  }

  send(pieces: readonly Uint8Array[]): void {
    if (this.#closed) return;
    for (const passed of this.#intercept(concatBytes(...pieces))) this.#handOver(passed);
  }

  attach(events: LinkEvents): void {
    this.#events = events;
    this.#schedule();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handOver(undefined);
  }

  #handOver(frame: Uint8Array | undefined): void {
    const other = this.#other;
    if (other === undefined) return;
    other.#inbox.push(frame);
    other.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#events === undefined || this.#inbox.length === 0) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      for (const frame of this.#inbox.splice(0)) {
        if (this.#closed) continue;
        if (frame === undefined) this.#events?.closed();
        else this.#events?.frame(frame);
      }
      this.#schedule();
    });
  }
}
