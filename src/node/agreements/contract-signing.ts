/** This institution's signature on a contract: only on one that says what the node is configured to do. */
import { toHex } from '../../crypto/bytes.ts';
import type { Signer, Verifier } from '../../crypto/signature.ts';
import { UsageError } from '../../errors.ts';
import { contractHash } from '../../governance/contract.ts';
import type { ContractFile } from '../../governance/contract-codec.ts';
import { checkSignatures, signContract } from '../../governance/contract-signatures.ts';
import type { PartyId } from '../../kit/party.ts';
import { type Agreed, staleLine } from './contract-draft.ts';

export interface SigningParty {
  readonly self: PartyId;
  readonly signer: Signer;
  readonly verify: Verifier;
  /** What this institution took back, by hashes in hexadecimal digits. */
  readonly isRevoked: (contract: string) => boolean;
}

/** @throws UsageError that names the line, or the party whose key it is */
export async function signCurrent(
  file: ContractFile,
  agreed: Agreed,
  { self, signer, verify, isRevoked }: SigningParty,
): Promise<ContractFile> {
  if (isRevoked(toHex(contractHash(file.contract)))) throw revokedHere(self);
  const { strangers } = await checkSignatures(file, { keys: agreed.publicKeys, verify });
  const stranger = strangers.at(0);
  if (stranger !== undefined) {
    throw signingError('it has another key of a party than its card here', {
      party: stranger,
      remedy: 'compare the card with its operator; with new cards a new contract is needed',
    });
  }
  const line = staleLine(agreed, file.contract);
  if (line === undefined) return signContract(file, self, signer);
  throw signingError(`it and the configuration say different things in '${line}'`, {
    party: self,
    remedy: 'correct that line of the configuration, or have the contract drafted anew',
  });
}

export function revokedHere(self: PartyId): UsageError {
  return signingError('it was revoked here', {
    party: self,
    remedy: 'have a new one drafted: revoking is for ever',
  });
}

export function signingError(
  state: string,
  { party, remedy }: { readonly party: PartyId; readonly remedy: string },
): UsageError {
  return new UsageError(`Cannot sign contract: ${state}`, { code: 'bad-parameter', phase: 'contract', party, remedy });
}
