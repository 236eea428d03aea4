/** Reading the own list: different accounts, payload rows at the holder, and the rules that only the own software can hold. */
import { UsageError } from '../../src/errors.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';
import { type ItemList, readList, refuseRepeated } from '../items/index.ts';
import { ColumnPacker, type OverlapSource } from './columns.ts';
import type { OverlapParameters } from './parameters.ts';
import type { OwnList } from './pad.ts';

const OTHER_POLICY = "remove the repetition, or choose the duplicate policy 'join'";

/** @throws UsageError `malformed-row`, `duplicate-item`, `too-many-items`, `too-few-items` */
export async function readOwnList(
  source: OverlapSource,
  parameters: OverlapParameters,
  context: PrepareContext,
): Promise<OwnList> {
  const isHolder = context.self === parameters.holder;
  const capacity = isHolder ? parameters.holderBucket : parameters.receiverBucket;
  const withColumns = isHolder && parameters.columns.length > 0;
  const packer = withColumns ? new ColumnPacker(parameters.columns, capacity) : undefined;
  const accounts = await readList(
    packer === undefined ? accountsOf(source) : packer.accountsOf(source, context.self),
    { maxScore: undefined, duplicates: 'first', capacity },
    context,
  );
  try {
    if (parameters.duplicates === 'reject') refuseRepeated(accounts, context, OTHER_POLICY);
    if (needsBatch(parameters, isHolder)) refuseFew(accounts, parameters, context);
  } catch (error) {
    await accounts.close();
    throw error;
  }
  return {
    accounts,
    itemOfEntry: withColumns ? accounts.itemOfRow : undefined,
    payload: packer?.packed ?? new Uint8Array(0),
  };
}

/** Accounts alone: whatever else the rows have is not read. */
async function* accountsOf(source: OverlapSource): AsyncGenerator<{ readonly accounts: readonly string[] }> {
  for await (const { accounts } of source) yield { accounts };
}

/** Who learns about persons brings many; a size is a number over both lists. */
function needsBatch({ mode }: OverlapParameters, isHolder: boolean): boolean {
  return !isHolder || mode !== 'receiver';
}

function refuseFew({ count }: ItemList, { smallestBatch }: OverlapParameters, { self }: PrepareContext): void {
  // An empty list tells nothing and is answered.
  if (count === 0 || count >= smallestBatch) return;
  throw new UsageError(`Cannot compare: ${count} accounts are fewer than the ${smallestBatch} of the smallest batch`, {
    code: 'too-few-items',
    phase: 'input',
    party: self,
    remedy: 'bring more of your accounts at once',
  });
}
