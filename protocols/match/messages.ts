/** The message of a match that is not a block's own: the contributor's table of masked targets and scores. */
import { hashTuple } from '../../src/crypto/hash.ts';
import { utf8 } from '../../src/crypto/bytes.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import { type OpprfSalts, opprfTableBytes } from '../../src/crypto/opprf.ts';
import type { MatchPlan } from './plan.ts';

/** An OPPRF of (target, score) values: see src/crypto/opprf.ts. */
export const TargetTable: Message<Uint8Array, number> = bytesMessage('target-table');

/** Body length of the table of contributor number `index`. */
export function tableBytes(plan: MatchPlan, index: number): number {
  return opprfTableBytes(plan.opprfShapes[index]);
}

/** Public salt of the rows of all tables. */
export function rowSalt(io: Io): Uint8Array {
  return hashTuple('opprf-rows', io.sid, utf8(io.phase));
}

/** Public salts of a contributor's table. */
export function tableSalts(io: Io, contributor: string): OpprfSalts {
  return { rowSalt: rowSalt(io), maskSalt: hashTuple('opprf-masks', io.sid, utf8(io.phase), utf8(contributor)) };
}
