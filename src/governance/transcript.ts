/**
 * What two parties said to each other in a run, as one digest that both compute alike: at the end of a run each signs the
 * other's, and later neither can say that something else was sent.
 *
 * Every channel and direction has a digest of its own, because the order across channels is different at every party. A
 * message is hashed whole, however it was cut into frames; of its channel's messages so many digests are kept as one hash
 * takes at once, since most channels have one or two. SHA-256 (FIPS 180-4); binding, not hiding: whoever
 * sees a digest and can guess every message of both directions can confirm the guess, and masks and keys prevent that.
 */
import { concatBytes, u32le, utf8 } from '../crypto/bytes.ts';
import { HASH_BYTES, hashTuple } from '../crypto/hash.ts';
import { type NewStreamHash, referenceStreamHash, type StreamHash } from '../crypto/stream-hash.ts';
import type { PartyId } from '../kit/party.ts';
import { SEAL_CHANNEL } from '../kit/run.ts';
import type { MessageWitness, WitnessedPart } from '../kit/witness.ts';

export type Direction = 'sent' | 'taken';

/** One whole message of a run. */
export interface DigestedMessage {
  readonly direction: Direction;
  readonly peer: PartyId;
  readonly channel: string;
  readonly message: string;
  /** Which message of its channel and direction, from 0. */
  readonly number: number;
  readonly bytes: number;
  /** H(name, body), 32 bytes. */
  readonly digest: Uint8Array;
}

export interface TranscriptOptions {
  readonly self: PartyId;
  /** SHA-256. Default: the plain reference, which takes fifteen times as long as the platform's own. */
  readonly newHash?: NewStreamHash;
  /** Told of every message when its last part has gone by. */
  readonly onMessage?: (message: DigestedMessage) => void;
}

/** One channel in one direction: a hash of its messages so far, digests that it does not have yet, the message under way. */
interface Lane {
  count: number;
  chain: Uint8Array;
  readonly latest: Uint8Array[];
  current: { readonly hash: StreamHash; bytes: number } | undefined;
}

/** Digests that go into a lane's hash at once; the memory of a lane is bounded by them. */
const DIGESTS_AT_ONCE = 32;

const NO_MESSAGES: Uint8Array = new Uint8Array(HASH_BYTES);
/** Separate what is hashed here from every other hash of this package, and from each other. */
const TRANSCRIPT_LABEL: Uint8Array = hashTuple('transcript');
const MESSAGE_LABEL: Uint8Array = hashTuple('transcript-message');

/** What parties say about the run, while it goes on and when its roles have ended, is no part of what is sealed. */
export function isOfRun(channel: string): boolean {
  return channel !== 'done' && channel !== SEAL_CHANNEL && !channel.startsWith(`${SEAL_CHANNEL}/`);
}

/** Watches one run at one party. */
export class Transcript implements MessageWitness {
  readonly #options: TranscriptOptions;
  readonly #newHash: NewStreamHash;
  readonly #lanes = new Map<PartyId, Record<Direction, Map<string, Lane>>>();
  /** By name: what stands before the body of a message. */
  readonly #prefixes = new Map<string, Uint8Array>();

  constructor(options: TranscriptOptions) {
    this.#options = options;
    this.#newHash = options.newHash ?? referenceStreamHash;
  }

  sent(part: WitnessedPart): void {
    this.#add('sent', part);
  }

  taken(part: WitnessedPart): void {
    this.#add('taken', part);
  }

  /** 32 bytes over all whole messages with `peer` so far: the same at both once each has taken what the other sent. */
  digest(peer: PartyId): Uint8Array {
    const { self } = this.#options;
    const lanes = this.#lanes.get(peer);
    // Both name the pair in one order, and a direction by who sends.
    const [first, second] = self < peer ? [self, peer] : [peer, self];
    const fields: Uint8Array[] = [utf8(first), utf8(second)];
    for (const sender of [first, second]) {
      const own = [...(lanes?.[sender === self ? 'sent' : 'taken'] ?? [])].filter(([, { count }]) => count > 0);
      fields.push(u32le(own.length));
      for (const [channel, { count, chain, latest }] of own.toSorted(byName)) {
        fields.push(utf8(channel), u32le(count), concatBytes(chain, ...latest));
      }
    }
    const hash = this.#newHash();
    // Each with its length, so that no two lists of fields are one text.
    hash.update(concatBytes(TRANSCRIPT_LABEL, ...fields.flatMap((field) => [u32le(field.length), field])));
    return new Uint8Array(hash.digest());
  }

  #add(direction: Direction, { peer, channel, message, last, body }: WitnessedPart): void {
    if (!isOfRun(channel)) return;
    const lane = this.#lane(direction, peer, channel);
    lane.current ??= this.#begin(message);
    lane.current.hash.update(body);
    lane.current.bytes += body.length;
    if (!last) return;
    const { hash, bytes } = lane.current;
    const digest = hash.digest();
    lane.current = undefined;
    lane.latest.push(digest);
    if (lane.latest.length === DIGESTS_AT_ONCE) this.#fold(lane);
    const number = lane.count++;
    this.#options.onMessage?.({ direction, peer, channel, message, number, bytes, digest });
  }

  #begin(message: string): NonNullable<Lane['current']> {
    let prefix = this.#prefixes.get(message);
    if (prefix === undefined) {
      const name = utf8(message);
      this.#prefixes.set(message, (prefix = concatBytes(MESSAGE_LABEL, u32le(name.length), name)));
    }
    const hash = this.#newHash();
    hash.update(prefix);
    return { hash, bytes: 0 };
  }

  /** Digests have one length, so a chain says how many there were and in which order. */
  #fold(lane: Lane): void {
    const hash = this.#newHash();
    hash.update(concatBytes(lane.chain, ...lane.latest.splice(0)));
    lane.chain = hash.digest();
  }

  #lane(direction: Direction, peer: PartyId, channel: string): Lane {
    let lanes = this.#lanes.get(peer);
    if (lanes === undefined) this.#lanes.set(peer, (lanes = { sent: new Map(), taken: new Map() }));
    let lane = lanes[direction].get(channel);
    if (lane === undefined) {
      lane = { count: 0, chain: NO_MESSAGES, latest: [], current: undefined };
      lanes[direction].set(channel, lane);
    }
    return lane;
  }
}

/** Channel names are ASCII, so this is the order of their bytes. */
function byName([a]: readonly [string, Lane], [b]: readonly [string, Lane]): number {
  return a < b ? -1 : 1;
}
