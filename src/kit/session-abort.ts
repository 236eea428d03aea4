/** How a run that failed is told to the peers, and what a peer's word about it becomes here. */
import { ERROR_CODES, InternalError, MpcError, UsageError } from '../errors.ts';
import { encodeFrame } from '../wire/encode.ts';
import { type AbortFrame, obeys, type TextRule, textRules } from '../wire/frame.ts';
import type { PartyId } from './party.ts';
import { peerAborted, peerRefused, type Where } from './session-faults.ts';

/** The frame that ends the run at a peer: code, phase and party, nothing else. */
export function abortFrame(
  reason: MpcError,
  { run, self }: { readonly run: Uint8Array; readonly self: PartyId },
): Uint8Array {
  // What is wrong with an own input or setting is nobody else's to know: too few rows, too many, a malformed one.
  if (reason instanceof UsageError) {
    return encodeFrame({ kind: 'abort', run, code: 'bad-input', phase: 'input', party: self });
  }
  return encodeFrame({
    kind: 'abort',
    run,
    code: reason.code,
    // An error from elsewhere may carry anything; what cannot be a frame must not keep the run from ending.
    phase: allowed(textRules.phase, reason.phase),
    party: allowed(textRules.party, reason.party),
  });
}

/** `where`: the peer that sent it, and its phase as seen here; `blamed`: the party that it names, if one of the run's. */
export function abortError(
  frame: Pick<AbortFrame, 'code' | 'phase'>,
  where: Where,
  { self, blamed = where.party }: { readonly self: PartyId; readonly blamed: PartyId | undefined },
): MpcError {
  const phase = frame.phase === '' ? where.phase : frame.phase;
  if (frame.code === 'refused') return peerRefused({ party: where.party, phase });
  // A code that this software knows; a peer's text is not repeated.
  const code = ERROR_CODES.find((known) => known === frame.code);
  return peerAborted({ party: blamed, phase }, { self, reportedBy: where.party, code });
}

export function asMpcError(error: unknown): MpcError {
  if (error instanceof MpcError) return error;
  return new InternalError('Cannot run: a defect of this software', {
    code: 'internal',
    remedy: 'report it with the phase; no data is needed',
    cause: error,
  });
}

function allowed(rule: TextRule, text: string | undefined): string {
  return text !== undefined && obeys(rule, text) ? text : '';
}
