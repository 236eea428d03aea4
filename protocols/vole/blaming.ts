/** Names the party at whose message a computation failed. */
import { PEER_SOFTWARE_REMEDY, ProtocolError } from '../../src/errors.ts';
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { type BaseOts, endedElsewhere } from './base-ots.ts';

/** The mathematics knows what is wrong; whose side and which phase is known here. A failed check destroys `baseOts`. */
export async function blaming<T>(io: Io, party: PartyId, task: () => Promise<T>, baseOts?: BaseOts): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!endedElsewhere(error)) baseOts?.destroy();
    if (!(error instanceof ProtocolError) || error.party !== undefined) throw error;
    throw new ProtocolError(error.message, {
      code: error.code,
      phase: io.phase,
      party,
      remedy: PEER_SOFTWARE_REMEDY,
      cause: error,
    });
  }
}
