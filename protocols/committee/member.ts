/**
 * A committee member for one run: the keys it shares with the other two, and the gates that use them. Araki et al., CCS
 * 2016 (§2.2 for zero shares from pairwise keys); the ring as in ABY3 (2018/403).
 */
import { andLocalInto, type BitShares, type Member, sliceShares } from '../../src/crypto/bit-shares.ts';
import { asBytes, concatBytes } from '../../src/crypto/bytes.ts';
import { deriveKey } from '../../src/crypto/hash.ts';
import { fillFromDraw, Prg, type PrgDraw, SEED_BYTES, xorDraw } from '../../src/crypto/prg.ts';
import { multiplyLocalInto, type RingShares, sliceRing } from '../../src/crypto/ring-shares.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message, ringMessage, wordsMessage } from '../../src/kit/message.ts';
import { WORDS_PER_STEP } from './local-work.ts';
import type { BitGates } from './circuits.ts';
import { type Committee, nextSeat, previousSeat, seatOf } from './seating.ts';
import { InternalError } from '../../src/errors.ts';

/** A member's contribution to the pair's key and to the committee's: 2 x 32 bytes. */
export const MemberSeeds: Message<Uint8Array, number> = bytesMessage('member-seeds');
export const MEMBER_SEEDS_BYTES: number = 2 * SEED_BYTES;
/** A member's own component of a batch of AND gates. */
export const AndShares: Message<Uint32Array, number> = wordsMessage('and-shares');
/** A member's own component of a batch of multiplications modulo 2^64. */
export const ProductShares: Message<BigUint64Array, number> = ringMessage('product-shares');

/** Gate engine of Boolean and ring circuits on one channel. */
export interface Gates extends BitGates {
  /** x · y modulo 2^64, element-wise, one round. */
  multiply(x: RingShares, y: RingShares): Promise<RingShares>;
}

export interface CommitteeMember {
  readonly member: Member;
  readonly committee: Committee;
  /** A gate engine on a channel, with streams of its own; once per channel. */
  gates(io: Io): Gates;
  /** A stream that all members share and nobody else knows; once per label. */
  commonStream(label: string): Prg;
  /** Streams that this member shares with the next one alone, and with the previous one alone; once per label. */
  pairStreams(label: string): { readonly next: Prg; readonly previous: Prg };
}

/** Exchanges seeds with the two other members: one round. */
export async function joinCommittee(io: Io, committee: Committee): Promise<CommitteeMember> {
  const member = seatOf(committee, io.self);
  if (member === undefined) throw new InternalError('Cannot join committee: not a member', { code: 'internal' });
  const next = nextSeat(member);
  const previous = previousSeat(member);
  const ownCommon = io.rng(SEED_BYTES);

  const exchange = (seat: Member) => async (): Promise<{ own: Uint8Array; peer: Uint8Array; common: Uint8Array }> => {
    const own = io.rng(SEED_BYTES);
    const [, body] = await io.all([
      () => io.to(committee[seat]).send(MemberSeeds, concatBytes(own, ownCommon), MEMBER_SEEDS_BYTES),
      () => io.from(committee[seat]).recv(MemberSeeds, MEMBER_SEEDS_BYTES),
    ]);
    return { own, peer: body.subarray(0, SEED_BYTES), common: body.subarray(SEED_BYTES) };
  };
  const [withNext, withPrevious] = await io.all([exchange(next), exchange(previous)]);

  const commons: [Uint8Array, Uint8Array, Uint8Array] = [ownCommon, ownCommon, ownCommon];
  commons[next] = withNext.common;
  commons[previous] = withPrevious.common;
  const common = deriveKey(concatBytes(...commons), io.sid, 'committee key');
  // The pair's key takes the lower seat's half first.
  const pairKey = (seat: Member, { own, peer }: { own: Uint8Array; peer: Uint8Array }): Uint8Array =>
    deriveKey(member < seat ? concatBytes(own, peer) : concatBytes(peer, own), io.sid, 'pair key');
  const nextKey = pairKey(next, withNext);
  const previousKey = pairKey(previous, withPrevious);

  const used = new Set<string>();
  // A stream that is drawn twice would mask two values with the same bytes.
  const once = (label: string): string => {
    if (used.has(label)) throw new InternalError('Cannot draw stream: it was drawn before', { code: 'internal' });
    used.add(label);
    return label;
  };
  return {
    member,
    committee,
    gates: (channel) =>
      createGates(channel, once(`gates ${channel.phase}`), { member, committee, nextKey, previousKey }),
    commonStream: (label) => new Prg(common, io.sid, once(`common ${label}`)),
    pairStreams(label) {
      const name = once(`pair ${label}`);
      return { next: new Prg(nextKey, io.sid, name), previous: new Prg(previousKey, io.sid, name) };
    },
  };
}

