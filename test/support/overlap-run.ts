/** Runs of `overlap` between two institutions on given lists, and what comes out in a form that can be compared. */
import { toHex } from '../../src/crypto/bytes.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import type { InMemoryOptions, InMemoryRun } from '../../src/testing.ts';
import {
  columnCell,
  type HeldRow,
  neededOverlapDisclosures,
  overlap,
  type OverlapAnswer,
  type OverlapInput,
  type OverlapMode,
  type OverlapOptions,
  type OverlapParameters,
  overlapParameters,
  type OverlapProtocol,
  type PayloadColumn,
} from '../../protocols/overlap/index.ts';
import { outputsOf } from './run.ts';

export const RECEIVER: PartyId = partyId('bank-a');
export const HOLDER: PartyId = partyId('bank-b');

export interface Lists {
  readonly asked: readonly string[];
  readonly held: readonly HeldRow[];
}

export type Rule = Partial<OverlapOptions> & { readonly mode: OverlapMode };
export type Answers = ReadonlyMap<PartyId, OverlapAnswer | undefined>;

export const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, k) => `id:${from + k}`);
export const bare = (accounts: readonly string[]): HeldRow[] => accounts.map((account) => [account]);

/** Buckets that the lists fit in, 64 at least, and every disclosure that the rule needs. */
export function parametersFor({ asked, held }: Lists, rule: Rule): OverlapParameters {
  return overlapParameters({
    receiver: RECEIVER,
    holder: HOLDER,
    receiverItems: asked.length,
    holderItems: held.length,
    smallestBucket: 64,
    acknowledged: neededOverlapDisclosures({ mode: rule.mode, columns: rule.columns ?? [] }),
    ...rule,
  });
}

export function overlapRun(
  { asked, held }: Lists,
  parameters: OverlapParameters,
): InMemoryRun<OverlapParameters, OverlapInput> {
  const columns = byName(parameters.columns, held);
  const inputs = new Map<PartyId, OverlapInput>([
    [RECEIVER, { accounts: [{ accounts: asked }] }],
    [HOLDER, { accounts: [{ accounts: held.map(([account]) => account), columns }] }],
  ]);
  return { parameters, inputs, initiator: RECEIVER };
}

/** Answers of both parties; fails when one of them fails. */
export function compare(
  lists: Lists,
  rule: Rule,
  seed: number | string = 1,
  { protocol = overlap, ...options }: InMemoryOptions & { readonly protocol?: OverlapProtocol } = {},
): Promise<Answers> {
  return outputsOf(protocol, overlapRun(lists, parametersFor(lists, rule)), seed, options);
}

function byName(columns: readonly PayloadColumn[], held: readonly HeldRow[]): Record<string, Uint8Array[]> {
  return Object.fromEntries(
    columns.map(({ name }, k) => [name, held.map((row) => row[k + 1]).filter((cell) => cell instanceof Uint8Array)]),
  );
}

export function heldBy(answer: OverlapAnswer | undefined): readonly boolean[] {
  if (answer?.kind !== 'rows') throw new Error('no rows came');
  return Array.from(answer.held, (bit) => bit === 1);
}

/** Pairs of the join, as text, sorted. */
export function pairsOf(answer: OverlapAnswer | undefined, columns: readonly PayloadColumn[]): readonly string[] {
  if (answer?.kind !== 'rows' || answer.joined === undefined) throw new Error('no join came');
  const { first, count, columns: contents } = answer.joined;
  const pairs: (readonly (number | string)[])[] = [];
  for (const [row, rows] of count.entries()) {
    for (let k = first[row]; k < first[row] + rows; k++) {
      pairs.push([row, ...columns.map(({ name }) => toHex(columnCell(contents[name], k)))]);
    }
  }
  return sortedPairs(pairs);
}

export function sortedPairs(pairs: readonly (readonly (number | string)[])[]): readonly string[] {
  return pairs.map((pair) => pair.join()).sort();
}
