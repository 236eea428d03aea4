/** Two ends of a socket in one process: messages arrive in order, in a later turn. For tests. */
import type { Clock } from '../kit/clock.ts';
import type { MessageSocket, SocketEvents } from './message-socket.ts';

/** What becomes of a message on its way. */
export type Tamper = (message: Uint8Array) => readonly Uint8Array[];

export class MemorySocket implements MessageSocket {
  readonly #soon: Clock['soon'];
  readonly #tamper: Tamper;
  #other: MemorySocket | undefined;
  #events: SocketEvents | undefined;
  #ended = false;
  /** Sent to this end and not delivered yet. */
  #inbox: Uint8Array[] = [];
  #inboxEnded = false;
  #scheduled = false;
  #reading = true;

  constructor(soon: Clock['soon'], tamper: Tamper) {
    this.#soon = soon;
    this.#tamper = tamper;
  }

  join(other: MemorySocket): void {
    this.#other = other;
  }

  get bufferedBytes(): number {
    return this.#other?.waitingBytes ?? 0;
  }

  get waitingBytes(): number {
    return this.#inbox.reduce((sum, message) => sum + message.length, 0);
  }

  /** Stops or starts to take what comes, like a peer that does not read. */
  set reading(reads: boolean) {
    this.#reading = reads;
    this.#schedule();
  }

  send(message: Uint8Array): void {
    if (this.#ended) return;
    for (const passed of this.#tamper(message)) this.#other?.take(passed);
  }

  attach(events: SocketEvents): void {
    this.#events = events;
    this.#schedule();
  }

  close(): void {
    if (this.#ended) return;
    this.#other?.takeEnd();
    this.#end();
  }

  destroy(): void {
    this.close();
  }

  take(message: Uint8Array): void {
    if (this.#ended) return;
    this.#inbox.push(message);
    this.#schedule();
  }

  takeEnd(): void {
    this.#inboxEnded = true;
    this.#schedule();
  }

  drained(): void {
    if (!this.#ended) this.#events?.drained();
  }

  #schedule(): void {
    const due = this.#inbox.length > 0 || this.#inboxEnded;
    if (this.#scheduled || this.#events === undefined || this.#ended || !due || !this.#reading) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      if (this.#ended || !this.#reading) return;
      const message = this.#inbox.shift();
      if (message !== undefined) {
        this.#other?.drained();
        this.#events?.message(message);
      } else if (this.#inboxEnded) this.#end();
      this.#schedule();
    });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#inbox = [];
    this.#soon(() => this.#events?.closed());
  }
}

/** `tamper` acts on what the first end sends, and on what the second sends. */
export function memorySocketPair(
  clock: Pick<Clock, 'soon'>,
  tamper: readonly [Tamper, Tamper] = [(message) => [message], (message) => [message]],
): readonly [MemorySocket, MemorySocket] {
  const soon = (task: () => void): void => clock.soon(task);
  const [one, two] = [new MemorySocket(soon, tamper[0]), new MemorySocket(soon, tamper[1])];
  one.join(two);
  two.join(one);
  return [one, two];
}
