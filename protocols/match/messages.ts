/** The message of a match that is not a block's own: the contributor's table of masked targets and scores. */
import { hashTuple } from '../../src/crypto/hash.ts';
import { utf8 } from '../../src/crypto/bytes.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import type { MatchPlan } from './plan.ts';

/** An OKVS of masked (target, score) values: columns x valueBytes. */
export const TargetTable: Message<Uint8Array, number> = bytesMessage('target-table');

/** Body length of the table of contributor number `index`. */
export function tableBytes(plan: MatchPlan, index: number): number {
  return plan.okvsShapes[index].columns * plan.valueBytes;
}

/** Public salt of a contributor's table. */
export function tableSeed(io: Io, contributor: string): Uint8Array {
  return hashTuple('okvs', io.sid, utf8(io.phase), utf8(contributor));
}
