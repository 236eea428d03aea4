/** How a person refers to an answer that is disputed. */
import { toHex, utf8 } from '../crypto/bytes.ts';
import { hashTuple } from '../crypto/hash.ts';
import type { Io } from './io.ts';

const BYTES = 8;

/** 16 hexadecimal digits that name the run and the party whose answer it is, and nothing in it. */
export function disputeIdOf({ sid, self }: Pick<Io, 'sid' | 'self'>): string {
  return toHex(hashTuple('dispute', sid, utf8(self)).subarray(0, BYTES));
}
