/**
 * Opening shared words to one receiver. First all members add a fresh sharing of zero from the committee's common
 * stream, which the receiver does not know unless it is a member: what it gets is then independent of how the value was
 * computed. Of every component one holder sends the words and the other a hash, and any difference ends the run. r_i are 32
 * bytes that only the two holders of x_i know: without them a hash would tell which of a few likely answers is the right one,
 * to a receiver that has the other two components.
 *
 *   receiver outside the committee   P_i sends x_i, r_i, H(x_{i+1}, r_{i+1})
 *   receiver P_i                     P_{i+1} sends x_{i+2}, r_{i+2};  P_{i+2} sends H(x_{i+2}, r_{i+2})
 *
 * Every party awaits `Io.opening`: who sends before it does, the receiver once all that it needs is there and before it
 * adds the components up. A receiver outside the committee needs the words of all three members, one that pools with
 * a member those of one other, and a receiver P_i those of P_{i+1}. So contributors say before their tables that something may open.
 */
import { asBytes, asWords, concatBytes, equalBytes, u32le, utf8 } from '../../src/crypto/bytes.ts';
import type { BitShares, Member } from '../../src/crypto/bit-shares.ts';
import { HASH_BYTES, hashTuple } from '../../src/crypto/hash.ts';
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { ProtocolError } from '../../src/errors.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow } from '../../src/kit/protocol.ts';
import { WORDS_PER_STEP } from './local-work.ts';
import type { CommitteeMember } from './member.ts';
import { type Committee, nextSeat, previousSeat, seatOf } from './seating.ts';

const BLIND_BYTES = 32;

/** What one member sends of an output: a component with its blind, a hash, or both, as in the table above. */
export const OutputShares: Message<Uint8Array, number> = bytesMessage('output-shares');

/** A member's side; every member calls it. When the receiver is this member, the result is what was opened. */
export async function openTo(
  io: Io,
  self: CommitteeMember,
  receiver: PartyId,
  shares: BitShares,
): Promise<Uint32Array | undefined> {
  const { member, committee } = self;
  const own = await componentsOf(io, self, shares);
  const receiverSeat = seatOf(committee, receiver);
  if (receiverSeat === member) return await receiveAsMember(io, committee, { member, own });
  const body = bodyOf(io, member, { receiverSeat, own });
  await io.opening();
  await io.to(receiver).send(OutputShares, body, body.length);
  return undefined;
}

