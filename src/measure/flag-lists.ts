/**
 * Made-up lists for flag: all institutions have the same accounts, and row k of an institution's evidence is about account k or about
 * one that nobody else has. Count and score rule: at least two others, scores of up to 255 that reach 200.
 */
import {
  type AccountRows,
  type FlagOptions,
  type FlagParameters,
  flagParameters,
  idealFlag,
} from '../../protocols/flag/index.ts';
import { ranges } from '../crypto/steps.ts';
import { AGREED_SIZES_PER_OCTAVE } from '../kit/declared-size.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { inTurns } from './in-turns.ts';

const RULE = { quorum: 2, score: { threshold: 200, max: 255 } } as const;
const BATCH_ROWS = 4096;
/** Of 256: how many rows of an institution's evidence are about accounts of all. */
const SHARED_ROWS = 102;

export interface FlagSize {
  readonly engine: string;
  readonly institutions: number;
  readonly accounts: number;
  /** Number of the institution that asks. Default 0. */
  readonly asker?: number;
}

export function flagSizeParameters({ engine, institutions, accounts, asker = 0 }: FlagSize): FlagParameters {
  const names = Array.from({ length: institutions }, (_, k) => `bank-${k}`);
  const contributors = names.filter((_, k) => k !== asker);
  // Two contributors need a neutral third member, and with a quorum of two every yes names both.
  const three: Pick<FlagOptions, 'committee' | 'acknowledged'> = {
    committee: [...contributors, 'helper'],
    acknowledged: ['positive-answer-names-all-contributors'],
  };
  return flagParameters({
    asker: names[asker],
    contributors,
    ...RULE,
    askerItems: accounts,
    contributorItems: contributors.map(() => accounts),
    // The numbers are agreed on here, whatever the lists.
    sizesPerOctave: AGREED_SIZES_PER_OCTAVE,
    oprf: engine,
    ...(institutions === 3 ? three : {}),
  });
}

/** One institution's evidence. */
export class EvidenceList {
  readonly #institution: number;
  readonly #about: Uint8Array;
  readonly #scores: Uint8Array;

  constructor(institution: number, rowCount: number) {
    const rng = insecureSeededRng('bench', 'evidence', institution);
    this.#institution = institution;
    this.#about = rng(rowCount);
    this.#scores = rng(rowCount);
  }

  /** The list as a stream. */
  *rows(): Generator<AccountRows> {
    const { length } = this.#about;
    for (const [from, to] of ranges(length, BATCH_ROWS)) {
      const count = to - from;
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
    return this.#about[row] < SHARED_ROWS ? accountName(row) : `plain:other-${this.#institution}-${row}`;
  }
}

/** The accounts that an institution asks about, as a stream. */
export function* askedAccounts(count: number): Generator<AccountRows> {
  for (const [from, to] of ranges(count, BATCH_ROWS)) {
    yield { accounts: accountsFrom(from, to - from) };
  }
}

function accountsFrom(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, k) => accountName(from + k));
}

function accountName(index: number): string {
  return `plain:${String(index).padStart(18, '0')}`;
}

/** The ideal functionality, batch by batch: rows about an account have its number, so no other batch adds to it. */
export async function expectedFlags(lists: readonly EvidenceList[], accounts: number): Promise<Uint8Array> {
  const expected = new Uint8Array(accounts);
  for await (const [from, to] of inTurns(ranges(accounts, BATCH_ROWS))) {
    const count = to - from;
    const evidence = lists.map((list) => list.scoresOf(from, count));
    expected.set(idealFlag(RULE, accountsFrom(from, count), evidence).map(Number), from);
  }
  return expected;
}
