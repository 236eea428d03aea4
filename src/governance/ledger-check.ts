/**
 * Checks a ledger from outside, with its institution's public key only: every line the one canonical text of an entry, in
 * order, holding the hash of the one before, signed by the institution; every seal signed by its peer as well. Names the
 * first entry for which that is not so. Missing last entries show against heads that other parties countersigned.
 */
import { fromHex } from '../crypto/bytes.ts';
import type { Verifier } from '../crypto/signature.ts';
import type { PartyId } from '../kit/party.ts';
import {
  isOfOtherVersion,
  type LedgerEntry,
  type LedgerHead,
  ledgerStart,
  readEntry,
  sealStatement,
  signedText,
  type SignedEntry,
} from './ledger-entry.ts';

export type LedgerFault =
  /** The line is no entry in its one form. */
  | 'form'
  /** The line has the form of an entry, of a kind that this version of the software does not write. */
  | 'version'
  /** An entry is missing before it, or it stands elsewhere: its number, or the hash of the one before, is another. */
  | 'chain'
  | 'signature'
  /** A countersignature is not the peer's, or the head in it is not one of this ledger. */
  | 'seal'
  /** The ledger ends before an entry that another party countersigned, or has another in its place. */
  | 'head';

export type LedgerVerdict =
  | { readonly kind: 'good'; readonly entries: number; readonly head?: LedgerHead }
  /** `seq`: the number that the entry has or would have, from 0. */
  | { readonly kind: 'bad'; readonly seq: number; readonly fault: LedgerFault };

export interface LedgerCheckOptions {
  readonly party: PartyId;
  readonly publicKey: Uint8Array;
  readonly verify: Verifier;
  /** Keys of peers, for their countersignatures; those of others are not checked. */
  readonly peerKeys?: ReadonlyMap<PartyId, Uint8Array>;
  /** Heads of this ledger that other parties countersigned. */
  readonly heads?: readonly LedgerHead[];
  readonly onEntry?: (entry: LedgerEntry) => void;
}

export async function checkLedger(lines: AsyncIterable<string>, options: LedgerCheckOptions): Promise<LedgerVerdict> {
  const { party, publicKey, heads = [], onEntry } = options;
  const hashes: string[] = [];
  let prev = ledgerStart(party, publicKey);
  for await (const line of lines) {
    const seq = hashes.length;
    const signed = readEntry(line);
    if (signed === undefined) return { kind: 'bad', seq, fault: isOfOtherVersion(line) ? 'version' : 'form' };
    if (signed.entry.seq !== seq || signed.entry.prev !== prev) return { kind: 'bad', seq, fault: 'chain' };
    const fault = await faultOf(signed, hashes, options);
    if (fault !== undefined) return { kind: 'bad', seq, fault };
    if (heads.some((head) => head.seq === seq && head.hash !== signed.hash)) return { kind: 'bad', seq, fault: 'head' };
    onEntry?.(signed.entry);
    prev = signed.hash;
    hashes.push(signed.hash);
  }
  const entries = hashes.length;
  if (heads.some(({ seq }) => seq >= entries)) return { kind: 'bad', seq: entries, fault: 'head' };
  return { kind: 'good', entries, ...(entries === 0 ? {} : { head: { seq: entries - 1, hash: prev } }) };
}

async function faultOf(
  { entry, hash, signature }: SignedEntry,
  hashes: readonly string[],
  { party, publicKey, verify, peerKeys }: LedgerCheckOptions,
): Promise<LedgerFault | undefined> {
  if (!(await verify(signature, signedText(hash), publicKey))) return 'signature';
  if (entry.kind !== 'heads-countersigned') return undefined;
  const { sid, own, peers } = entry.body;
  if (hashes.at(own.seq) !== own.hash) return 'seal';
  for (const { peer, transcript, theirs, countersignature } of peers) {
    const key = peerKeys?.get(peer);
    if (key === undefined) continue;
    const statement = sealStatement(fromHex(sid), fromHex(transcript), [
      { party, head: own },
      { party: peer, head: theirs },
    ]);
    if (!(await verify(fromHex(countersignature), statement, key))) return 'seal';
  }
  return undefined;
}