/** What a member holds of the value, masked anew, each component with its blind. */
interface Components {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

async function componentsOf(io: Io, self: CommitteeMember, shares: BitShares): Promise<Components> {
  const bytes = 4 * shares.first.length;
  const label = `output ${io.phase}`;
  const stream = self.commonStream(label);
  const draws: [PrgDraw, PrgDraw] = [stream.draw(bytes), stream.draw(bytes)];
  const masked = await io.compute(remaskJob, { member: self.member, shares, draws });
  const blinds = self.pairStreams(label);
  return {
    first: concatBytes(asBytes(masked.first), blinds.previous.bytes(BLIND_BYTES)),
    second: concatBytes(asBytes(masked.second), blinds.next.bytes(BLIND_BYTES)),
  };
}

function bodyOf(
  io: Io,
  member: Member,
  { receiverSeat, own }: { readonly receiverSeat: Member | undefined; readonly own: Components },
): Uint8Array {
  if (receiverSeat === undefined) return concatBytes(own.first, outputHash(io, nextSeat(member), own.second));
  return member === nextSeat(receiverSeat) ? own.second : outputHash(io, member, own.first);
}

async function receiveAsMember(
  io: Io,
  committee: Committee,
  { member, own }: { readonly member: Member; readonly own: Components },
): Promise<Uint32Array> {
  const [next, previous] = [nextSeat(member), previousSeat(member)];
  const [missing, hash] = await io.all([
    () => io.from(committee[next]).recv(OutputShares, own.first.length),
    () => io.from(committee[previous]).recv(OutputShares, HASH_BYTES),
  ]);
  requireEqual(io, committee, { index: previous, component: missing, hash, holders: [next, previous] });
  await io.opening();
  return xorAll(wordsOf(own.first), wordsOf(own.second), wordsOf(missing));
}

/** The side of a receiver outside the committee. */
export async function receiveOpened(io: Io, committee: Committee, words: number): Promise<Uint32Array> {
  const bytes = 4 * words + BLIND_BYTES;
  const bodies = await io.all(committee.map((from) => () => io.from(from).recv(OutputShares, bytes + HASH_BYTES)));
  const [x0, x1, x2] = bodies.map((body) => body.subarray(0, bytes));
  const components = [x0, x1, x2];
  for (const holder of [0, 1, 2] as const) {
    const index = nextSeat(holder);
    const hash = bodies[holder].subarray(bytes);
    requireEqual(io, committee, { index, component: components[index], hash, holders: [holder, index] });
  }
  await io.opening();
  return xorAll(wordsOf(x0), wordsOf(x1), wordsOf(x2));
}

/** The message rows of an opening of `words` words. */
export function openFlow(committee: Committee, receiver: PartyId, words: number): readonly ChannelRow[] {
  const bytes = 4 * words + BLIND_BYTES;
  const row = (from: PartyId, length: number): ChannelRow => ({
    from,
    to: receiver,
    message: OutputShares.name,
    bytes: length,
    count: 1,
  });
  const seat = seatOf(committee, receiver);
  if (seat !== undefined) {
    return [row(committee[nextSeat(seat)], bytes), row(committee[previousSeat(seat)], HASH_BYTES)];
  }
  return committee.map((member) => row(member, bytes + HASH_BYTES));
}

/** The component without its blind. */
function wordsOf(component: Uint8Array): Uint32Array {
  return asWords(component.subarray(0, component.length - BLIND_BYTES));
}

function outputHash(io: Io, index: number, component: Uint8Array): Uint8Array {
  return hashTuple('output', io.sid, utf8(io.phase), u32le(index), component);
}

/** A component with its blind as one holder sent it, and the hash that the other sent. */
interface OutputCheck {
  readonly index: number;
  readonly component: Uint8Array;
  readonly hash: Uint8Array;
  readonly holders: readonly [Member, Member];
}

/** Both holders of a component must agree. Which of the two is wrong cannot be told, so the pair is named. */
function requireEqual(io: Io, committee: Committee, { index, component, hash, holders }: OutputCheck): void {
  if (equalBytes(hash, outputHash(io, index, component))) return;
  const [a, b] = holders.map((seat) => committee[seat]);
  throw new ProtocolError(`Cannot open result: the members ${a} and ${b} hold different values`, {
    code: 'disagreement',
    phase: io.phase,
    remedy: `${a} or ${b} computed wrongly or was disturbed; nothing was opened, start again`,
  });
}

function xorAll(a: Uint32Array, b: Uint32Array, c: Uint32Array): Uint32Array {
  const out = new Uint32Array(a.length);
  for (let k = 0; k < out.length; k++) out[k] = a[k] ^ b[k] ^ c[k];
  return out;
}

/** Adds (alpha_1, alpha_2, alpha_1 ^ alpha_2) to the three components. */
export const remaskJob: Job<
  { readonly member: number; readonly shares: BitShares; readonly draws: readonly [PrgDraw, PrgDraw] },
  BitShares
> = defineJob(
  'committee/remask',
  function* ({ member, shares, draws }): Steps<BitShares> {
    const chacha20 = chacha20Kernel();
    const first = shares.first.slice();
    const second = shares.second.slice();
    const mask = new Uint32Array(Math.min(first.length, WORDS_PER_STEP));
    for (let from = 0; from < first.length; from += WORDS_PER_STEP) {
      const to = Math.min(first.length, from + WORDS_PER_STEP);
      const slice = mask.subarray(0, to - from);
      for (const [index, draw] of draws.entries()) {
        fillFromDraw(draw, 4 * from, asBytes(slice), chacha20);
        // alpha_1 goes to components 0 and 2, alpha_2 to components 1 and 2.
        const toFirst = member === index || member === 2;
        const toSecond = (member + 1) % 3 === index || (member + 1) % 3 === 2;
        for (let k = 0; k < slice.length; k++) {
          if (toFirst) first[from + k] ^= slice[k];
          if (toSecond) second[from + k] ^= slice[k];
        }
      }
      yield;
    }
    return { first, second };
  },
  { inPlace: () => true },
);
