/** The `flag` protocol as a question of a node: terms to parameters, datasets to input. */
import type { Source } from '../../data/source.ts';
import { AGREED_SIZES_PER_OCTAVE } from '../../kit/declared-size.ts';
import type { PartyId } from '../../kit/party.ts';
import type { ProtocolDefinition } from '../../kit/protocol.ts';
import { runParty } from '../../kit/run.ts';
import type { FlagTerms } from '../config/node-config.ts';
import type { KeptSecrets } from './kept-secrets.ts';
import { declaredSize, notOfKind, shownItems, tellingOpened } from './planning.ts';
import type { Marks, PlannedRun, QuestionKind } from './question.ts';

/** What `flagParameters` takes, as far as terms say it. */
export interface FlagRunOptions {
  readonly asker: string;
  readonly contributors: readonly string[];
  readonly committee?: readonly string[];
  readonly quorum: number;
  readonly score?: { readonly threshold: number; readonly max: number };
  readonly askerItems: number;
  readonly contributorItems: readonly number[];
  readonly smallestBucket: number;
  /** Of the sizes that the terms state; they say nothing of the lists. */
  readonly sizesPerOctave: typeof AGREED_SIZES_PER_OCTAVE;
  readonly duplicates: FlagTerms['duplicates'];
  readonly ttlDays: number;
  readonly purpose: string;
  readonly oprf?: string;
}

/** The node's view of the flag protocol; the definition in `protocols/flag` fits it. */
export interface FlagProtocolPort<P, T, D extends string> {
  readonly definition: ProtocolDefinition<
    P,
    { readonly accounts?: Source | undefined; readonly evidence?: Source | undefined },
    T,
    Marks | undefined
  >;
  readonly parameters: (options: FlagRunOptions & { readonly acknowledged: readonly D[] }) => P;
  /** Least accounts of a question, which the definition refuses as well, but later. Absent: none. */
  readonly smallestBatch?: number;
  /** Engine of the oblivious PRF. Absent: the protocol's default. */
  readonly oprf?: string;
  /** What runs of the definition keep for later ones. Absent: nothing. */
  readonly kept?: KeptSecrets;
}

/** Makes `flag` a question that a node can ask and answer. */
export function flagQuestion<P extends { readonly askerBucket: number }, T, D extends string>(
  port: FlagProtocolPort<P, T, D>,
): QuestionKind {
  const { definition, oprf, kept } = port;
  const { spec } = definition;
  const joining =
    (parameters: P): PlannedRun['join'] =>
    async ({ rows, onOpened, ...options }) => {
      const input = { accounts: rows.asked, evidence: rows.held };
      const { output, report } = await runParty(tellingOpened(definition, onOpened), { ...options, parameters, input });
      return { output: output === undefined ? undefined : { kind: 'flags', ...output }, report };
    };
  return {
    name: 'flag',
    protocol: spec.id,
    peers: () => 'all',
    plan(terms, { asker, items }) {
      if (terms.protocol !== 'flag') throw notOfKind('flag');
      const parameters = spec.validate(
        port.parameters({
          ...runOptions(terms, asker),
          askerItems: shownItems(items, terms.buckets),
          acknowledged: terms.acknowledged as readonly D[],
          ...(oprf === undefined ? {} : { oprf }),
        }),
      );
      return {
        protocol: spec.id,
        parameters,
        roles: spec.roles(parameters),
        askerBucket: parameters.askerBucket,
        smallestBatch: port.smallestBatch ?? 0,
        disclosures: terms.acknowledged,
        leakage: spec.leakage(parameters),
        failures: spec.failures(parameters),
        join: joining(parameters),
      };
    },
    replay: (parameters) => ({ join: joining(spec.validate(parameters as unknown as P)) }),
    declaredItems: (parameters) => declaredSize(parameters, 'askerBucket'),
    ...(kept === undefined ? {} : { kept }),
  };
}

function runOptions(terms: FlagTerms, asker: PartyId): Omit<FlagRunOptions, 'askerItems' | 'oprf'> {
  const { committee, quorum, score, buckets, duplicates, ttlDays, purpose } = terms;
  const contributors = terms.contributors.filter((party) => party !== asker);
  return {
    asker,
    contributors,
    ...(committee === undefined ? {} : { committee }),
    quorum,
    ...(score === undefined ? {} : { score }),
    contributorItems: contributors.map((party) => buckets.evidence.get(party) ?? 0),
    smallestBucket: buckets.smallest,
    sizesPerOctave: AGREED_SIZES_PER_OCTAVE,
    duplicates,
    ttlDays,
    purpose,
  };
}
