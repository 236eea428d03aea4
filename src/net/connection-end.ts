/** How a connection ends, and what a close record says of it. */
import type { MpcError } from '../errors.ts';
import { badRecord } from './record-layer.ts';

/** Reasons that cross the wire, by their number in a close record. */
const CLOSE_REASONS = ['idle', 'stopping', 'duplicate', 'not-permitted'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** How a connection ended. */
export type ConnectionEnd =
  | { readonly kind: 'closed-here'; readonly why: CloseReason }
  | { readonly kind: 'closed-by-peer'; readonly why: CloseReason }
  /** The socket ended without a word: process killed, network lost. */
  | { readonly kind: 'lost' }
  /** No sign of life, or nothing taken of what was sent. */
  | { readonly kind: 'silent' }
  /** The peer broke the protocol. */
  | { readonly kind: 'violation'; readonly error: MpcError };

export function closePayload(why: CloseReason): Uint8Array {
  return Uint8Array.of(CLOSE_REASONS.indexOf(why));
}

/** @throws ProtocolError `bad-frame` */
export function closeReasonIn(payload: Uint8Array): CloseReason {
  const why = CLOSE_REASONS[payload[0]];
  if (why === undefined || payload.length !== 1) throw badRecord('a reason to close is unknown');
  return why;
}
