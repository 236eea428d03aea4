/**
 * How two pinned peers begin a connection: Noise IK (or IKhfs) with a time in the first message and a verdict in the
 * second. Pure: bytes in, bytes out.
 *
 *   initiator → responder   version, suite, Noise message 1 { milliseconds since 1970, u64 }
 *   responder → initiator   Noise message 2 { verdict, u8; milliseconds since 1970, u64 }
 *
 * The two leading bytes are bound in the prologue. Their place, and the bytes of both payloads, stay the same in every
 * version, so that a peer of another version can still be told so. A verdict other than `welcome` goes only to a pinned
 * peer whose message is not a replay; everybody else gets nothing at all. Each side so learns how far the other's clock
 * is from its own, also where they part over it; the initiator's measure is at most the time of the handshake off.
 */
import { concatBytes, utf8 } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import { ProtocolError } from '../errors.ts';
import { BodyReader } from '../wire/reader.ts';
import { BodyWriter } from '../wire/writer.ts';
import { HandshakeState, type TransportStates } from './noise.ts';
import type { KeyPair, Primitives } from './primitives.ts';
import type { Freshness } from './replay-guard.ts';
import { type SuiteName, type SuitePolicy, SUITES, suiteNumbered } from './suite.ts';

/** Raised with every change of what follows the handshake. */
export const NET_VERSION = 4;
const PROLOGUE = utf8('blindflag-net');
const HEADER_BYTES = 2;
const TIME_BYTES = 8;
const VERDICT_BYTES = 1 + TIME_BYTES;

const VERDICTS = ['welcome', 'clock', 'version', 'suite'] as const;
type Verdict = (typeof VERDICTS)[number];
/** Why a pinned peer is turned away, in words that cross the wire. */
export type Refusal = Exclude<Verdict, 'welcome'>;

export interface HandshakeSide {
  readonly identity: KeyPair;
  readonly primitives: Primitives;
  readonly rng: Rng;
  readonly suites: SuitePolicy;
  /** The version this side speaks. Default: the one of this software. */
  readonly version?: number;
}

export interface Secured {
  readonly states: TransportStates;
  /** Names this connection on both sides; public. */
  readonly hash: Uint8Array;
  readonly suite: SuiteName;
}

export interface OpenedHandshake {
  readonly first: Uint8Array;
  /** @throws ProtocolError `bad-message` when the answer is not the pinned peer's */
  finish(
    second: Uint8Array,
  ):
    | ({ readonly kind: 'welcome' } & Answered)
    | { readonly kind: 'refused'; readonly why: Refusal; readonly peerMs: number };
}

/** What the initiator knows in addition: the responder's time, in milliseconds since 1970. */
export interface Answered extends Secured {
  readonly peerMs: number;
}

/** The initiator's part. */
export function openHandshake(
  side: HandshakeSide,
  peer: { readonly publicKey: Uint8Array; readonly nowMs: number },
): OpenedHandshake {
  const suite = side.suites.offer;
  const header = Uint8Array.of(side.version ?? NET_VERSION, SUITES[suite].number);
  const state = newState(side, suite, { header, initiator: true, remoteStatic: peer.publicKey });
  const time = new BodyWriter(TIME_BYTES).safeInteger(Math.trunc(peer.nowMs)).finish();
  return {
    first: concatBytes(header, state.write(time)),
    finish(second) {
      const body = new BodyReader(state.read(second));
      const verdict = VERDICTS[body.u8()];
      const peerMs = body.safeInteger();
      if (verdict === undefined) throw malformed();
      if (verdict !== 'welcome') return { kind: 'refused', why: verdict, peerMs };
      return { kind: 'welcome', states: state.split(), hash: state.hash, suite, peerMs };
    },
  };
}

/** Everything that a first message may be, other than welcome. */
export type Rejection = 'malformed' | 'unknown-suite' | 'not-admitted' | 'replayed';

