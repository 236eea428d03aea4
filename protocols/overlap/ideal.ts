/** The ideal functionality on plaintext: the oracle of every test. */
import { toHex } from '../../src/crypto/bytes.ts';

/** A row of the holder: the account, and its columns where there are any. */
export type HeldRow = readonly [account: string, ...columns: readonly Uint8Array[]];

export interface IdealOverlap {
  /** For each of the receiver's rows: does the holder list the account? */
  readonly receiverHeld: readonly boolean[];
  /** For each of the holder's rows: does the receiver list it? */
  readonly holderHeld: readonly boolean[];
  /** Different accounts that both list. */
  readonly size: number;
  /** The inner join: number of the receiver's row, and the holder's columns in hex; in no order. */
  readonly joined: readonly (readonly [row: number, ...columns: readonly string[]])[];
}

export function idealOverlap(receiver: readonly string[], holder: readonly HeldRow[]): IdealOverlap {
  const asked = new Set(receiver);
  const listed = new Set(holder.map(([account]) => account));
  return {
    receiverHeld: receiver.map((account) => listed.has(account)),
    holderHeld: holder.map(([account]) => asked.has(account)),
    size: [...asked].filter((account) => listed.has(account)).length,
    joined: receiver.flatMap((account, row) =>
      holder.filter(([other]) => other === account).map(([, ...columns]) => [row, ...columns.map(toHex)] as const),
    ),
  };
}
