/**
 * One run at one party: many ordered channels to every peer over one link each, with flow control, liveness and one
 * way to fail. A session fails once, for all channels together; it is never used again after that.
 *
 * Every peer is hostile: frames are decoded strictly, buffered at most up to the window, and read only into buffers
 * whose size the receiver computed itself.
 */
import {
  type ErrorCode,
  InternalError,
  MpcError,
  PolicyError,
  ProtocolError,
  TransportError,
  UsageError,
} from '../errors.ts';
import { decodeFrame } from '../wire/decode.ts';
import { encodeFrame } from '../wire/encode.ts';
import { type Frame, maxWaiting, obeys, type TextRule, textRules } from '../wire/frame.ts';
import type { Clock } from './clock.ts';
import { InboundChannel, type Arrival } from './inbound-channel.ts';
import type { Link } from './link.ts';
import { OutboundChannel } from './outbound-channel.ts';
import { PARTY_NAME, type PartyId } from './party.ts';
import { PeerWatch } from './peer-watch.ts';

export interface SessionLimits {
  /** Bytes that may be under way on one channel before the receiver has taken them. */
  readonly windowBytes: number;
  /** Silence after which a peer that is waited for is asked whether it still lives. */
  readonly stallMs: number;
  /** Time a live peer has to answer that question. */
  readonly graceMs: number;
  /** Time for the whole run. */
  readonly deadlineMs: number;
}

export const DEFAULT_LIMITS: SessionLimits = {
  windowBytes: 4 * 2 ** 20,
  stallMs: 20_000,
  graceMs: 5_000,
  deadlineMs: 30 * 60_000,
};

/** A run of ten parties has below 100 channels a peer; a peer that opens more is not following a protocol. */
const MAX_CHANNELS_PER_PEER = 4_096;

/** What is told of a frame: never its content. */
export interface Traffic {
  readonly peer: PartyId;
  readonly channel: string;
  readonly message: string;
  readonly sequence: number;
  readonly last: boolean;
  /** The message body's bytes in this frame. */
  readonly bodyBytes: number;
  /** The whole frame. */
  readonly frameBytes: number;
}

/** Sees every data frame that leaves and every one that a role takes; for meters, ledgers and tests. */
export interface TrafficObserver {
  sent?(traffic: Traffic): void;
  taken?(traffic: Traffic): void;
}

export interface SessionOptions {
  readonly self: PartyId;
  /** 16 bytes that name this run on the links. */
  readonly run: Uint8Array;
  readonly links: ReadonlyMap<PartyId, Link>;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly signal: AbortSignal | undefined;
  readonly observers: readonly TrafficObserver[];
}

interface Peer {
  readonly id: PartyId;
  readonly link: Link;
  readonly outbound: Map<string, OutboundChannel>;
  readonly inbound: Map<string, InboundChannel>;
  readonly watch: PeerWatch;
  closed: boolean;
}

