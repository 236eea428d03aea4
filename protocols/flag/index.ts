/** flag: which of the asker's own accounts do at least t of the other institutions hold evidence against? */
import { UsageError } from '../../src/errors.ts';
import { disputeIdOf } from '../../src/kit/dispute-id.ts';
import { defineProtocol, type Prepared, type PrepareContext, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import { planOfRun } from '../../src/kit/shards.ts';
import { dhOprf, type OprfEngine, voleOprf } from '../oprf/index.ts';
import { type BaseOtStore, noBaseOtStore } from '../vole/index.ts';
import { type AccountSource, answersByRow, type ItemList, listRoot, readList, refuseRepeated } from '../items/index.ts';
import { type FlagParameters, MIN_BATCH } from './parameters.ts';
import { asker, contributor, member } from './roles.ts';
import { flagPlanner, flagSpec, rolesOf } from './spec.ts';

export type { AccountRows, AccountSource, DuplicatePolicy } from '../items/index.ts';
export { flagJobs } from './jobs.ts';
export { type Evidence, idealFlag } from './ideal.ts';
export {
  type Disclosure,
  type FlagOptions,
  flagParameters,
  type FlagParameters,
  MIN_BATCH,
  neededDisclosures,
} from './parameters.ts';

/** What a party brings: the asker its accounts, a contributor its evidence, a helper nothing. */
export interface FlagInput {
  readonly accounts?: AccountSource | undefined;
  /** Rows with scores; where the rule has no score they are ignored. */
  readonly evidence?: AccountSource | undefined;
}

/** The asker's answer. A flag is advice: never the sole ground for closing an account. */
export interface FlagAnswer {
  /** One byte per row of the asker's source, in its order: 1 flagged, 0 not. */
  readonly flagged: Uint8Array;
  readonly advisory: true;
  readonly purpose: string;
  /** Days after which the answer must not be used any more. */
  readonly ttlDays: number;
  /** Quote it when an answer is disputed: it names the run and nothing in it. */
  readonly disputeId: string;
}

interface FlagItems {
  readonly asked: ItemList | undefined;
  readonly held: ItemList | undefined;
}

export type FlagProtocol = ProtocolDefinition<FlagParameters, FlagInput, FlagItems, FlagAnswer | undefined>;

/** flag over the given OPRF engines; parties choose one of them by the parameter `oprf`. */
export function createFlag(engines: readonly OprfEngine[]): FlagProtocol {
  const planOf = flagPlanner(engines);
  return defineProtocol({
    spec: flagSpec(planOf),

    async prepare(parameters, input, context): Promise<Prepared<FlagItems>> {
      const roles = rolesOf(parameters).get(context.self) ?? [];
      const lists: ItemList[] = [];
      const close = async (): Promise<void> => void (await Promise.all(lists.map((list) => list.close())));
      const kept = (list: ItemList): ItemList => {
        lists.push(list);
        return list;
      };
      try {
        const asked = roles.includes('asker') ? kept(await readAccounts(parameters, input, context)) : undefined;
        const held = roles.includes('contributor') ? kept(await readEvidence(parameters, input, context)) : undefined;
        const hashes = lists.map((list) => list.hashes);
        return { value: { asked, held }, root: await listRoot(hashes, context), close };
      } catch (error) {
        await close();
        throw error;
      }
    },

    async run(io, parameters, { asked, held }) {
      const plan = planOfRun(io, planOf(parameters));
      const [flagged] = await io.all([
        async () => (asked === undefined ? undefined : await asker(io, plan, asked)),
        async () => (held === undefined ? undefined : await contributor(io, plan, held)),
        async () => (plan.committee.includes(io.self) ? await member(io, plan, parameters) : undefined),
      ]);
      if (asked === undefined || flagged === undefined) return undefined;
      return {
        flagged: answersByRow(flagged, asked),
        advisory: true,
        purpose: parameters.purpose,
        ttlDays: parameters.ttlDays,
        disputeId: disputeIdOf(io),
      };
    },
  });
}

/** flag with the engines vole and dh. Base transfers are made in every run; a node keeps them (`nodeQuestions`). */
export const flag: FlagProtocol = keepingFlag(noBaseOtStore);

/** The same for a party that keeps base transfers from run to run: a node, whose names are pinned to keys. */
export function keepingFlag(baseOts: BaseOtStore): FlagProtocol {
  return createFlag([voleOprf(baseOts), dhOprf]);
}

async function readAccounts(
  parameters: FlagParameters,
  { accounts }: FlagInput,
  context: PrepareContext,
): Promise<ItemList> {
  if (accounts === undefined) throw missing('accounts to ask about', context);
  const items = await readList(
    accounts,
    { maxScore: undefined, duplicates: parameters.duplicates, capacity: parameters.askerBucket },
    context,
  );
  const { count } = items;
  // An empty list tells nothing and is answered; a batch of a few accounts is a question about persons.
  if (count === 0 || count >= MIN_BATCH) return items;
  await items.close();
  throw new UsageError(`Cannot ask: ${count} accounts are fewer than the ${MIN_BATCH} of the smallest batch`, {
    code: 'too-few-items',
    phase: 'input',
    party: context.self,
    remedy: 'ask about more of your accounts at once',
  });
}

const OTHER_POLICIES = "remove the repetition, or choose the duplicate policy 'first', 'max' or 'sum'";

async function readEvidence(
  parameters: FlagParameters,
  { evidence }: FlagInput,
  context: PrepareContext,
): Promise<ItemList> {
  if (evidence === undefined) throw missing('evidence to contribute', context);
  const capacity = parameters.contributorBuckets[parameters.contributors.indexOf(context.self)];
  const { score, duplicates } = parameters;
  const items = await readList(evidence, { maxScore: score?.max, duplicates, capacity }, context);
  try {
    if (score === undefined && duplicates === 'reject') refuseRepeated(items, context, OTHER_POLICIES);
  } catch (error) {
    await items.close();
    throw error;
  }
  return items;
}

function missing(what: string, { self }: PrepareContext): UsageError {
  return new UsageError(`Cannot run: no ${what}`, {
    code: 'bad-input',
    phase: 'input',
    party: self,
    remedy: 'give the list that belongs to your role; an empty one is allowed',
  });
}
