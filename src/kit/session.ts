/**
 * One run at one party: many ordered channels to every peer over one link each, with flow control, liveness and one
 * way to fail. A session fails once, for all channels together; it is never used again after that.
 *
 * Every peer is hostile: frames are decoded strictly, buffered at most up to the window, and read only into buffers
 * whose size the receiver computed itself.
 */
import { equalBytes } from '../crypto/bytes.ts';
import {
  ERROR_CODES,
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
import { type Frame, maxFrameBytes, maxWaiting, obeys, type TextRule, textRules } from '../wire/frame.ts';
import { Cancellation } from './cancellation.ts';
import type { Clock } from './clock.ts';
import { type Arrival, InboundChannel } from './inbound-channel.ts';
import type { Link } from './link.ts';
import { OutboundChannel, type Part } from './outbound-channel.ts';
import type { PartyId } from './party.ts';
import { PeerWatch } from './peer-watch.ts';
import {
  cancelled,
  deadlinePassed,
  gone,
  lost,
  peerAborted,
  peerRefused,
  silent,
  violation,
  type Where,
} from './session-faults.ts';
import type { MessageWitness } from './witness.ts';

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

/** The largest runs have 1,024 shards with some 20 channels a peer; who opens more is not following a protocol. */
const MAX_CHANNELS_PER_PEER = 2 ** 15;

/** Channels of a peer that may be full at once: few are used side by side, whatever the number of shards. */
const MAX_FULL_CHANNELS_PER_PEER = 16;

/** A run of half an hour asks about 90 times whether a peer lives; every question costs an answer. */
const MAX_PROBES_PER_PEER = 2 ** 14;

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
  /** Sees what `observers` see, with its content. */
  readonly witnesses?: readonly MessageWitness[] | undefined;
}

/** What a run needs of its session; an audit brings one that plays back what was received. */
export interface RunSession {
  readonly self: PartyId;
  /** Aborted when the run fails, with the error as its reason. */
  readonly signal: AbortSignal;
  /** The same, for whoever waits. */
  readonly cancellation: Cancellation;
  /** Sends one message; resolves when its last frame has left, which waits for the receiver's credit. */
  send(to: PartyId, channel: string, name: string, body: Uint8Array): Promise<void>;
  /**
   * Takes the next message of a channel, which must be `name` and `bytes` long (at most, where `variable`).
   * @throws ProtocolError when the peer sent anything else; TransportError when it does not send
   */
  receive(from: PartyId, channel: string, expected: ExpectedMessage): Promise<Uint8Array>;
  /** This party counts as computing, and so as waiting for itself, until `work` ends. */
  computing<T>(work: Promise<T>): Promise<T>;
  /** Ends the run here and tells every peer why: the code, the phase and the party, nothing else. */
  fail(error: unknown): void;
  /** Ends a run that succeeded. */
  close(): void;
}

export interface ExpectedMessage {
  readonly name: string;
  readonly bytes: number;
  readonly variable: boolean;
}

interface Peer {
  readonly id: PartyId;
  readonly link: Link;
  readonly outbound: Map<string, OutboundChannel>;
  readonly inbound: Map<string, InboundChannel>;
  readonly watch: PeerWatch;
  /** What all inbound channels hold together. */
  readonly held: { bytes: number };
  probes: number;
  closed: boolean;
}

