/**
 * Compares the messages of a run, as they leave, with the message table that its parameters alone fix. Equal means:
 * nobody could tell from direction, number or length of the messages what was matched or answered.
 */
import type { PartyId } from '../../kit/party.ts';
import type { FlowRow } from '../../kit/protocol.ts';
import type { TrafficObserver } from '../../kit/traffic.ts';

interface Tally {
  messages: number;
  bytes: number;
}

export class PlannedFlow {
  readonly totalBytes: number;
  #sentBytes = 0;
  readonly #protocol: string;
  readonly #planned = new Map<string, Tally>();
  readonly #sent = new Map<string, Tally>();
  /** Rows that are as planned too when nothing of them was sent. */
  readonly #unlessKept = new Set<string>();

  /** `protocol` is the name that starts the path of its channels. */
  constructor(protocol: string, flow: readonly FlowRow[]) {
    this.#protocol = protocol;
    for (const { from, to, channel, message, count, bytes, unlessKept } of flow) {
      const row = `${from}>${to}>${protocol}/${channel}>${message}`;
      add(this.#planned, row, { messages: count, bytes });
      if (unlessKept === true) this.#unlessKept.add(row);
    }
    this.totalBytes = flow.reduce((sum, row) => sum + row.bytes, 0);
  }

  observer(self: PartyId): TrafficObserver {
    return {
      sent: ({ peer, channel, message, last, bodyBytes }) => {
        // The opening and the end of a run are the kit's own messages, the same for every protocol.
        if (!channel.startsWith(`${this.#protocol}/`)) return;
        add(this.#sent, `${self}>${peer}>${channel}>${message}`, { messages: last ? 1 : 0, bytes: bodyBytes });
        this.#sentBytes += bodyBytes;
      },
    };
  }

  /** How much of the run's messages has left, 0 to 1. */
  get fraction(): number {
    return this.totalBytes === 0 ? 1 : Math.min(1, this.#sentBytes / this.totalBytes);
  }

  /** Whether all that was planned was sent, and nothing else. */
  isComplete(): boolean {
    if ([...this.#sent.keys()].some((row) => !this.#planned.has(row))) return false;
    return [...this.#planned].every(([row, planned]) => {
      const sent = this.#sent.get(row);
      if (sent === undefined) return this.#unlessKept.has(row);
      return sent.messages === planned.messages && sent.bytes === planned.bytes;
    });
  }
}

function add(tallies: Map<string, Tally>, row: string, { messages, bytes }: Tally): void {
  const tally = tallies.get(row);
  if (tally === undefined) tallies.set(row, { messages, bytes });
  else {
    tally.messages += messages;
    tally.bytes += bytes;
  }
}
