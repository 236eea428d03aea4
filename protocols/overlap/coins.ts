/**
 * One coin of both sides for the malicious variant of the VOLE engine (eprint 2022/320): the holder commits to its
 * half before the receiver's table comes, the receiver sends its own half behind the table, the holder opens. So a receiver
 * has fixed its table before it can evaluate anything, and no side determines the coin.
 */
import { equalBytes, utf8 } from '../../src/crypto/bytes.ts';
import { GF128_BYTES } from '../../src/crypto/gf2.ts';
import { HASH_BYTES, hashTuple } from '../../src/crypto/hash.ts';
import { PEER_SOFTWARE_REMEDY, ProtocolError } from '../../src/errors.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ChannelRow } from '../../src/kit/protocol.ts';

/** Of the holder, to its half: 32 bytes. */
export const CoinCommitment: Message<Uint8Array, number> = bytesMessage('overlap-coin-commitment');
/** The receiver's half: 16 bytes. */
export const CoinHalf: Message<Uint8Array, number> = bytesMessage('overlap-coin');
/** The holder's half, and 32 bytes that hid it: 48 bytes. */
export const CoinOpening: Message<Uint8Array, number> = bytesMessage('overlap-coin-opening');

const OPENING_BYTES: number = GF128_BYTES + HASH_BYTES;

/** Below the engine's channel: a commitment leaves before everything else, and nobody waits for it but the table. */
export const COIN_CHANNEL = 'coin';

/** A coin that one side is committed to. */
export interface Coin {
  /** The sum of both halves, 16 bytes; both draw when the receiver's table is there or on its way. */
  draw(): Promise<Uint8Array>;
}

/** The holder's part, before anything of the receiver's table comes. */
export async function commitCoin(engine: Io, receiver: PartyId): Promise<Coin> {
  const io = engine.sub(COIN_CHANNEL);
  const opening = io.rng(OPENING_BYTES);
  await io.to(receiver).send(CoinCommitment, commitmentTo(io, io.self, opening), HASH_BYTES);
  return {
    async draw() {
      const theirs = await io.from(receiver).recv(CoinHalf, GF128_BYTES);
      await io.to(receiver).send(CoinOpening, opening, OPENING_BYTES);
      return sumOf(opening, theirs);
    },
  };
}

/** The receiver's part, before its table leaves. `draw` @throws ProtocolError `bad-message` that names the holder */
export async function receiveCommitment(engine: Io, holder: PartyId): Promise<Coin> {
  const io = engine.sub(COIN_CHANNEL);
  const commitment = await io.from(holder).recv(CoinCommitment, HASH_BYTES);
  return {
    async draw() {
      const own = io.rng(GF128_BYTES);
      await io.to(holder).send(CoinHalf, own, GF128_BYTES);
      const opening = await io.from(holder).recv(CoinOpening, OPENING_BYTES);
      if (equalBytes(commitmentTo(io, holder, opening), commitment)) return sumOf(opening, own);
      throw new ProtocolError('Cannot accept coin: it is not the one that was committed to', {
        code: 'bad-message',
        phase: io.phase,
        party: holder,
        remedy: PEER_SOFTWARE_REMEDY,
      });
    },
  };
}

export function coinFlow(receiver: PartyId, holder: PartyId): readonly ChannelRow[] {
  return [
    { from: holder, to: receiver, message: CoinCommitment.name, bytes: HASH_BYTES, count: 1 },
    { from: receiver, to: holder, message: CoinHalf.name, bytes: GF128_BYTES, count: 1 },
    { from: holder, to: receiver, message: CoinOpening.name, bytes: OPENING_BYTES, count: 1 },
  ];
}

function commitmentTo(io: Io, holder: PartyId, opening: Uint8Array): Uint8Array {
  return hashTuple('overlap-coin', io.sid, utf8(io.phase), utf8(holder), opening);
}

function sumOf(opening: Uint8Array, half: Uint8Array): Uint8Array {
  return half.map((byte, k) => byte ^ opening[k]);
}