export class Session implements RunSession {
  readonly self: PartyId;
  readonly signal: AbortSignal;
  readonly cancellation: Cancellation;
  readonly #options: SessionOptions;
  readonly #peers = new Map<PartyId, Peer>();
  readonly #failure = new AbortController();
  readonly #cleanups: (() => void)[] = [];
  #computing = 0;
  #ended = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.self = options.self;
    this.signal = this.#failure.signal;
    this.cancellation = new Cancellation(this.signal);
    for (const [id, link] of options.links) {
      this.#peers.set(id, this.#newPeer(id, link));
    }
    this.#cleanups.push(options.clock.timer(options.limits.deadlineMs, () => this.#deadlinePassed()));
    this.#watch(options.signal);
    for (const peer of this.#peers.values()) {
      peer.link.attach({ frame: (bytes) => this.#arrived(peer, bytes), closed: () => this.#linkClosed(peer) });
    }
  }

  async send(to: PartyId, channel: string, name: string, body: Uint8Array): Promise<void> {
    this.signal.throwIfAborted();
    const peer = this.#peer(to);
    let outbound = peer.outbound.get(channel);
    if (outbound === undefined) {
      const emit = (part: Part): number => {
        const frame = encodeFrame({ kind: 'data', run: this.#options.run, channel, ...part });
        peer.link.send(frame);
        this.#observe('sent', peer, channel, part, frame.length);
        return frame.length;
      };
      outbound = new OutboundChannel(this.#options.limits.windowBytes, this.cancellation, emit, {
        starts: () => {
          peer.watch.waitStarts();
          if (peer.closed) this.fail(gone({ party: peer.id, phase: channel }));
        },
        ends: () => peer.watch.waitEnds(),
      });
      peer.outbound.set(channel, outbound);
    }
    await outbound.send(name, body);
  }

  async receive(from: PartyId, channel: string, expected: ExpectedMessage): Promise<Uint8Array> {
    this.signal.throwIfAborted();
    const peer = this.#peer(from);
    const inbound = this.#inbound(peer, channel);
    const where = { party: peer.id, phase: channel };
    peer.watch.waitStarts();
    try {
      const parts: Uint8Array[] = [];
      let total = 0;
      for (;;) {
        const arrival = inbound.take() ?? (await this.#arrival(peer, inbound, where));
        const { name, body, last } = arrival;
        if (name !== expected.name) throw violation(where, 'unexpected-message', 'another message came');
        this.#credit(peer, inbound, channel, arrival);
        total += body.length;
        if (total > expected.bytes) throw violation(where, 'oversize-message', 'message is too long');
        parts.push(body);
        if (last) break;
        if (body.length === 0) throw violation(where, 'bad-message', 'an empty part came');
      }
      if (total < expected.bytes && !expected.variable) {
        throw violation(where, 'bad-message', 'message is too short');
      }
      return joinParts(parts, total);
    } catch (error) {
      this.fail(error);
      throw this.signal.reason;
    } finally {
      peer.watch.waitEnds();
    }
  }

  async computing<T>(work: Promise<T>): Promise<T> {
    this.#computing++;
    try {
      return await work;
    } finally {
      this.#computing--;
    }
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    const reason = asMpcError(error);
    const abort = this.#abortFrame(reason);
    this.#end();
    this.#failure.abort(reason);
    for (const peer of this.#peers.values()) {
      peer.link.send(abort);
      peer.link.close();
    }
  }

  #abortFrame(reason: MpcError): Uint8Array {
    const { run } = this.#options;
    // What is wrong with an own input or setting is nobody else's to know: too few rows, too many, a malformed one.
    if (reason instanceof UsageError) {
      return encodeFrame({ kind: 'abort', run, code: 'bad-input', phase: 'input', party: this.self });
    }
    return encodeFrame({
      kind: 'abort',
      run,
      code: reason.code,
      // An error from elsewhere may carry anything; what cannot be a frame must not keep the run from ending.
      phase: allowed(textRules.phase, reason.phase),
      party: allowed(textRules.party, reason.party),
    });
  }

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
    const cancel = (): void => {
      const { reason }: { readonly reason: unknown } = signal;
      // Consent that was taken back is told as what it is; why else a run is cancelled is this side's own affair.
      if (reason instanceof PolicyError) this.fail(reason);
      else this.fail(cancelled({ party: this.self, phase: this.#phase(this.#peers.values()) }, reason));
    };
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
      held: { bytes: 0 },
      probes: 0,
      closed: false,
      watch: new PeerWatch({
        clock,
        stallMs: limits.stallMs,
        graceMs: limits.graceMs,
        probe: () => link.send(encodeFrame({ kind: 'probe', run })),
        giveUp: (why) => this.fail((why === 'silent' ? silent : lost)(this.#where(peer))),
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
        throw violation({ party: peer.id, phase: channel }, 'bad-frame', 'too many channels were opened');
      }
      inbound = new InboundChannel(this.#options.limits.windowBytes, peer.held);
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
          : violation(this.#where(peer), 'bad-frame', 'a frame does not decode', error),
      );
    }
  }

  #dispatch(peer: Peer, frame: Frame, frameBytes: number): void {
    if (!equalBytes(frame.run, this.#options.run)) {
      throw violation(this.#where(peer), 'bad-frame', 'a frame of another run came');
    }
    switch (frame.kind) {
      case 'data':
        this.#dataArrived(peer, { ...frame, frameBytes });
        return;
      case 'credit': {
        peer.watch.arrived();
        const accepted = peer.outbound.get(frame.channel)?.credit(frame.bytes) ?? false;
        if (accepted) return;
        throw violation({ party: peer.id, phase: frame.channel }, 'bad-frame', 'credit for what was not sent');
      }
      case 'probe':
        peer.probes++;
        if (peer.probes > MAX_PROBES_PER_PEER) throw violation(this.#where(peer), 'bad-frame', 'too many probes came');
        peer.link.send(encodeFrame({ kind: 'status', run: this.#options.run, waiting: this.#waitingFor() }));
        return;
      case 'status':
        this.#answered(peer, frame.waiting);
        return;
      case 'abort':
        this.fail(this.#abortOf(peer, frame));
        return;
      default:
        frame satisfies never;
    }
  }

  #dataArrived(peer: Peer, frame: Arrival & { readonly channel: string }): void {
    peer.watch.arrived();
    const where = { party: peer.id, phase: frame.channel };
    const problem = this.#inbound(peer, frame.channel).push(frame);
    if (problem !== undefined) throw violation(where, problem.code, problem.text);
    const { windowBytes } = this.#options.limits;
    if (peer.held.bytes > MAX_FULL_CHANNELS_PER_PEER * (windowBytes + maxFrameBytes)) {
      throw violation(where, 'oversize-message', 'more was sent on all channels than is held for one party');
    }
  }

  #answered(peer: Peer, waiting: readonly string[]): void {
    const only = (names: readonly string[], name: string): boolean => names.length === 1 && names[0] === name;
    // Whoever computes, or waits for a third party, may still send what the other waits for.
    const mutual = only(waiting, this.self) && only(this.#waitingFor(), peer.id);
    peer.watch.answered(
      waiting.filter((name) => this.#takesPart(name)),
      mutual,
    );
  }

  /** Whom this party's roles wait for; itself first while it computes. */
  #waitingFor(): readonly PartyId[] {
    const waiting = [...this.#peers.values()].filter((peer) => peer.watch.waiting).map((peer) => peer.id);
    return [...(this.#computing > 0 ? [this.self] : []), ...waiting].slice(0, maxWaiting);
  }

  #arrival(peer: Peer, inbound: InboundChannel, where: Where): Promise<Arrival> {
    if (peer.closed) throw gone(where);
    return inbound.next(this.cancellation);
  }

  #takesPart(name: string): boolean {
    return name === this.self || this.#peers.has(name as PartyId);
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
    for (const witness of this.#options.witnesses ?? []) {
      witness[what]({ peer: peer.id, channel, message: part.name, last: part.last, body: part.body });
    }
  }

  #linkClosed(peer: Peer): void {
    peer.closed = true;
    // What came before the end is still to be read; only who waits for more waits in vain.
    if (!this.#ended && stuckChannel(peer) !== undefined) this.fail(gone(this.#where(peer)));
  }

  #deadlinePassed(): void {
    const stuck = [...this.#peers.values()].find((peer) => peer.watch.waiting);
    // Whom the peer waits for, if it said so: blame follows the chain.
    const behind = stuck?.watch.waitsFor.find((name) => name !== this.self) as PartyId | undefined;
    const phase = this.#phase(stuck === undefined ? [] : [stuck]);
    this.fail(deadlinePassed({ party: behind ?? stuck?.id ?? this.self, phase }));
  }

  #abortOf(peer: Peer, frame: { readonly code: string; readonly phase: string; readonly party: string }): MpcError {
    const phase = frame.phase === '' ? this.#where(peer).phase : frame.phase;
    if (frame.code === 'refused') return peerRefused({ party: peer.id, phase });
    const party = this.#takesPart(frame.party) ? (frame.party as PartyId) : peer.id;
    return peerAborted({ party, phase }, { self: this.self, code: knownCode(frame.code) });
  }

  #where(peer: Peer): Where {
    return { party: peer.id, phase: this.#phase([peer]) };
  }

  /** The first channel on which something waits for one of these peers. */
  #phase(peers: Iterable<Peer>): string {
    for (const peer of peers) {
      const channel = stuckChannel(peer);
      if (channel !== undefined) return channel;
    }
    return this.#computing > 0 ? 'computing' : 'run';
  }
}

/** The channel on which a role waits for a message of the peer, or for it to take one. */
function stuckChannel(peer: Peer): string | undefined {
  for (const halves of [peer.inbound, peer.outbound]) {
    for (const [channel, half] of halves) if (half.waiting) return channel;
  }
  return undefined;
}

function allowed(rule: TextRule, text: string | undefined): string {
  return text !== undefined && obeys(rule, text) ? text : '';
}

/** A code that this software knows; a peer's text is not repeated. */
function knownCode(code: string): ErrorCode | undefined {
  return ERROR_CODES.find((known) => known === code);
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
  return new InternalError('Cannot run: a defect of this software', {
    code: 'internal',
    remedy: 'report it with the phase; no data is needed',
    cause: error,
  });
}