interface GateKeys {
  readonly member: Member;
  readonly committee: Committee;
  readonly nextKey: Uint8Array;
  readonly previousKey: Uint8Array;
}

function createGates(io: Io, label: string, { member, committee, nextKey, previousKey }: GateKeys): Gates {
  // One stream per pair, channel and kind of gate; a counter is never used twice.
  const streams = (kind: string): { next: Prg; previous: Prg } => ({
    next: new Prg(nextKey, io.sid, `zero ${kind} ${label}`),
    previous: new Prg(previousKey, io.sid, `zero ${kind} ${label}`),
  });
  const bits = streams('bits');
  const ring = streams('ring');
  const receiver = committee[previousSeat(member)];
  const sender = committee[nextSeat(member)];
  return {
    member,
    async and(x, y) {
      const words = x.reduce((sum, { first: part }) => sum + part.length, 0);
      const zero = { next: bits.next.draw(4 * words), previous: bits.previous.draw(4 * words) };
      const first = await io.compute(andJob, { x, y, zero });
      const [, second] = await io.all([
        () => io.to(receiver).send(AndShares, first, words),
        () => io.from(sender).recv(AndShares, words),
      ]);
      return { first, second };
    },
    async multiply(x, y) {
      const count = x.first.length;
      const zero = { next: ring.next.draw(8 * count), previous: ring.previous.draw(8 * count) };
      const first = await io.compute(multiplyRingJob, { x, y, zero });
      const [, second] = await io.all([
        () => io.to(receiver).send(ProductShares, first, count),
        () => io.from(sender).recv(ProductShares, count),
      ]);
      return { first, second };
    },
  };
}

interface ZeroDraws {
  /** With the successor: added. */
  readonly next: PrgDraw;
  /** With the predecessor: taken away, so that the three shares add up to zero. */
  readonly previous: PrgDraw;
}

export interface AndInput {
  /** In parts, x[k] as long as y[k]. */
  readonly x: readonly BitShares[];
  readonly y: readonly BitShares[];
  /** As many bytes as all parts together. */
  readonly zero: ZeroDraws;
}

export const andJob: Job<AndInput, Uint32Array> = defineJob(
  'committee/and',
  function* ({ x, y, zero }): Steps<Uint32Array> {
    const chacha20 = chacha20Kernel();
    const out = new Uint32Array(zero.next.length / 4);
    const multiplyInto = multiplier(x, y);
    for (const [from, to] of ranges(out.length, WORDS_PER_STEP)) {
      const slice = out.subarray(from, to);
      fillFromDraw(zero.next, 4 * from, asBytes(slice), chacha20);
      xorDraw(zero.previous, 4 * from, asBytes(slice), chacha20);
      multiplyInto(slice);
      yield;
    }
    return out;
  },
  { inPlace: () => true },
);

/** Turns zero shares into products, from call to call where the one before ended, whatever parts that lies in. */
function multiplier(x: readonly BitShares[], y: readonly BitShares[]): (zeroShare: Uint32Array) => void {
  if (x.length !== y.length || x.some(({ first }, k) => first.length !== y[k].first.length)) {
    throw new RangeError('Cannot multiply shares: parts differ in length');
  }
  let part = 0;
  let from = 0;
  return (zeroShare) => {
    for (let done = 0; done < zeroShare.length; ) {
      const to = Math.min(x[part].first.length, from + zeroShare.length - done);
      const own = zeroShare.subarray(done, done + to - from);
      andLocalInto(own, sliceShares(x[part], from, to), sliceShares(y[part], from, to), own);
      done += own.length;
      from = to;
      if (from < x[part].first.length) continue;
      part += 1;
      from = 0;
    }
  };
}

export const multiplyRingJob: Job<
  { readonly x: RingShares; readonly y: RingShares; readonly zero: ZeroDraws },
  BigUint64Array
> = defineJob(
  'committee/multiply',
  function* ({ x, y, zero }): Steps<BigUint64Array> {
    const count = x.first.length;
    const chacha20 = chacha20Kernel();
    const out = new BigUint64Array(count);
    const mask = new BigUint64Array(Math.min(count, WORDS_PER_STEP));
    for (let from = 0; from < count; from += WORDS_PER_STEP) {
      const to = Math.min(count, from + WORDS_PER_STEP);
      const slice = out.subarray(from, to);
      const other = mask.subarray(0, to - from);
      fillFromDraw(zero.next, 8 * from, asBytes(slice), chacha20);
      fillFromDraw(zero.previous, 8 * from, asBytes(other), chacha20);
      for (let k = 0; k < slice.length; k++) slice[k] = slice[k] - other[k];
      multiplyLocalInto(slice, sliceRing(x, from, to), sliceRing(y, from, to), slice);
      yield;
    }
    return out;
  },
  { inPlace: () => true },
);
