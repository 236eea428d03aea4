/**
 * Input by a dealer, who need not be a member. A shared value is three components, each for the two members that hold
 * it: component k for member k (as its first) and member k - 1 (as its second). A component is either the words
 * themselves or a 32-byte seed that both holders expand.
 *
 * The dealer signs the hash of each component. The two holders compare hash and signature before the first gate, so a
 * dealer that gave them different values is named by its own two signatures.
 */
import { asBytes, asWords, concatBytes, equalBytes, u32le } from '../../src/crypto/bytes.ts';
import type { BitShares, Member } from '../../src/crypto/bit-shares.ts';
import { HASH_BYTES, hashLong } from '../../src/crypto/hash.ts';
import { Prg, type PrgDraw, SEED_BYTES, xorDraw } from '../../src/crypto/prg.ts';
import { SIGNATURE_BYTES } from '../../src/crypto/signature.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { ProtocolError } from '../../src/errors.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { WORDS_PER_STEP } from './local-work.ts';
import { type Committee, nextSeat, previousSeat } from './seating.ts';

/** A component and the dealer's signature on its hash. */
export const DealtComponent: Message<Uint8Array, number> = bytesMessage('dealt-component');
/** Hash and the dealer's signature of every component that two members hold both. */
export const ComponentHashes: Message<Uint8Array, number> = bytesMessage('component-hashes');

const SIGNED_HASH_BYTES: number = HASH_BYTES + SIGNATURE_BYTES;
/** Lengths of the three components in bytes. */
export type ComponentBytes = readonly [number, number, number];
/** Three components as they leave: behind each of them is room for the dealer's signature. */
export type Components = readonly [Uint8Array, Uint8Array, Uint8Array];

export function dealtBytes(componentBytes: number): number {
  return componentBytes + SIGNATURE_BYTES;
}

export function componentHashesBytes(inputCount: number): number {
  return inputCount * SIGNED_HASH_BYTES;
}

/** Three seeds: a value that nobody chose, for inputs that may be random. */
export const SEED_COMPONENTS: ComponentBytes = [SEED_BYTES, SEED_BYTES, SEED_BYTES];

/** Two seeds and the words themselves, masked by both. */
export function wordComponents(wordCount: number): ComponentBytes {
  return [SEED_BYTES, SEED_BYTES, 4 * wordCount];
}

/** The dealer's side: signs each component, in the room behind it, and sends it to its two holders. */
export async function deal(io: Io, committee: Committee, components: Components): Promise<void> {
  await io.all(
    ([0, 1, 2] as const).map((index) => async () => {
      const signed = components[index];
      const component = signed.subarray(0, signed.length - SIGNATURE_BYTES);
      const hash = await io.compute(hashJob, { component });
      signed.set(io.sign(signedText(index, hash)), component.length);
      await io.all(
        [index, previousSeat(index)].map(
          (seat) => () => io.sub(`to-${seat}-${index}`).to(committee[seat]).send(DealtComponent, signed, signed.length),
        ),
      );
    }),
  );
}

/** Components that are seeds: of a value that nobody chose. */
export function seedComponents([a, b, c]: readonly [Uint8Array, Uint8Array, Uint8Array]): Components {
  return [withRoom(a), withRoom(b), withRoom(c)];
}

/** Words to be shared, and the component that becomes of them, which is the same memory. */
export interface WordsToShare {
  readonly words: Uint32Array;
  readonly component: Uint8Array;
}

/** Zeros, for the words of whoever deals them. */
export function roomForWords(wordCount: number): WordsToShare {
  const component = new Uint8Array(dealtBytes(4 * wordCount));
  return { words: asWords(component.subarray(0, 4 * wordCount)), component };
}

/** Masks words, where they are, into three components: two seeds and words ^ both streams. */
export async function shareWords(io: Io, { words, component }: WordsToShare): Promise<Components> {
  const seeds = [io.rng(SEED_BYTES), io.rng(SEED_BYTES)] as const;
  await io.compute(maskJob, { into: words, draws: seeds.map((seed) => seedDraw(io, seed, words.length)) });
  return [withRoom(seeds[0]), withRoom(seeds[1]), component];
}

function withRoom(bytes: Uint8Array): Uint8Array {
  const component = new Uint8Array(dealtBytes(bytes.length));
  component.set(bytes);
  return component;
}

/** A component as a member holds it, with what it compares. */
interface Held {
  readonly component: Uint8Array;
  readonly hash: Uint8Array;
  readonly signature: Uint8Array;
}

/** One dealer's input at one member, not yet compared. */
export interface DealtInput {
  readonly dealer: PartyId;
  readonly io: Io;
  readonly first: Held;
  readonly second: Held;
}

/** A member's side of `deal`: receives its two components and checks the dealer's signatures. */
export async function receiveDeal(io: Io, member: Member, dealer: PartyId, bytes: ComponentBytes): Promise<DealtInput> {
  const receive = (index: Member) => async (): Promise<Held> => {
    const channel = io.sub(`to-${member}-${index}`);
    const body = await channel.from(dealer).recv(DealtComponent, dealtBytes(bytes[index]));
    const component = body.subarray(0, bytes[index]);
    const signature = body.subarray(bytes[index]);
    const hash = await io.compute(hashJob, { component });
    if (!(await io.verify(dealer, signedText(index, hash), signature))) {
      throw new ProtocolError('Cannot accept input: its signature is not valid', {
        code: 'bad-signature',
        phase: channel.phase,
        party: dealer,
        remedy: 'compare the keys that both sides have pinned',
      });
    }
    return { component, hash, signature };
  };
  const [first, second] = await io.all([receive(member), receive(nextSeat(member))]);
  return { dealer, io, first, second };
}