export type Answer<P> =
  | { readonly kind: 'silent'; readonly why: Rejection }
  | { readonly kind: 'refuse'; readonly why: Refusal; readonly peer: P; readonly second: Uint8Array }
  | ({ readonly kind: 'welcome'; readonly peer: P; readonly second: Uint8Array } & Secured);

export interface Doorkeeper<P> {
  /** The peer that a static key belongs to; undefined for whoever is to get no answer. */
  admit(publicKey: Uint8Array): P | undefined;
  /** Whether the message was sent now and is seen for the first time. */
  judge(peer: P, ephemeral: Uint8Array, sentMs: number): Freshness;
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** The responder's part. Never throws for what a peer sent. */
export function answerHandshake<P>(side: HandshakeSide, first: Uint8Array, door: Doorkeeper<P>): Answer<P> {
  const suite = first.length < HEADER_BYTES ? undefined : suiteNumbered(first[1]);
  if (suite === undefined) return { kind: 'silent', why: first.length < HEADER_BYTES ? 'malformed' : 'unknown-suite' };
  let peer: P | undefined;
  const state = newState(side, suite, {
    header: first.subarray(0, HEADER_BYTES),
    initiator: false,
    admit(publicKey) {
      peer = door.admit(publicKey);
      return peer !== undefined;
    },
  });
  const sentMs = readTime(state, first);
  if (peer === undefined)
    return { kind: 'silent', why: state.remoteStatic === undefined ? 'malformed' : 'not-admitted' };
  if (sentMs === undefined || state.remoteEphemeral === undefined) return { kind: 'silent', why: 'malformed' };
  const freshness = door.judge(peer, state.remoteEphemeral, sentMs);
  if (freshness === 'replayed') return { kind: 'silent', why: 'replayed' };
  const verdict = decide(side, { version: first[0], suite, freshness });
  const payload = new BodyWriter(VERDICT_BYTES).u8(VERDICTS.indexOf(verdict)).safeInteger(Math.trunc(door.nowMs()));
  let second: Uint8Array;
  try {
    second = state.write(payload.finish());
  } catch {
    // The pinned peer sent a KEM key that is none.
    return { kind: 'silent', why: 'malformed' };
  }
  if (verdict !== 'welcome') return { kind: 'refuse', why: verdict, peer, second };
  return { kind: 'welcome', peer, second, states: state.split(), hash: state.hash, suite };
}

function decide(
  side: HandshakeSide,
  offered: { readonly version: number; readonly suite: SuiteName; readonly freshness: Freshness },
): Verdict {
  if (offered.version !== (side.version ?? NET_VERSION)) return 'version';
  if (!side.suites.accept.includes(offered.suite)) return 'suite';
  return offered.freshness === 'clock-off' ? 'clock' : 'welcome';
}

/** The time in the first message; undefined when the message is not one, or is nobody's that is admitted. */
function readTime(state: HandshakeState, first: Uint8Array): number | undefined {
  try {
    // Later versions may append to it.
    return new BodyReader(state.read(first.subarray(HEADER_BYTES))).safeInteger();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function newState(
  side: HandshakeSide,
  suite: SuiteName,
  own: {
    readonly header: Uint8Array;
    readonly initiator: boolean;
    readonly remoteStatic?: Uint8Array;
    readonly admit?: (remoteStatic: Uint8Array) => boolean;
  },
): HandshakeState {
  const { pattern, aead } = SUITES[suite];
  const { header, ...rest } = own;
  return new HandshakeState({
    pattern,
    prologue: concatBytes(PROLOGUE, header),
    keyAgreement: side.primitives.keyAgreement,
    aead: side.primitives.aeads[aead],
    kem: side.primitives.kem,
    rng: side.rng,
    own: side.identity,
    ...rest,
  });
}

function malformed(): ProtocolError {
  return new ProtocolError('Cannot complete handshake: the answer is not of this protocol', {
    code: 'bad-message',
    phase: 'handshake',
  });
}
