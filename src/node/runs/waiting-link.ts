/** A link that waits for its run: keeps what arrives, within bounds, for whoever attaches later. */
import type { Clock } from '../../kit/clock.ts';
import type { Link, LinkEvents } from '../../kit/link.ts';

/** An offer fits four times; before a run begins, an honest peer sends nothing else but a few bytes of control. */
const MAX_WAITING_BYTES = 256 * 1024;
const MAX_WAITING_FRAMES = 64;

/** `undefined` stands for the end of the link. */
type Arrival = Uint8Array | undefined;

export class WaitingLink implements Link {
  readonly #link: Link;
  readonly #clock: Pick<Clock, 'soon'>;
  readonly #waiting: Arrival[] = [];
  #waitingBytes = 0;
  #looking: LinkEvents | undefined;
  #joined: LinkEvents | undefined;
  /** Whether what waited was handed over to `#joined`. */
  #flowing = false;
  #overflown = false;

  constructor(link: Link, clock: Pick<Clock, 'soon'>) {
    this.#link = link;
    this.#clock = clock;
    link.attach({ frame: (bytes) => this.#arrived(bytes), closed: () => this.#arrived(undefined) });
  }

  /** A view for reading ahead: it sees every frame, and all of them stay for the run. */
  look(): Link {
    return {
      send: () => undefined,
      close: () => undefined,
      attach: (events) => {
        this.#looking = events;
        for (const arrival of this.#waiting) pass(arrival, events);
      },
    };
  }

  send(pieces: readonly Uint8Array[]): void {
    this.#link.send(pieces);
  }

  /** What waited comes in a later turn: nobody is called back who is still being made. */
  attach(events: LinkEvents): void {
    this.#looking = undefined;
    this.#joined = events;
    this.#clock.soon(() => {
      this.#flowing = true;
      for (const arrival of this.#waiting.splice(0)) pass(arrival, events);
    });
  }

  close(): void {
    this.#link.close();
  }

  #arrived(arrival: Arrival): void {
    if (this.#overflown) return;
    if (this.#joined !== undefined) {
      // What comes between `attach` and the next turn is that turn's traffic and no more.
      if (this.#flowing) pass(arrival, this.#joined);
      else this.#waiting.push(arrival);
      return;
    }
    this.#waitingBytes += arrival?.length ?? 0;
    if (this.#waitingBytes > MAX_WAITING_BYTES || this.#waiting.length >= MAX_WAITING_FRAMES) {
      // The rest would be missing: the run sees a closed link.
      this.#overflown = true;
      this.#link.close();
      this.#waiting.push(undefined);
      if (this.#looking !== undefined) pass(undefined, this.#looking);
      return;
    }
    this.#waiting.push(arrival);
    if (this.#looking !== undefined) pass(arrival, this.#looking);
  }
}

function pass(arrival: Arrival, events: LinkEvents): void {
  if (arrival === undefined) events.closed();
  else events.frame(arrival);
}
