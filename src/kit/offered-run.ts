/** The offer of a run, made from what a party was configured with. */
import { hashTuple } from '../crypto/hash.ts';
import { UsageError } from '../errors.ts';
import type { Offer, Plain } from './offer.ts';
import type { PartyId } from './party.ts';
import { DEFAULT_LIMITS, type SessionLimits } from './session-limits.ts';

/** What a run is offered under, besides its protocol and parameters. */
export interface OfferedRun {
  readonly initiator: PartyId;
  /** Pinned Ed25519 keys of all parties. */
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  /** Hash of the contract, 32 bytes. Default: the hash of nothing, for runs under no contract. */
  readonly contract?: Uint8Array;
  readonly runNumber?: number;
  /** Version and hash of the rules that gave the input its form; every party must have the same. Default: none. */
  readonly inputRules?: string;
  readonly limits?: Partial<SessionLimits>;
}

/** The same at every party of the run that was configured alike. */
export function makeOffer(
  {
    id,
    parameters,
    roles,
  }: { readonly id: string; readonly parameters: Plain; readonly roles: ReadonlyMap<PartyId, readonly string[]> },
  { publicKeys, initiator, contract, runNumber, inputRules, limits }: OfferedRun,
): Offer {
  return {
    protocol: id,
    parameters,
    parties: [...roles].map(([party, own]) => ({
      id: party,
      roles: own,
      publicKey: pinnedKey(publicKeys, party),
    })),
    initiator,
    contract: contract ?? hashTuple('no-contract'),
    runNumber: runNumber ?? 0,
    inputRules: inputRules ?? '',
    windowBytes: limits?.windowBytes ?? DEFAULT_LIMITS.windowBytes,
  };
}

export function pinnedKey(keys: ReadonlyMap<PartyId, Uint8Array>, party: PartyId): Uint8Array {
  const key = keys.get(party);
  if (key === undefined) {
    throw new UsageError('Cannot run: no key is pinned for a party', {
      code: 'bad-parameter',
      party,
      remedy: 'add the key that its operator gave you',
    });
  }
  return key;
}
