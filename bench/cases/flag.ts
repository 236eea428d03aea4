/**
 * Whole flag runs by size and number of institutions: one asks about all of its accounts, every other one lists as many.
 * All parties share this process and its one thread; messages cross memory links. The answer must equal the ideal
 * functionality's.
 */
import { createFlag, type FlagProtocol, flag } from '../../protocols/flag/index.ts';
import { dhOprf, voleOprf } from '../../protocols/oprf/index.ts';
import { memoryBaseOtStore } from '../../protocols/vole/index.ts';
import { insecureIdealOprf } from '../../protocols/oprf/ideal.ts';
import { askedAccounts, EvidenceList, expectedFlags, flagSizeParameters } from '../../src/measure/flag-lists.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual, requireResult } from '../bench-case.ts';
import { flagRun, type FlagRunOutcome } from './flag-run.ts';

export interface FlagSize {
  readonly engine: 'ideal' | 'dh' | 'vole';
  readonly institutions: number;
  readonly accounts: number;
  readonly repetitions: number;
  readonly selection: BenchCase['selection'];
  /** Default: the engine's own protocol. */
  readonly protocol?: FlagProtocol;
}

export const ideal: FlagProtocol = createFlag([insecureIdealOprf(insecureSeededRng('bench', 'ideal')(32))]);

/** Parties keep base transfers from run to run, as nodes do: all but a case's first run begin with them. */
const vole: FlagProtocol = createFlag([voleOprf(memoryBaseOtStore())]);

const ENGINES = {
  vole: { protocol: vole, oprf: voleOprf(memoryBaseOtStore()).securityModel },
  dh: { protocol: flag, oprf: dhOprf.securityModel },
  ideal: { protocol: ideal, oprf: 'trusted party in the same process, NOT SECURE' },
} as const;

/** Smaller runs first: see the driver on resident size. */
export const smallFlagCases: readonly BenchCase[] = [
  flagCase({ engine: 'ideal', institutions: 3, accounts: 1_000, repetitions: 5, selection: 'short' }),
  flagCase({ engine: 'ideal', institutions: 5, accounts: 1_000, repetitions: 5, selection: 'short' }),
  flagCase({ engine: 'dh', institutions: 4, accounts: 1_000, repetitions: 5, selection: 'short' }),
  flagCase({ engine: 'vole', institutions: 4, accounts: 1_000, repetitions: 5, selection: 'short' }),
  flagCase({ engine: 'ideal', institutions: 10, accounts: 1_000, repetitions: 5, selection: 'short' }),
  flagCase({ engine: 'dh', institutions: 3, accounts: 1_000, repetitions: 3, selection: 'on-request' }),
  flagCase({ engine: 'dh', institutions: 10, accounts: 1_000, repetitions: 3, selection: 'on-request' }),
  flagCase({ engine: 'ideal', institutions: 3, accounts: 10_000, repetitions: 3, selection: 'default' }),
  flagCase({ engine: 'ideal', institutions: 5, accounts: 10_000, repetitions: 3, selection: 'default' }),
  flagCase({ engine: 'ideal', institutions: 10, accounts: 10_000, repetitions: 3, selection: 'default' }),
  flagCase({ engine: 'vole', institutions: 5, accounts: 10_000, repetitions: 5, selection: 'default' }),
  flagCase({ engine: 'dh', institutions: 4, accounts: 10_000, repetitions: 1, selection: 'on-request' }),
  flagCase({ engine: 'dh', institutions: 5, accounts: 10_000, repetitions: 1, selection: 'on-request' }),
];

export const largeFlagCases: readonly BenchCase[] = [
  flagCase({ engine: 'vole', institutions: 5, accounts: 100_000, repetitions: 5, selection: 'default' }),
  flagCase({ engine: 'ideal', institutions: 3, accounts: 100_000, repetitions: 1, selection: 'on-request' }),
  flagCase({ engine: 'ideal', institutions: 5, accounts: 100_000, repetitions: 1, selection: 'default' }),
  flagCase({ engine: 'ideal', institutions: 10, accounts: 100_000, repetitions: 1, selection: 'on-request' }),
];

export function flagCase(size: FlagSize): BenchCase {
  const { engine, institutions, accounts, repetitions, selection } = size;
  const { oprf } = ENGINES[engine];
  const protocol = size.protocol ?? ENGINES[engine].protocol;
  return {
    id: `flag/${engine}/${institutions}x${accounts}`,
    securityModel: `${protocol.spec.securityModel}; OPRF: ${oprf}`,
    unit: 'account',
    items: accounts,
    kind: 'macro',
    repetitions,
    selection,
    async setUp() {
      const parameters = flagSizeParameters({ engine, institutions, accounts });
      const lists = parameters.contributors.map((_, contributor) => new EvidenceList(contributor + 1, accounts));
      const expected = await expectedFlags(lists, accounts);
      requireResult(expected.includes(1) && expected.includes(0), 'the data has no account of either answer');
      let outcome: FlagRunOutcome | undefined;
      return {
        async run() {
          outcome = await flagRun(protocol, parameters, (party) => {
            if (party === parameters.asker) return { accounts: askedAccounts(accounts) };
            const contributor = parameters.contributors.indexOf(party);
            return contributor < 0 ? {} : { evidence: lists[contributor].rows() };
          });
        },
        check: () => requireEqual(ran(outcome).flagged, expected, 'answer'),
        facts() {
          const { bytes, rounds, failureLog2 } = ran(outcome);
          return { bytes, rounds, failureLog2, flagged: expected.reduce((sum, bit) => sum + bit, 0) };
        },
      };
    },
  };
}
