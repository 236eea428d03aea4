/** Messages of a VOLE. Those that carry a check have names of their own: they are other formats. */
import { CHALLENGE_BYTES } from '../../src/crypto/vole-check.ts';
import { GF128_BYTES } from '../../src/crypto/gf2.ts';
import { concatBytes } from '../../src/crypto/bytes.ts';
import { ProtocolError } from '../../src/errors.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import { BASE_OTS_ID_BYTES } from './base-ots.ts';

/** Which base transfers a party has kept with the other one. */
export interface KeptBaseOts {
  readonly kept: boolean;
  /** Their id; random where there are none. */
  readonly id: Uint8Array;
}

export const BaseOtState: Message<KeptBaseOts, undefined> = {
  name: 'base-ot-state',
  bytes: () => 1 + BASE_OTS_ID_BYTES,
  encode: ({ kept, id }) => concatBytes(Uint8Array.of(kept ? 1 : 0), id),
  decode(body) {
    if (body[0] > 1) {
      throw new ProtocolError('Cannot read base transfers: neither kept nor not', { code: 'bad-message' });
    }
    return { kept: body[0] === 1, id: body.subarray(1) };
  },
};

export const BaseOtPoints: Message<Uint8Array, number> = bytesMessage('base-ot-points');
export const BaseOtSeeds: Message<Uint8Array, number> = bytesMessage('base-ot-seeds');
export const TreeMessage: Message<Uint8Array, number> = bytesMessage('vole-trees');
export const TreeProof: Message<Uint8Array, number> = bytesMessage('vole-proof');

const Transfers = bytesMessage('vole-transfers');
const CheckedTransfers = bytesMessage('vole-transfers-checked');
const Base = bytesMessage('vole-base');
const CheckedBase = bytesMessage('vole-base-checked');

/** Corrections of an OT extension, for either party's choices. */
export function transfersMessage({ checked }: { readonly checked: boolean }): Message<Uint8Array, number> {
  return checked ? CheckedTransfers : Transfers;
}

/** Seed trees and corrections of the base VOLEs. */
export function baseMessage({ checked }: { readonly checked: boolean }): Message<Uint8Array, number> {
  return checked ? CheckedBase : Base;
}

export interface TreeChallenge {
  readonly challenge: Uint8Array;
  readonly masked: Uint8Array;
}

export const TreeChallengeMessage: Message<TreeChallenge, undefined> = {
  name: 'vole-challenge',
  bytes: () => CHALLENGE_BYTES + GF128_BYTES,
  encode: ({ challenge, masked }) => concatBytes(challenge, masked),
  decode: (body) => ({ challenge: body.slice(0, CHALLENGE_BYTES), masked: body.slice(CHALLENGE_BYTES) }),
};
