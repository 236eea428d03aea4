/** A digest of what a run gave this party. An entry of the ledger that holds it is salted: the hash of that tells nothing. */
import { asBytes, utf8 } from '../../crypto/bytes.ts';
import { hashTuple } from '../../crypto/hash.ts';
import type { Outcome } from '../questions/question.ts';

/** 32 bytes. Of joined rows it says which and how many; their columns are the other party's. */
export function outputDigest(outcome: Outcome): Uint8Array {
  switch (outcome.kind) {
    case 'flags':
      return hashTuple('run-output', utf8(outcome.kind), outcome.flagged);
    case 'rows': {
      const { held, joined } = outcome;
      const rows = joined === undefined ? [] : [asBytes(joined.first), asBytes(joined.count)];
      return hashTuple('run-output', utf8(outcome.kind), held, ...rows);
    }
    case 'size':
      return hashTuple('run-output', utf8(outcome.kind), utf8(String(outcome.size)));
    default:
      return outcome satisfies never;
  }
}
