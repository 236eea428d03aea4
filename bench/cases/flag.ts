/**
 * Whole flag runs by size and number of institutions: one asks about all of its accounts, every other one lists as many.
 * Count and score rule: at least two others, scores of up to 255 that reach 200. All parties share this process and its
 * one thread; messages cross memory links. The answer must equal the ideal functionality's.
 */
import {
  createFlag,
  type FlagParameters,
  type FlagProtocol,
  flag,
  flagParameters,
  idealFlag,
} from '../../protocols/flag/index.ts';
import { dhOprf, voleOprf } from '../../protocols/oprf/index.ts';
import { memoryBaseOtStore } from '../../protocols/vole/index.ts';
import { insecureIdealOprf } from '../../protocols/oprf/ideal.ts';
import type { AccountRows } from '../../protocols/flag/index.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, ran, requireEqual, requireResult } from '../bench-case.ts';
import { flagRun, type FlagRunOutcome } from './flag-run.ts';

const RULE = { quorum: 2, score: { threshold: 200, max: 255 } } as const;
const BATCH_ROWS = 4096;
/** Of 256: how many of a contributor's rows are about accounts of the asker. */
const SHARED_ROWS = 102;

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
    setUp() {
      const parameters = parametersOf(engine, institutions, accounts);
      const lists = parameters.contributors.map((_, contributor) => new EvidenceList(contributor, accounts));
      const expected = expectedAnswer(lists, accounts);
      let outcome: FlagRunOutcome | undefined;
      return Promise.resolve({
        async run() {
          outcome = await flagRun(protocol, parameters, (party) => {
            if (party === parameters.asker) return { accounts: ownAccounts(accounts) };
            const contributor = parameters.contributors.indexOf(party);
            return contributor < 0 ? {} : { evidence: lists[contributor].rows() };
          });
        },
        check: () => requireEqual(ran(outcome).flagged, expected, 'answer'),
        facts() {
          const { bytes, rounds, failureLog2 } = ran(outcome);
          return { bytes, rounds, failureLog2, flagged: expected.reduce((sum, bit) => sum + bit, 0) };
        },
      });
    },
  };
}

function parametersOf(oprf: string, institutions: number, accounts: number): FlagParameters {
  const contributors = Array.from({ length: institutions - 1 }, (_, k) => `bank-${k + 1}`);
  // Two contributors need a neutral third member, and with a quorum of two every yes names both.
  const three = {
    committee: [...contributors, 'helper'],
    acknowledged: ['positive-answer-names-all-contributors'],
  } as const;
  return flagParameters({
    asker: 'bank-0',
    contributors,
    ...RULE,
    askerItems: accounts,
    contributorItems: contributors.map(() => accounts),
    oprf,
    ...(institutions === 3 ? three : {}),
  });
}

/** Row k of a contributor is about the asker's account k, or about one that nobody else has. */
class EvidenceList {
  readonly #contributor: number;
  readonly #about: Uint8Array;
  readonly #scores: Uint8Array;

  constructor(contributor: number, rowCount: number) {
    const rng = insecureSeededRng('bench', 'evidence', contributor);
    this.#contributor = contributor;
    this.#about = rng(rowCount);
    this.#scores = rng(rowCount);
  }

  /** The list as a stream. */
  *rows(): Generator<AccountRows> {
    const { length } = this.#about;
    for (let from = 0; from < length; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, length - from);
      const accounts = Array.from({ length: count }, (_, k) => this.#accountOf(from + k));
      yield { accounts, scores: Uint32Array.from(this.#scores.subarray(from, from + count)) };
    }
  }

  /** Account to score, of rows [from, from + count) alone. */
  scoresOf(from: number, count: number): ReadonlyMap<string, number> {
    return new Map(
      Array.from({ length: count }, (_, k) => [this.#accountOf(from + k), this.#scores[from + k]] as const),
    );
  }

  #accountOf(row: number): string {
    return this.#about[row] < SHARED_ROWS ? ownAccount(row) : `plain:other-${this.#contributor}-${row}`;
  }
}

function* ownAccounts(count: number): Generator<AccountRows> {
  for (let from = 0; from < count; from += BATCH_ROWS) {
    yield { accounts: accountsFrom(from, Math.min(BATCH_ROWS, count - from)) };
  }
}

function accountsFrom(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, k) => ownAccount(from + k));
}

function ownAccount(index: number): string {
  return `plain:${String(index).padStart(18, '0')}`;
}

/** The ideal functionality, batch by batch: rows about an account have its number, so no other batch adds to it. */
function expectedAnswer(lists: readonly EvidenceList[], accounts: number): Uint8Array {
  const expected = new Uint8Array(accounts);
  for (let from = 0; from < accounts; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, accounts - from);
    const evidence = lists.map((list) => list.scoresOf(from, count));
    expected.set(idealFlag(RULE, accountsFrom(from, count), evidence).map(Number), from);
  }
  requireResult(expected.includes(1) && expected.includes(0), 'the data has no account of either answer');
  return expected;
}