export class Session {
  readonly self: PartyId;
  /** Aborted when the run fails, with the error as its reason. */
  readonly signal: AbortSignal;
  readonly #options: SessionOptions;
  readonly #peers = new Map<PartyId, Peer>();
  readonly #failure = new AbortController();
  readonly #cleanups: (() => void)[] = [];
  #ended = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.self = options.self;
    this.signal = this.#failure.signal;
    for (const [id, link] of options.links) {
      this.#peers.set(id, this.#newPeer(id, link));
    }
    this.#cleanups.push(options.clock.timer(options.limits.deadlineMs, () => this.#deadlinePassed()));
    this.#watch(options.signal);
    for (const peer of this.#peers.values()) {
      peer.link.attach({ frame: (bytes) => this.#arrived(peer, bytes), closed: () => this.#linkClosed(peer) });
    }
  }

  /** Sends one message; resolves when its last frame has left, which waits for the receiver's credit. */
  async send(to: PartyId, channel: string, name: string, body: Uint8Array): Promise<void> {
    this.signal.throwIfAborted();
    const peer = this.#peer(to);
    let outbound = peer.outbound.get(channel);
    if (outbound === undefined) {
      outbound = new OutboundChannel(this.#options.limits.windowBytes, this.signal, (part) => {
        const frame = encodeFrame({ kind: 'data', run: this.#options.run, channel, ...part });
        peer.link.send(frame);
        this.#observe('sent', peer, channel, part, frame.length);
        return frame.length;
      });
      peer.outbound.set(channel, outbound);
    }
    await outbound.send(name, body);
  }

  /**
   * Takes the next message of a channel, which must be `name` and `bytes` long (at most, where `variable`).
   * @throws ProtocolError when the peer sent anything else; TransportError when it does not send
   */
  async receive(
    from: PartyId,
    channel: string,
    expected: { readonly name: string; readonly bytes: number; readonly variable: boolean },
  ): Promise<Uint8Array> {
    this.signal.throwIfAborted();
    const peer = this.#peer(from);
    const inbound = this.#inbound(peer, channel);
    peer.watch.waitStarts();
    try {
      const parts: Uint8Array[] = [];
      let total = 0;
      for (;;) {
        const arrival = inbound.take() ?? (await this.#arrival(peer, inbound, channel));
        const { name, body, last } = arrival;
        if (name !== expected.name) throw this.#violation(peer, channel, 'unexpected-message', 'another message came');
        this.#credit(peer, inbound, channel, arrival);
        total += body.length;
        if (total > expected.bytes) throw this.#violation(peer, channel, 'oversize-message', 'message is too long');
        parts.push(body);
        if (last) break;
        if (body.length === 0) throw this.#violation(peer, channel, 'bad-message', 'an empty part came');
      }
      if (total < expected.bytes && !expected.variable) {
        throw this.#violation(peer, channel, 'bad-message', 'message is too short');
      }
      return joinParts(parts, total);
    } catch (error) {
      this.fail(error);
      throw this.signal.reason;
    } finally {
      peer.watch.waitEnds();
    }
  }

  /** Ends the run here and tells every peer why: the code, the phase and the party, nothing else. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const reason = asMpcError(error);
    const abort = encodeFrame({
      kind: 'abort',
      run: this.#options.run,
      code: reason.code,
      // An error from elsewhere may carry anything; what cannot be a frame must not keep the run from ending.
      phase: allowed(textRules.phase, reason.phase),
      party: allowed(textRules.party, reason.party),
    });
    this.#end();
    this.#failure.abort(reason);
    for (const peer of this.#peers.values()) {
      peer.link.send(abort);
      peer.link.close();
    }
  }

  /** Ends a run that succeeded. */
  close(): void {
    if (this.#ended) return;
    this.#end();
    for (const peer of this.#peers.values()) peer.link.close();
    this.#failure.abort(new TransportError('Cannot use run: it has ended', { code: 'cancelled' }));
  }

  #end(): void {
    this.#ended = true;
    for (const peer of this.#peers.values()) peer.watch.stop();
    for (const cleanup of this.#cleanups) cleanup();
  }

  #watch(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const cancel = (): void =>
      this.fail(
        new TransportError('Cannot finish run: cancelled', {
          code: 'cancelled',
          party: this.self,
          remedy: 'start a new run when ready',
          cause: signal.reason,
        }),
      );
    if (signal.aborted) queueMicrotask(cancel);
    signal.addEventListener('abort', cancel, { once: true });
    this.#cleanups.push(() => signal.removeEventListener('abort', cancel));
  }

  #newPeer(id: PartyId, link: Link): Peer {
    const { clock, limits, run } = this.#options;
    const peer: Peer = {
      id,
      link,
      outbound: new Map(),
      inbound: new Map(),
      closed: false,
      watch: new PeerWatch({
        clock,
        stallMs: limits.stallMs,
        graceMs: limits.graceMs,
        self: this.self,
        probe: () => link.send(encodeFrame({ kind: 'probe', run })),
        giveUp: (why) => this.fail(why === 'silent' ? this.#silent(peer) : this.#lost(peer)),
      }),
    };
    return peer;
  }

  #peer(id: PartyId): Peer {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new InternalError('Cannot reach party: not part of this run', { code: 'internal' });
    return peer;
  }

  #inbound(peer: Peer, channel: string): InboundChannel {
    let inbound = peer.inbound.get(channel);
    if (inbound === undefined) {
      if (peer.inbound.size >= MAX_CHANNELS_PER_PEER) {
        throw this.#violation(peer, channel, 'bad-frame', 'too many channels were opened');
      }
      inbound = new InboundChannel(this.#options.limits.windowBytes);
      peer.inbound.set(channel, inbound);
    }
    return inbound;
  }

  #arrived(peer: Peer, bytes: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#dispatch(peer, decodeFrame(bytes), bytes.length);
    } catch (error) {
      this.fail(
        error instanceof ProtocolError && error.party !== undefined
          ? error
          : this.#violation(peer, '', 'bad-frame', 'a frame does not decode', error),
      );
    }
  }

  #dispatch(peer: Peer, frame: Frame, frameBytes: number): void {
    switch (frame.kind) {
      case 'data': {
        peer.watch.arrived();
        const problem = this.#inbound(peer, frame.channel).push({ ...frame, frameBytes });
        if (problem !== undefined) throw this.#violation(peer, frame.channel, problem.code, problem.text);
        return;
      }
      case 'credit': {
        const accepted = peer.outbound.get(frame.channel)?.credit(frame.bytes) ?? false;
        if (!accepted) throw this.#violation(peer, frame.channel, 'bad-frame', 'credit for what was not sent');
        return;
      }
      case 'probe':
        peer.link.send(encodeFrame({ kind: 'status', run: this.#options.run, waiting: this.#waitingFor() }));
        return;
      case 'status':
        peer.watch.answered(frame.waiting);
        return;
      case 'abort':
        this.fail(this.#peerAborted(peer, frame.code, frame.phase, frame.party));
        return;
      default:
        frame satisfies never;
    }
  }

  #waitingFor(): readonly PartyId[] {
    const waiting = [...this.#peers.values()].filter((peer) => peer.watch.waiting).map((peer) => peer.id);
    return waiting.slice(0, maxWaiting);
  }

  #arrival(peer: Peer, inbound: InboundChannel, channel: string): Promise<Arrival> {
    if (peer.closed) throw this.#gone(peer, channel);
    return inbound.next(this.signal);
  }

  #credit(peer: Peer, inbound: InboundChannel, channel: string, arrival: Arrival): void {
    const bytes = inbound.release(arrival.frameBytes);
    if (bytes > 0) peer.link.send(encodeFrame({ kind: 'credit', run: this.#options.run, channel, bytes }));
    this.#observe('taken', peer, channel, arrival, arrival.frameBytes);
  }

  #observe(
    what: 'sent' | 'taken',
    peer: Peer,
    channel: string,
    part: { readonly name: string; readonly sequence: number; readonly last: boolean; readonly body: Uint8Array },
    frameBytes: number,
  ): void {
    for (const observer of this.#options.observers) {
      observer[what]?.({
        peer: peer.id,
        channel,
        message: part.name,
        sequence: part.sequence,
        last: part.last,
        bodyBytes: part.body.length,
        frameBytes,
      });
    }
  }

  #linkClosed(peer: Peer): void {
    peer.closed = true;
    if (this.#ended) return;
    for (const [channel, inbound] of peer.inbound) {
      if (inbound.starving) return this.fail(this.#gone(peer, channel));
    }
  }

  #deadlinePassed(): void {
    const stuck = [...this.#peers.values()].find((peer) => peer.watch.waiting);
    const behind = stuck?.watch.waitsFor.find((name) => name !== this.self);
    const blamed = behind ?? stuck?.id;
    this.fail(
      new TransportError('Cannot finish run: the time for it is over', {
        code: 'deadline',
        phase: 'waiting',
        ...(blamed === undefined ? {} : { party: blamed }),
        remedy: 'ask that party whether its node is overloaded or stuck, or allow more time',
      }),
    );
  }

  #violation(peer: Peer, phase: string, code: ErrorCode, what: string, cause?: unknown): ProtocolError {
    return new ProtocolError(`Cannot continue run: ${what}`, {
      code,
      phase,
      party: peer.id,
      remedy: "the other side's software broke the protocol; compare versions with its operator",
      cause,
    });
  }

  #silent(peer: Peer): TransportError {
    return new TransportError('Cannot continue run: the party does not answer', {
      code: 'peer-silent',
      phase: starvingChannel(peer),
      party: peer.id,
      remedy: 'ask its operator whether the node runs and is reachable, then start again',
    });
  }

  #lost(peer: Peer): TransportError {
    return new TransportError('Cannot continue run: a message between us was lost', {
      code: 'peer-silent',
      phase: starvingChannel(peer),
      party: peer.id,
      remedy: 'each side waits for the other; start again, and check what lies between the two nodes',
    });
  }

  #gone(peer: Peer, phase: string): TransportError {
    return new TransportError('Cannot continue run: the connection was closed', {
      code: 'peer-closed',
      phase,
      party: peer.id,
      remedy: 'ask its operator whether the node was stopped, then start again',
    });
  }

  #peerAborted(peer: Peer, code: string, phase: string, party: string): MpcError {
    const blamed = PARTY_NAME.test(party) ? party : peer.id;
    if (code === 'refused') {
      return new PolicyError('Cannot run: a party refused the request', {
        code: 'refused-by-peer',
        phase,
        party: peer.id,
        remedy: 'ask its operator what its policy allows',
      });
    }
    return new ProtocolError('Cannot continue run: a party ended it', {
      code: 'peer-aborted',
      phase,
      party: blamed,
      remedy:
        blamed === this.self
          ? 'the other side found this side at fault; look at the log here'
          : 'look at the log of the named party, then start again',
    });
  }
}

/** The channel on which a role waits for the peer. */
function starvingChannel(peer: Peer): string {
  for (const [channel, inbound] of peer.inbound) if (inbound.starving) return channel;
  return '';
}

function allowed(rule: TextRule, text: string | undefined): string {
  return text !== undefined && obeys(rule, text) ? text : '';
}

function joinParts(parts: readonly Uint8Array[], total: number): Uint8Array {
  // Copied always: the frame's buffer belongs to the transport, and word views need their own alignment.
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function asMpcError(error: unknown): MpcError {
  if (error instanceof MpcError) return error;
  if (error instanceof TypeError || error instanceof RangeError) {
    return new UsageError('Cannot run: a value is out of range', { code: 'bad-input', cause: error });
  }
  return new InternalError('Cannot run: a defect of this software', {
    code: 'internal',
    remedy: 'report it with the phase; no data is needed',
    cause: error,
  });
}
