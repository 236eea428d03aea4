/**
 * One run at one party: many ordered channels to every peer over one link each, with flow control, liveness and one
 * way to fail. A session fails once, for all channels together; it is never used again after that.
 *
 * Every peer is hostile: frames are decoded strictly, buffered at most up to the window, and read only into buffers
 * whose size the receiver computed itself.
 */
import { equalBytes } from '../crypto/bytes.ts';
import { InternalError, type MpcError, PolicyError, ProtocolError, TransportError } from '../errors.ts';
import { decodeFrame } from '../wire/decode.ts';
import { DataHeads, encodeFrame } from '../wire/encode.ts';
import { type Frame, maxWaiting } from '../wire/frame.ts';
import { Cancellation } from './cancellation.ts';
import type { Clock } from './clock.ts';
import type { Arrival, InboundChannel } from './inbound-channel.ts';
import { IncomingMessage } from './incoming-message.ts';
import type { Link } from './link.ts';
import { OutboundChannel, type Part } from './outbound-channel.ts';
import type { PartyId } from './party.ts';
import { PeerWatch } from './peer-watch.ts';
import type { ExpectedMessage, RunSession } from './run-session.ts';
import { abortError, abortFrame, asMpcError } from './session-abort.ts';
import { cancelled, deadlinePassed, gone, lost, silent, violation, type Where } from './session-faults.ts';
import type { SessionLimits } from './session-limits.ts';
import { SessionPeer } from './session-peer.ts';
import { tell, type TrafficListeners } from './traffic.ts';

export interface SessionOptions extends TrafficListeners {
  readonly self: PartyId;
  /** 16 bytes that name this run on the links. */
  readonly run: Uint8Array;
  readonly links: ReadonlyMap<PartyId, Link>;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly signal: AbortSignal | undefined;
}

/** What a party is told of one that it no longer hears. */
const LOST: readonly string[] = ['peer-closed', 'peer-silent', 'peer-aborted'];

export class Session implements RunSession {
  readonly self: PartyId;
  readonly signal: AbortSignal;
  readonly cancellation: Cancellation;
  readonly #options: SessionOptions;
  readonly #peers = new Map<PartyId, SessionPeer>();
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
      const heads = new DataHeads({ run: this.#options.run, channel });
      const emit = (part: Part): number => {
        const head = heads.of(part);
        const frameBytes = head.length + part.body.length;
        peer.link.send([head, part.body]);
        tell('sent', { peer: to, channel, part, frameBytes }, this.#options);
        return frameBytes;
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
    const inbound = peer.inbound(channel);
    const where = { party: peer.id, phase: channel };
    const message = new IncomingMessage(expected, where);
    peer.watch.waitStarts();
    try {
      for (;;) {
        const arrival = inbound.take() ?? (await this.#arrival(peer, inbound, where));
        if (arrival.name !== expected.name) throw violation(where, 'unexpected-message', 'another message came');
        this.#credit(peer, inbound, channel, arrival);
        message.add(arrival);
        if (arrival.last) return message.body;
      }
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
    const abort = abortFrame(reason, { run: this.#options.run, self: this.self });
    this.#end();
    this.#failure.abort(reason);
    for (const peer of this.#peers.values()) {
      peer.link.send([abort]);
      peer.link.close();
    }
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

  #newPeer(id: PartyId, link: Link): SessionPeer {
    const { clock, limits, run } = this.#options;
    const watch = new PeerWatch({
      clock,
      stallMs: limits.stallMs,
      graceMs: limits.graceMs,
      probe: () => link.send([encodeFrame({ kind: 'probe', run })]),
      giveUp: (why) => this.fail((why === 'silent' ? silent : lost)(this.#where(peer))),
    });
    const peer = new SessionPeer(id, { link, watch, windowBytes: limits.windowBytes });
    return peer;
  }

  #peer(id: PartyId): SessionPeer {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new InternalError('Cannot reach party: not part of this run', { code: 'internal' });
    return peer;
  }

  #arrived(peer: SessionPeer, bytes: Uint8Array): void {
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

  #dispatch(peer: SessionPeer, frame: Frame, frameBytes: number): void {
    if (!equalBytes(frame.run, this.#options.run)) {
      throw violation(this.#where(peer), 'bad-frame', 'a frame of another run came');
    }
    switch (frame.kind) {
      case 'data':
        peer.arrived(frame.channel, { ...frame, frameBytes });
        return;
      case 'credit': {
        peer.watch.arrived();
        const accepted = peer.outbound.get(frame.channel)?.credit(frame.bytes) ?? false;
        if (accepted) return;
        throw violation({ party: peer.id, phase: frame.channel }, 'bad-frame', 'credit for what was not sent');
      }
      case 'probe':
        if (!peer.probed()) throw violation(this.#where(peer), 'bad-frame', 'too many probes came');
        peer.link.send([encodeFrame({ kind: 'status', run: this.#options.run, waiting: this.#waitingFor() })]);
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

  #answered(peer: SessionPeer, waiting: readonly string[]): void {
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

  #arrival(peer: SessionPeer, inbound: InboundChannel, where: Where): Promise<Arrival> {
    if (peer.closed) throw gone(where);
    return inbound.next(this.cancellation);
  }

  #takesPart(name: string): boolean {
    return name === this.self || this.#peers.has(name as PartyId);
  }

  #credit(peer: SessionPeer, inbound: InboundChannel, channel: string, arrival: Arrival): void {
    const bytes = inbound.release(arrival.frameBytes);
    if (bytes > 0) peer.link.send([encodeFrame({ kind: 'credit', run: this.#options.run, channel, bytes })]);
    tell('taken', { peer: peer.id, channel, part: arrival, frameBytes: arrival.frameBytes }, this.#options);
  }

  #linkClosed(peer: SessionPeer): void {
    peer.closed = true;
    // What came before the end is still to be read; only who waits for more waits in vain.
    if (!this.#ended && peer.stuckChannel !== undefined) this.fail(gone(this.#where(peer)));
  }

  #deadlinePassed(): void {
    const stuck = [...this.#peers.values()].find((peer) => peer.watch.waiting);
    // Whom the peer waits for, if it said so: blame follows the chain.
    const behind = stuck?.watch.waitsFor.find((name) => name !== this.self) as PartyId | undefined;
    const phase = this.#phase(stuck === undefined ? [] : [stuck]);
    this.fail(deadlinePassed({ party: behind ?? stuck?.id ?? this.self, phase }));
  }

  #abortOf(
    peer: SessionPeer,
    frame: { readonly code: string; readonly phase: string; readonly party: string },
  ): MpcError {
    const blamed = this.#takesPart(frame.party) ? (frame.party as PartyId) : undefined;
    // Others name this party when a connection to it was lost: where one is lost here too, it is that one's other end.
    const silenced = blamed === this.self ? [...this.#peers.values()].find(({ closed }) => closed) : undefined;
    if (silenced !== undefined && LOST.includes(frame.code)) return gone(this.#where(silenced));
    return abortError(frame, this.#where(peer), { self: this.self, blamed });
  }

  #where(peer: SessionPeer): Where {
    return { party: peer.id, phase: this.#phase([peer]) };
  }

  /** The first channel on which something waits for one of these peers. */
  #phase(peers: Iterable<SessionPeer>): string {
    for (const peer of peers) {
      const channel = peer.stuckChannel;
      if (channel !== undefined) return channel;
    }
    return this.#computing > 0 ? 'computing' : 'run';
  }
}
