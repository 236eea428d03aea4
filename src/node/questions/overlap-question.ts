/** The `overlap` protocol as a question of a node: whoever asks is the receiver, and asks one holder. */
import type { OverlapTerms } from '../config/node-config.ts';
import type { Source } from '../../data/source.ts';
import { UsageError } from '../../errors.ts';
import { AGREED_SIZES_PER_OCTAVE } from '../../kit/declared-size.ts';
import type { PartyId } from '../../kit/party.ts';
import type { ProtocolDefinition } from '../../kit/protocol.ts';
import { runParty } from '../../kit/run.ts';
import type { KeptSecrets } from './kept-secrets.ts';
import { declaredSize, notOfKind, shownItems, tellingOpened } from './planning.ts';
import type { Conditions, Outcome, PlannedRun, QuestionKind } from './question.ts';

/** What `overlapParameters` takes, as far as terms say it. */
export interface OverlapRunOptions {
  readonly receiver: string;
  readonly holder: string;
  readonly mode: OverlapTerms['mode'];
  readonly receiverItems: number;
  readonly holderItems: number;
  readonly smallestBucket: number;
  /** Of the sizes that the terms state; they say nothing of the lists. */
  readonly sizesPerOctave: typeof AGREED_SIZES_PER_OCTAVE;
  readonly smallestBatch: number;
  readonly columns: OverlapTerms['columns'];
  readonly duplicates: OverlapTerms['duplicates'];
  readonly ttlDays: number;
  readonly purpose: string;
}

/** An answer as `protocols/overlap` gives it; `C` is how it keeps one column of many rows. */
export type OverlapOutput<C> =
  | ({
      readonly kind: 'rows';
      readonly held: Uint8Array;
      readonly joined?: {
        readonly first: Uint32Array;
        readonly count: Uint32Array;
        readonly columns: Readonly<Record<string, C>>;
      };
    } & Conditions)
  | ({ readonly kind: 'size'; readonly size: number } & Conditions);

/** The node's view of the overlap protocol; the definition in `protocols/overlap` fits it. */
export interface OverlapProtocolPort<P, T, D extends string, C> {
  readonly definition: ProtocolDefinition<P, { readonly accounts: Source }, T, OverlapOutput<C> | undefined>;
  readonly parameters: (options: OverlapRunOptions & { readonly acknowledged: readonly D[] }) => P;
  /** Names of what applies to a run and has to be acknowledged. */
  readonly disclosures: (parameters: P) => readonly string[];
  /** The content of one row of a column. */
  readonly cell: (column: C, row: number) => Uint8Array;
  /** What runs of the definition keep for later ones. Absent: nothing. */
  readonly kept?: KeptSecrets;
}

/** Makes `overlap` a question that a node can ask and answer. */
export function overlapQuestion<P extends { readonly receiverBucket: number }, T, D extends string, C>(
  port: OverlapProtocolPort<P, T, D, C>,
): QuestionKind {
  const { definition, cell, kept } = port;
  const { spec } = definition;
  const joining =
    (parameters: P): PlannedRun['join'] =>
    async ({ rows, onOpened, ...options }) => {
      const accounts = rows.asked ?? rows.held;
      if (accounts === undefined) throw noList();
      const { output, report } = await runParty(tellingOpened(definition, onOpened), {
        ...options,
        parameters,
        input: { accounts },
      });
      return { output: output === undefined ? undefined : outcomeOf(output, cell), report };
    };
  return {
    name: 'overlap',
    protocol: spec.id,
    peers(terms, asker) {
      if (terms.protocol !== 'overlap') throw notOfKind('overlap');
      return terms.holders.filter((party) => party !== asker);
    },
    plan(terms, { asker, items, peer }) {
      if (terms.protocol !== 'overlap') throw notOfKind('overlap');
      const holder = holderOf(terms, peer);
      const parameters = spec.validate(
        port.parameters({
          ...runOptions(terms, holder),
          receiver: asker,
          receiverItems: shownItems(items, terms.buckets),
          acknowledged: acknowledgedBy(terms) as readonly D[],
        }),
      );
      return {
        protocol: spec.id,
        parameters,
        roles: spec.roles(parameters),
        askerBucket: parameters.receiverBucket,
        smallestBatch: terms.smallestBatch,
        disclosures: port.disclosures(parameters),
        leakage: spec.leakage(parameters),
        failures: spec.failures(parameters),
        join: joining(parameters),
      };
    },
    replay: (parameters) => ({ join: joining(spec.validate(parameters as unknown as P)) }),
    declaredItems: (parameters) => declaredSize(parameters, 'receiverBucket'),
    ...(kept === undefined ? {} : { kept }),
  };
}

function runOptions(terms: OverlapTerms, holder: PartyId): Omit<OverlapRunOptions, 'receiver' | 'receiverItems'> {
  const { mode, columns, duplicates, ttlDays, purpose, smallestBatch, buckets } = terms;
  return {
    holder,
    mode,
    columns,
    duplicates,
    ttlDays,
    purpose,
    smallestBatch,
    holderItems: buckets.holdings.get(holder) ?? 0,
    smallestBucket: buckets.smallest,
    sizesPerOctave: AGREED_SIZES_PER_OCTAVE,
  };
}

/** Both sides write the same list; in which order, and whether twice, means nothing. */
function acknowledgedBy({ acknowledged }: OverlapTerms): readonly string[] {
  return [...new Set(acknowledged)].sort();
}

function holderOf({ holders }: OverlapTerms, peer: PartyId | undefined): PartyId {
  if (peer !== undefined && holders.includes(peer)) return peer;
  throw new UsageError(
    `Cannot ask: ${peer === undefined ? 'no institution is named' : 'the named institution does not answer this question'}`,
    {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: `name one of: ${holders.join(', ')}`,
    },
  );
}

/** No list is not an empty one: that would be an answer. */
function noList(): UsageError {
  return new UsageError('Cannot take part: this institution brings no list', {
    code: 'bad-input',
    phase: 'input',
    remedy: 'add datasets.holdings to the configuration',
  });
}

function outcomeOf<C>(output: OverlapOutput<C>, cell: (column: C, row: number) => Uint8Array): Outcome {
  if (output.kind === 'size') return output;
  const { joined, ...rest } = output;
  if (joined === undefined) return rest;
  const { first, count, columns } = joined;
  return { ...rest, joined: { first, count, cell: (name, row) => cell(columns[name], row) } };
}
