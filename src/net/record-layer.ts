/**
 * What goes over an established connection: records, each one Noise transport message in one WebSocket message. The first
 * byte of the plaintext is the kind, so that where a frame ends is authenticated and not the WebSocket's word.
 *
 *     part     the next 65,518 bytes of a frame, not its end        end      16-byte run name: nothing follows in that run
 *     last     the rest of a frame                                  close    reason, u8: nothing follows at all
 *     confirm  the initiator took the second handshake message      ping
 *     accept   the responder keeps this connection                  pong
 */
import { ProtocolError } from '../errors.ts';
import { MAX_NOISE_MESSAGE_BYTES, type TransportStates } from './noise.ts';
import type { CipherState } from './noise-state.ts';
import { TAG_BYTES } from './primitives.ts';

const KINDS = ['part', 'last', 'end', 'ping', 'pong', 'close', 'confirm', 'accept'] as const;
export type RecordKind = (typeof KINDS)[number];

/** Bytes of a frame in one record: a Noise message without tag and kind. */
export const MAX_RECORD_BYTES: number = MAX_NOISE_MESSAGE_BYTES - TAG_BYTES - 1;

/**
 * Messages under one key. RFC 8446 §5.5 keeps AES-GCM below 2^24.5 records of 2^10 blocks for an advantage of 2^-57; that
 * is 2^22.5 of our 2^12 blocks, and 2^20 stays below it.
 */
export const REKEY_AFTER: number = 2 ** 20;

export interface NetRecord {
  readonly kind: RecordKind;
  readonly payload: Uint8Array;
}

export class RecordLayer {
  readonly #states: TransportStates;
  readonly #rekeyAfter: number;
  /** Where each plaintext is put together: sealing copies it, so one buffer serves them all. */
  readonly #plaintext = new Uint8Array(1 + MAX_RECORD_BYTES);

  constructor(states: TransportStates, rekeyAfter: number = REKEY_AFTER) {
    this.#states = states;
    this.#rekeyAfter = rekeyAfter;
  }

  /** The payload in pieces that follow each other. */
  seal(kind: RecordKind, ...payload: readonly Uint8Array[]): Uint8Array {
    this.#rekeyWhenDue(this.#states.send);
    this.#plaintext[0] = KINDS.indexOf(kind);
    let bytes = 1;
    for (const piece of payload) {
      this.#plaintext.set(piece, bytes);
      bytes += piece.length;
    }
    return this.#states.send.seal(this.#plaintext.subarray(0, bytes));
  }

  /** @throws ProtocolError `bad-frame` when the message is not the other side's next one */
  open(message: Uint8Array): NetRecord {
    if (message.length > MAX_NOISE_MESSAGE_BYTES) throw badRecord('a record is too long');
    this.#rekeyWhenDue(this.#states.receive);
    let plaintext: Uint8Array;
    try {
      plaintext = this.#states.receive.open(message);
    } catch (cause) {
      throw badRecord('a record does not authenticate', cause);
    }
    const kind = KINDS[plaintext[0]];
    if (kind === undefined) throw badRecord('a record is of no known kind');
    return { kind, payload: plaintext.subarray(1) };
  }

  /** Noise §11.3: both sides count the same messages, so neither has to announce it. */
  #rekeyWhenDue(state: CipherState): void {
    if (state.messageCount > 0 && state.messageCount % this.#rekeyAfter === 0) state.rekey();
  }
}

export function badRecord(what: string, cause?: unknown): ProtocolError {
  return new ProtocolError(`Cannot read connection: ${what}`, { code: 'bad-frame', phase: 'connection', cause });
}
