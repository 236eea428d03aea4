/**
 * Signatures on contracts. What is signed binds the contract's hash and the signing party's name (Ed25519, RFC 8032), so
 * that no signature serves another contract, another party or another use of the same key.
 */
import { fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import type { Signer, Verifier } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import type { PartyId } from '../kit/party.ts';
import { type Contract, contractHash, contractText } from './contract.ts';
import type { ContractFile, ContractSignature } from './contract-codec.ts';

/** What `party` signs: 32 bytes. */
function signingText(contract: Contract, party: PartyId): Uint8Array {
  return hashTuple('contract-signature', utf8(contract.suite), contractHash(contract), utf8(party));
}

/** The file with this party's signature in it. @throws UsageError when it is no party, or under another key */
export function signContract(file: ContractFile, party: PartyId, signer: Signer): ContractFile {
  const { contract, signatures } = file;
  const entry = contract.parties.find(({ inst }) => inst === party);
  if (entry === undefined || entry.key !== toHex(signer.publicKey)) {
    throw new UsageError('Cannot sign contract: this institution is no party of it, or under another key', {
      code: 'bad-parameter',
      phase: 'contract/parties',
      party,
      remedy: 'draft it anew with the cards that all parties have now',
    });
  }
  const own = { party, signature: toHex(signer.sign(signingText(contract, party))) };
  return { contract, signatures: ordered([...signatures.filter((other) => other.party !== party), own]) };
}

/** All signatures of several copies. @throws UsageError when the copies are of different contracts */
export function mergeContracts(first: ContractFile, others: readonly ContractFile[]): ContractFile {
  const text = contractText(first.contract);
  const found = new Map(first.signatures.map((signature) => [signature.party, signature]));
  for (const other of others) {
    if (contractText(other.contract) !== text) {
      throw new UsageError('Cannot join signatures: the files are of different contracts', {
        code: 'bad-input',
        phase: 'contract/differing',
        remedy: 'compare them with show, and sign again what all parties mean',
      });
    }
    for (const signature of other.signatures) {
      if (!found.has(signature.party)) found.set(signature.party, signature);
    }
  }
  return { contract: first.contract, signatures: ordered([...found.values()]) };
}

function ordered(signatures: readonly ContractSignature[]): readonly ContractSignature[] {
  return signatures.toSorted((a, b) => (a.party < b.party ? -1 : 1));
}

/** Who has signed, and whose side it is where something is wrong. */
export interface SignatureCheck {
  readonly signed: readonly PartyId[];
  /** Parties whose signature is not there. */
  readonly missing: readonly PartyId[];
  /** Parties whose signature is there and not theirs, under the key that the contract gives them. */
  readonly bad: readonly PartyId[];
  /** Parties for which this institution has no key, or another one than the contract. */
  readonly strangers: readonly PartyId[];
}

export function isComplete({ missing, bad, strangers }: SignatureCheck): boolean {
  return missing.length + bad.length + strangers.length === 0;
}

/** The file without signatures that prove nothing here. */
export async function withGoodSignatures(file: ContractFile, options: CheckOptions): Promise<ContractFile> {
  const { signed } = await checkSignatures(file, options);
  return { ...file, signatures: file.signatures.filter(({ party }) => signed.includes(party)) };
}

export interface CheckOptions {
  readonly keys: ReadonlyMap<PartyId, Uint8Array>;
  readonly verify: Verifier;
}

/** Checks every signature under the keys that are pinned here; those in the contract alone prove nothing. */
export async function checkSignatures(
  { contract, signatures }: ContractFile,
  { keys, verify }: CheckOptions,
): Promise<SignatureCheck> {
  const signed: PartyId[] = [];
  const missing: PartyId[] = [];
  const bad: PartyId[] = [];
  const strangers: PartyId[] = [];
  for (const { inst, key } of contract.parties) {
    const pinned = keys.get(inst);
    if (pinned === undefined || toHex(pinned) !== key) strangers.push(inst);
    const found = signatures.find(({ party }) => party === inst);
    if (found === undefined) missing.push(inst);
    else if (await verify(fromHex(found.signature), signingText(contract, inst), fromHex(key))) signed.push(inst);
    else bad.push(inst);
  }
  return { signed, missing, bad, strangers };
}
