/** What crosses between parties in a test: message names and lengths, and how long the longest chain of them is. */
import type { PartyId } from '../kit/party.ts';
import type { Traffic, TrafficObserver } from '../kit/traffic.ts';

export interface TranscriptEntry {
  readonly from: PartyId;
  readonly to: PartyId;
  readonly channel: string;
  readonly message: string;
  readonly bytes: number;
}

/** Records whole messages as they leave. One recorder serves all parties of a run. */
export class TranscriptRecorder {
  readonly entries: TranscriptEntry[] = [];
  readonly #open = new Map<string, number>();

  observer(self: PartyId): TrafficObserver {
    return {
      sent: (traffic) => {
        const key = `${self}>${traffic.peer}>${traffic.channel}`;
        const bytes = (this.#open.get(key) ?? 0) + traffic.bodyBytes;
        if (!traffic.last) {
          this.#open.set(key, bytes);
          return;
        }
        this.#open.delete(key);
        const { peer, channel, message } = traffic;
        this.entries.push({ from: self, to: peer, channel, message, bytes });
      },
    };
  }
}

/**
 * Causal depth: a message's is one more than that of everything its sender had taken before. Counts only channels under
 * the given prefix. An upper bound of the rounds, exact where each party's tasks wait for each other.
 */
export class RoundMeter {
  readonly #prefix: string;
  readonly #partyDepth = new Map<PartyId, number>();
  readonly #messageDepth = new Map<string, number>();
  rounds = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  observer(self: PartyId): TrafficObserver {
    const key = (from: PartyId, to: PartyId, { channel, sequence }: Traffic): string =>
      `${from}>${to}>${channel}#${sequence}`;
    return {
      sent: (traffic) => {
        if (!traffic.channel.startsWith(this.#prefix)) return;
        const depth = (this.#partyDepth.get(self) ?? 0) + 1;
        this.#messageDepth.set(key(self, traffic.peer, traffic), depth);
        this.rounds = Math.max(this.rounds, depth);
      },
      taken: (traffic) => {
        const depth = this.#messageDepth.get(key(traffic.peer, self, traffic)) ?? 0;
        this.#partyDepth.set(self, Math.max(this.#partyDepth.get(self) ?? 0, depth));
      },
    };
  }
}
