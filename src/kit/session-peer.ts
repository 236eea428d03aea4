/** One peer of a session: its link, the channels in both directions, and what they may hold. */
import { maxFrameBytes } from '../wire/frame.ts';
import { type Arrival, InboundChannel } from './inbound-channel.ts';
import type { Link } from './link.ts';
import type { OutboundChannel } from './outbound-channel.ts';
import type { PartyId } from './party.ts';
import type { PeerWatch } from './peer-watch.ts';
import { violation } from './session-faults.ts';

/** The largest runs have some 500 shards with some 20 channels a peer; who opens more is not following a protocol. */
const MAX_CHANNELS_PER_PEER = 2 ** 15;

/** Channels of a peer that may be full at once: few are used side by side, whatever the number of shards. */
const MAX_FULL_CHANNELS_PER_PEER = 16;

/** A run of half an hour asks about 90 times whether a peer lives; every question costs an answer. */
const MAX_PROBES_PER_PEER = 2 ** 14;

export class SessionPeer {
  readonly id: PartyId;
  readonly link: Link;
  readonly watch: PeerWatch;
  readonly outbound: Map<string, OutboundChannel> = new Map();
  closed: boolean = false;
  readonly #windowBytes: number;
  readonly #inbound = new Map<string, InboundChannel>();
  /** What all inbound channels hold together. */
  readonly #held = { bytes: 0 };
  #probes = 0;

  constructor(id: PartyId, { link, watch, windowBytes }: { link: Link; watch: PeerWatch; windowBytes: number }) {
    this.id = id;
    this.link = link;
    this.watch = watch;
    this.#windowBytes = windowBytes;
  }

  /** @throws ProtocolError when the peer has opened too many */
  inbound(channel: string): InboundChannel {
    let inbound = this.#inbound.get(channel);
    if (inbound === undefined) {
      if (this.#inbound.size >= MAX_CHANNELS_PER_PEER) {
        throw violation({ party: this.id, phase: channel }, 'bad-frame', 'too many channels were opened');
      }
      inbound = new InboundChannel(this.#windowBytes, this.#held);
      this.#inbound.set(channel, inbound);
    }
    return inbound;
  }

  /** @throws ProtocolError when the frame is not the channel's next one, or more than is held */
  arrived(channel: string, arrival: Arrival): void {
    this.watch.arrived();
    const where = { party: this.id, phase: channel };
    const problem = this.inbound(channel).push(arrival);
    if (problem !== undefined) throw violation(where, problem.code, problem.text);
    if (this.#held.bytes > MAX_FULL_CHANNELS_PER_PEER * (this.#windowBytes + maxFrameBytes)) {
      throw violation(where, 'oversize-message', 'more was sent on all channels than is held for one party');
    }
  }

  /** The peer asks whether this side lives; false when it has asked too often. */
  probed(): boolean {
    this.#probes++;
    return this.#probes <= MAX_PROBES_PER_PEER;
  }

  /** The channel on which a role waits for a message of the peer, or for it to take one. */
  get stuckChannel(): string | undefined {
    for (const halves of [this.#inbound, this.outbound]) {
      for (const [channel, half] of halves) if (half.waiting) return channel;
    }
    return undefined;
  }
}
