/** The errors that end a session. Each names the party whose side it is, the phase, and what to do next. */
import {
  PEER_SOFTWARE_REMEDY,
  type ErrorCode,
  type MpcError,
  PolicyError,
  ProtocolError,
  TransportError,
} from '../errors.ts';
import type { PartyId } from './party.ts';

export interface Where {
  readonly party: PartyId;
  readonly phase: string;
}

export function violation(where: Where, code: ErrorCode, what: string, cause?: unknown): ProtocolError {
  return new ProtocolError(`Cannot continue run: ${what}`, {
    code,
    ...where,
    remedy: PEER_SOFTWARE_REMEDY,
    cause,
  });
}

export function silent(where: Where): TransportError {
  return new TransportError('Cannot continue run: the party does not answer', {
    code: 'peer-silent',
    ...where,
    remedy: 'ask its operator whether the node runs and is reachable, then start again',
  });
}

export function lost(where: Where): TransportError {
  return new TransportError('Cannot continue run: a message between us was lost', {
    code: 'peer-silent',
    ...where,
    remedy: 'each side waits for the other; start again, and check what lies between the two nodes',
  });
}

export function gone(where: Where): TransportError {
  return new TransportError('Cannot continue run: the connection was closed', {
    code: 'peer-closed',
    ...where,
    remedy: 'ask its operator whether the node was stopped, then start again',
  });
}

export function deadlinePassed(where: Where): TransportError {
  return new TransportError('Cannot finish run: the time for it is over', {
    code: 'deadline',
    ...where,
    remedy: 'ask that party whether its node is overloaded or stuck, or allow more time',
  });
}

export function cancelled(where: Where, cause: unknown): TransportError {
  return new TransportError('Cannot finish run: cancelled', {
    code: 'cancelled',
    ...where,
    remedy: 'start a new run when ready',
    cause,
  });
}

/** A peer ended the run and blames `party`. */
export function peerAborted(
  where: Where,
  {
    self,
    reportedBy,
    code,
  }: { readonly self: PartyId; readonly reportedBy: PartyId; readonly code: ErrorCode | undefined },
): MpcError {
  const what = code === undefined ? 'a party ended it' : `a party ended it, reporting ${code}`;
  return new ProtocolError(`Cannot continue run: ${what}`, {
    code: 'peer-aborted',
    ...where,
    reportedBy,
    remedy:
      where.party === self
        ? 'the other side found this side at fault; look at the log here'
        : 'look at the log of the named party, then start again',
  });
}

export function peerRefused(where: Where): PolicyError {
  return new PolicyError('Cannot run: a party refused the request', {
    code: 'refused-by-peer',
    ...where,
    remedy: 'ask its operator what its log says: its policy or its ledger does not allow it',
  });
}
