/** overlap: which accounts do two institutions have in common? A named disclosure, see README.md. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { disputeIdOf } from '../../src/kit/dispute-id.ts';
import type { Io } from '../../src/kit/io.ts';
import { defineProtocol, type Prepared, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import type { OverlapSource } from './columns.ts';
import { answersByRow, listRoot } from '../items/index.ts';
import { type BaseOtStore, noBaseOtStore } from '../vole/index.ts';
import { dhOverlap } from './dh.ts';
import type { OverlapEngine } from './engine.ts';
import { readOwnList } from './own-list.ts';
import type { OverlapParameters } from './parameters.ts';
import type { OwnList } from './pad.ts';
import { planOverlap } from './plan.ts';
import { holder, type JoinedRows, receiver } from './roles.ts';
import { overlapSpec } from './spec.ts';
import { voleOverlap } from './vole.ts';

export {
  columnCell,
  type OverlapRows,
  type OverlapSource,
  type PackedColumn,
  type PackedColumns,
} from './columns.ts';
export { dhOverlap } from './dh.ts';
export type { OverlapEngine } from './engine.ts';
export { type HeldRow, idealOverlap, type IdealOverlap } from './ideal.ts';
export { overlapJobs } from './jobs.ts';
export type { JoinedRows } from './roles.ts';
export {
  MIN_OVERLAP_BATCH,
  neededOverlapDisclosures,
  type OverlapDisclosure,
  type OverlapDuplicatePolicy,
  type OverlapMode,
  type OverlapOptions,
  overlapParameters,
  type OverlapParameters,
  type OverlapSecurity,
  type PayloadColumn,
} from './parameters.ts';
export { voleOverlap } from './vole.ts';

/** What a party brings. */
export interface OverlapInput {
  readonly accounts: OverlapSource;
}

interface Answer {
  readonly advisory: true;
  readonly purpose: string;
  /** Days after which the answer must not be used any more. */
  readonly ttlDays: number;
  /** Quote it when an answer is disputed: it names the run and nothing in it. */
  readonly disputeId: string;
}

/** Which of the own rows the other side has as well. */
export interface OverlapRowsAnswer extends Answer {
  readonly kind: 'rows';
  /** One byte per row of the own source, in its order: 1 where the other side lists the account. */
  readonly held: Uint8Array;
  /** At the receiver of a run with payload columns. */
  readonly joined?: JoinedRows;
}

/** How many different accounts both list. */
export interface OverlapSizeAnswer extends Answer {
  readonly kind: 'size';
  readonly size: number;
}

/** A party's answer; undefined at one that learns nothing. */
export type OverlapAnswer = OverlapRowsAnswer | OverlapSizeAnswer;

export type OverlapProtocol = ProtocolDefinition<OverlapParameters, OverlapInput, OwnList, OverlapAnswer | undefined>;

/** overlap over the given engines; parties choose one of them by the parameter `engine`. */
export function createOverlap(engines: readonly OverlapEngine[]): OverlapProtocol {
  return defineProtocol({
    spec: overlapSpec(engines),

    async prepare(parameters, { accounts }, context): Promise<Prepared<OwnList>> {
      const list = await readOwnList(accounts, parameters, context);
      const close = (): Promise<void> => list.accounts.close();
      // Without columns there is nothing but the accounts.
      const rows = list.itemOfEntry === undefined ? [] : [asBytes(list.itemOfEntry), list.payload];
      try {
        return { value: list, root: await listRoot([list.accounts.hashes, ...rows], context), close };
      } catch (error) {
        await close();
        throw error;
      }
    },

    async run(io, parameters, list) {
      const plan = planOverlap(parameters, engines);
      if (io.self === plan.holder) {
        const confirmed = await holder(io, plan, list);
        if (confirmed === undefined) return undefined;
        return { kind: 'rows', held: answersByRow(confirmed, list.accounts), ...attributes(io, parameters) };
      }
      const outcome = await receiver(io, plan, list);
      if (outcome.kind === 'size') return { ...outcome, ...attributes(io, parameters) };
      return {
        kind: 'rows',
        held: answersByRow(outcome.matches, list.accounts),
        ...(outcome.joined === undefined ? {} : { joined: outcome.joined }),
        ...attributes(io, parameters),
      };
    },
  });
}

/** overlap with the engines vole and dh. Base transfers are made in every run; a node keeps them (`nodeQuestions`). */
export const overlap: OverlapProtocol = keepingOverlap(noBaseOtStore);

/** The same for a party that keeps base transfers from run to run: a node, whose names are pinned to keys. */
export function keepingOverlap(baseOts: BaseOtStore): OverlapProtocol {
  return createOverlap([voleOverlap(baseOts), dhOverlap]);
}

function attributes(io: Io, { purpose, ttlDays }: OverlapParameters): Answer {
  return { advisory: true, purpose, ttlDays, disputeId: disputeIdOf(io) };
}
