/** The `flag` protocol as a question of a node: terms to parameters, datasets to input. */
import type { Source } from '../data/source.ts';
import { UsageError } from '../errors.ts';
import type { ProtocolDefinition } from '../kit/protocol.ts';
import { runParty } from '../kit/run.ts';
import type { FlagTerms } from './node-config.ts';
import type { Marks, QuestionKind } from './question.ts';

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
  /** Engine of the oblivious PRF. Absent: the protocol's default. */
  readonly oprf?: string;
}

/** Makes `flag` a question that a node can ask and answer. */
export function flagQuestion<P extends { readonly askerBucket: number }, T, D extends string>(
  port: FlagProtocolPort<P, T, D>,
): QuestionKind {
  const { definition, oprf } = port;
  const { spec } = definition;
  return {
    name: 'flag',
    protocol: spec.id,
    plan(terms, { asker, items }) {
      const contributors = terms.contributors.filter((party) => party !== asker);
      if (items > terms.buckets.asker) throw tooMany(terms.buckets.asker);
      const parameters = spec.validate(
        port.parameters({
          asker,
          contributors,
          ...(terms.committee === undefined ? {} : { committee: terms.committee }),
          quorum: terms.quorum,
          ...(terms.score === undefined ? {} : { score: terms.score }),
          askerItems: items,
          contributorItems: contributors.map((party) => terms.buckets.evidence.get(party) ?? 0),
          smallestBucket: terms.buckets.smallest,
          duplicates: terms.duplicates,
          ttlDays: terms.ttlDays,
          purpose: terms.purpose,
          acknowledged: terms.acknowledged as readonly D[],
          ...(oprf === undefined ? {} : { oprf }),
        }),
      );
      return {
        protocol: spec.id,
        parameters,
        roles: spec.roles(parameters),
        askerBucket: parameters.askerBucket,
        leakage: spec.leakage(parameters),
        failures: spec.failures(parameters),
        join: ({ rows, onOpened, ...options }) =>
          runParty(tellingOpened(definition, onOpened), { ...options, parameters, input: rows }),
      };
    },
    declaredItems(parameters) {
      if (typeof parameters !== 'object' || !('askerBucket' in parameters)) return undefined;
      const { askerBucket } = parameters;
      return typeof askerBucket === 'number' && Number.isSafeInteger(askerBucket) && askerBucket > 0
        ? askerBucket
        : undefined;
    },
  };
}

/** The same protocol; a run's roles begin when it is open. */
function tellingOpened<P, I, T, O>(
  definition: ProtocolDefinition<P, I, T, O>,
  onOpened: () => void = () => undefined,
): ProtocolDefinition<P, I, T, O> {
  return {
    ...definition,
    run(io, parameters, prepared) {
      onOpened();
      return definition.run(io, parameters, prepared);
    },
  };
}

function tooMany(bucket: number): UsageError {
  return new UsageError(`Cannot ask: more accounts than the agreed ${bucket}`, {
    code: 'too-many-items',
    phase: 'input',
    remedy: 'agree on a larger bucket with the other parties, or split the list',
  });
}
