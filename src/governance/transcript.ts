/**
 * What two parties said to each other in a run, as one digest that both compute alike: at the end of a run each signs the
 * other's, and later neither can say that something else was sent.
 *
 * Every channel and direction has a text of its own, because the order across channels is different at every party. A
 * message is in it whole, however it was cut into frames, or by its hash where it is long: a run has many short messages,
 * and to begin a hash for each takes longer than to hash all of them at once. SHA-256 (FIPS 180-4); binding, not hiding:
 * whoever sees a digest and can guess every message of both directions can confirm the guess, and masks and keys prevent
 * that.
 */
import { utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import { type NewStreamHash, referenceStreamHash } from '../crypto/stream-hash.ts';
import type { PartyId } from '../kit/party.ts';
import { SEAL_CHANNEL } from '../kit/run.ts';
import type { MessageWitness, WitnessedPart } from '../kit/witness.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { type LaneOptions, namedBytes, TranscriptLane } from './transcript-lane.ts';

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

/** Separates what is hashed here from every other hash of this package. */
const TRANSCRIPT_LABEL: Uint8Array = hashTuple('transcript');

/** What parties say about the run, while it goes on and when its roles have ended, is no part of what is sealed. */
export function isOfRun(channel: string): boolean {
  return channel !== 'done' && channel !== SEAL_CHANNEL && !channel.startsWith(`${SEAL_CHANNEL}/`);
}

/** Watches one run at one party. */
export class Transcript implements MessageWitness {
  readonly #options: TranscriptOptions;
  readonly #laneOptions: LaneOptions;
  readonly #lanes = new Map<PartyId, Record<Direction, Map<string, TranscriptLane>>>();
  /** Names as they stand in hashed text. */
  readonly #names = new Map<string, Uint8Array>();

  constructor(options: TranscriptOptions) {
    this.#options = options;
    const { newHash = referenceStreamHash, onMessage } = options;
    this.#laneOptions = { newHash, digests: onMessage !== undefined };
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
    const text = new GrowingBytes();
    // Each piece has one length or says it, so that no two conversations are one text.
    text.put(TRANSCRIPT_LABEL);
    text.put(this.#named(first));
    text.put(this.#named(second));
    for (const sender of [first, second]) {
      const own = [...(lanes?.[sender === self ? 'sent' : 'taken'] ?? [])].filter(([, { count }]) => count > 0);
      text.putU32(own.length);
      for (const [, lane] of own.toSorted(byName)) lane.putInto(text);
    }
    const hash = this.#laneOptions.newHash();
    hash.update(text.view());
    text.wipe();
    return new Uint8Array(hash.digest());
  }

  /** Zeros for the messages that it has, once the run has ended: whoever has them and later keys of a pair has earlier ones. */
  wipe(): void {
    for (const { sent, taken } of this.#lanes.values()) {
      for (const lane of [...sent.values(), ...taken.values()]) lane.wipe();
    }
  }

  #add(direction: Direction, { peer, channel, message, last, body }: WitnessedPart): void {
    if (!isOfRun(channel)) return;
    const lane = this.#lane(direction, peer, channel);
    const number = lane.count;
    const whole = lane.add({ named: this.#named(message), body, last });
    if (whole?.digest === undefined) return;
    const { bytes, digest } = whole;
    this.#options.onMessage?.({ direction, peer, channel, message, number, bytes, digest });
  }

  #named(name: string): Uint8Array {
    let named = this.#names.get(name);
    if (named === undefined) this.#names.set(name, (named = namedBytes(utf8(name))));
    return named;
  }

  #lane(direction: Direction, peer: PartyId, channel: string): TranscriptLane {
    let lanes = this.#lanes.get(peer);
    if (lanes === undefined) this.#lanes.set(peer, (lanes = { sent: new Map(), taken: new Map() }));
    let lane = lanes[direction].get(channel);
    if (lane === undefined) {
      lane = new TranscriptLane(this.#named(channel), this.#laneOptions);
      lanes[direction].set(channel, lane);
    }
    return lane;
  }
}

/** Channel names are ASCII, so this is the order of their bytes. */
function byName([a]: readonly [string, TranscriptLane], [b]: readonly [string, TranscriptLane]): number {
  return a < b ? -1 : 1;
}