/** Compares all inputs with the two other members before the first gate: one round. */
export async function compareInputs(
  io: Io,
  member: Member,
  committee: Committee,
  inputs: readonly DealtInput[],
): Promise<void> {
  const bytes = componentHashesBytes(inputs.length);
  const compare = (seat: Member, index: Member, held: readonly Held[]) => async (): Promise<void> => {
    const own = concatBytes(...held.flatMap(({ hash, signature }) => [hash, signature]));
    const peer = committee[seat];
    const [, theirs] = await io.all([
      () => io.to(peer).send(ComponentHashes, own, bytes),
      () => io.from(peer).recv(ComponentHashes, bytes),
    ]);
    for (const [k, input] of inputs.entries()) {
      const record = theirs.subarray(k * SIGNED_HASH_BYTES, (k + 1) * SIGNED_HASH_BYTES);
      const hash = record.subarray(0, HASH_BYTES);
      if (equalBytes(hash, held[k].hash)) continue;
      // Two valid signatures on two values name the dealer; else the peer reports what the dealer never sent.
      const proven = await input.io.verify(input.dealer, signedText(index, hash), record.subarray(HASH_BYTES));
      throw new ProtocolError('Cannot use input: two members received different values', {
        code: proven ? 'equivocation' : 'disagreement',
        phase: input.io.phase,
        party: proven ? input.dealer : peer,
        remedy: proven
          ? 'the named party signed two different values; its operator has to explain them'
          : 'compare the logs of the named member and of the party whose input this phase carries',
      });
    }
  };
  // A member shares its first component with its predecessor and its second with its successor.
  await io.all([
    compare(
      previousSeat(member),
      member,
      inputs.map((input) => input.first),
    ),
    compare(
      nextSeat(member),
      nextSeat(member),
      inputs.map((input) => input.second),
    ),
  ]);
}

/** A component of words: the words themselves, or the stream of a seed, not yet expanded. */
export type WordComponent = Uint32Array | PrgDraw;

/** A member's two components of a compared input of two seeds and the words themselves. */
export function inputComponents(
  { io, first, second }: DealtInput,
  member: Member,
  wordCount: number,
): { readonly first: WordComponent; readonly second: WordComponent } {
  const componentOf = (index: Member, { component }: Held): WordComponent =>
    index === 2 ? asWords(component) : seedDraw(io, component, wordCount);
  return { first: componentOf(member, first), second: componentOf(nextSeat(member), second) };
}

/** The same, expanded to shares of `wordCount` words. */
export async function expandInput(input: DealtInput, member: Member, wordCount: number): Promise<BitShares> {
  const { io } = input;
  const components = inputComponents(input, member, wordCount);
  const expand = (component: WordComponent) => (): Promise<Uint32Array> =>
    component instanceof Uint32Array
      ? Promise.resolve(component)
      : io.compute(maskJob, { into: new Uint32Array(wordCount), draws: [component] });
  const [first, second] = await io.all([expand(components.first), expand(components.second)]);
  return { first, second };
}

/** A member's two components of an input of seeds, not yet expanded. */
export interface InputDraws {
  readonly first: PrgDraw;
  readonly second: PrgDraw;
}

/** For who works on the streams of a compared input piece by piece. */
export function inputDraws({ io, first, second }: DealtInput, wordCount: number): InputDraws {
  return { first: seedDraw(io, first.component, wordCount), second: seedDraw(io, second.component, wordCount) };
}

/**
 * XORs the words of a dealer's seeds onto `into`, zeros of the caller's. `io` is the channel of its input: its path separates
 * the streams.
 */
export async function expandSeeds(io: Io, seeds: readonly Uint8Array[], into: Uint32Array): Promise<void> {
  const draws = seeds.map((seed) => seedDraw(io, seed, into.length));
  await io.compute(maskJob, { into, draws });
}

function seedDraw(io: Io, seed: Uint8Array, wordCount: number): PrgDraw {
  return new Prg(seed, io.sid, `input ${io.phase}`).draw(4 * wordCount);
}

function signedText(index: Member, hash: Uint8Array): Uint8Array {
  return concatBytes(u32le(index), hash);
}

export const hashJob: Job<{ readonly component: Uint8Array }, Uint8Array> = defineJob(
  'committee/hash',
  function* ({ component }): Steps<Uint8Array> {
    return yield* hashLong('dealt-component', component, blake2sKernel());
  },
  { inPlace: () => true },
);

export interface MaskInput {
  /** Words, or zeros: where the sum goes. */
  readonly into: Uint32Array;
  /** Streams of that length. */
  readonly draws: readonly PrgDraw[];
}

/** XOR of words and streams. Overwrites `into` and gives it: the job always runs in its caller's thread. */
export const maskJob: Job<MaskInput, Uint32Array> = defineJob(
  'committee/mask',
  function* ({ into, draws }): Steps<Uint32Array> {
    const chacha20 = chacha20Kernel();
    for (const [from, to] of ranges(into.length, WORDS_PER_STEP)) {
      const slice = asBytes(into.subarray(from, to));
      for (const draw of draws) xorDraw(draw, 4 * from, slice, chacha20);
      yield;
    }
    return into;
  },
  { inPlace: () => true },
);
