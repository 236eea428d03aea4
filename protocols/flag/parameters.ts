/** Parameters of a flag run: what all parties agree on before anything is sent. */
import { UsageError } from '../../src/errors.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { checkCommittee, type Committee, type SumParams } from '../committee/index.ts';
import { bucketFor, type DuplicatePolicy, type SizesPerOctave } from '../items/index.ts';

/** What a contract has to say in words because a run's answer gives it away. */
export type Disclosure =
  /** With as many contributors as the rule needs at least, a positive answer means that all of them list the account. */
  | 'positive-answer-names-all-contributors'
  /** The asker sits on the committee: it could then change what is computed without being seen. */
  | 'asker-is-committee-member'
  /** All three members are institutions of a run of three: any two of them together learn everything. */
  | 'any-two-parties-learn-everything';

export interface FlagParameters {
  readonly asker: PartyId;
  /** All other institutions, in a fixed order; 2 to 9 of them. */
  readonly contributors: readonly PartyId[];
  readonly committee: Committee;
  /** t: at least so many contributors hold the account; 2 or more. */
  readonly quorum: number;
  /** The contributors' scores have to sum up to `threshold` as well; each is at most `max`. */
  readonly score?: { readonly threshold: number; readonly max: number };
  /** Declared size of the asker's list, out of up to 32 an octave: all that others learn of it. */
  readonly askerBucket: number;
  /** Declared sizes of the contributors' lists. */
  readonly contributorBuckets: readonly number[];
  /** Engine of the oblivious PRF. */
  readonly oprf: string;
  /** How a contributor joins several rows of one account. The asker's rows of one account share one answer. */
  readonly duplicates: DuplicatePolicy;
  /** Days for which an answer may be used. */
  readonly ttlDays: number;
  readonly purpose: string;
  readonly acknowledged: readonly Disclosure[];
}

/** What a caller has to say; the rest has defaults. */
export interface FlagOptions {
  readonly asker: string;
  readonly contributors: readonly string[];
  /** Default: the first three contributors. With two contributors it has to be given. */
  readonly committee?: readonly string[];
  /** Default 2. */
  readonly quorum?: number;
  readonly score?: { readonly threshold: number; readonly max: number };
  /** The most accounts that the asker asks about, and that each contributor lists; rounded up to buckets. */
  readonly askerItems: number;
  readonly contributorItems: readonly number[];
  /** Default `vole`. */
  readonly oprf?: string;
  /** Default `max`. */
  readonly duplicates?: DuplicatePolicy;
  /** Default 7. */
  readonly ttlDays?: number;
  /** Default: screening of own accounts against fraud. */
  readonly purpose?: string;
  /** Default none: a run that needs one is refused and names it. */
  readonly acknowledged?: readonly Disclosure[];
  /** Smallest size bucket. Default 1,024; smaller ones tell more about small lists and cost less. */
  readonly smallestBucket?: number;
  /**
   * Into how many sizes an octave the numbers above are rounded up. Default 1: a list's own size then shows to a factor of
   * two. More of them save up to half of the cost and tell no more where the numbers are agreed on before the lists are known.
   */
  readonly sizesPerOctave?: SizesPerOctave;
}

export const MIN_INSTITUTIONS = 3;
export const MAX_INSTITUTIONS = 10;
export const MIN_QUORUM = 2;
/** Real accounts of an asker's batch: padding hides the number from others, so the asker itself sees to it. */
export const MIN_BATCH = 32;
/** Three bytes: with a target of 72 bits a value stays below the 16 bytes that a mask covers. */
export const MAX_SCORE: number = 2 ** 24 - 1;
export const DEFAULT_SMALLEST_BUCKET = 1024;

/** Fills in defaults and checks. @throws UsageError `bad-parameter` that names what is wrong */
export function flagParameters(options: FlagOptions): FlagParameters {
  const floor = options.smallestBucket ?? DEFAULT_SMALLEST_BUCKET;
  const contributors = options.contributors.map(partyId);
  return checkFlagParameters({
    asker: partyId(options.asker),
    contributors,
    committee: checkCommittee(options.committee?.map(partyId) ?? contributors.slice(0, 3)),
    quorum: options.quorum ?? MIN_QUORUM,
    ...(options.score === undefined ? {} : { score: options.score }),
    askerBucket: bucketFor(options.askerItems, floor, options.sizesPerOctave),
    contributorBuckets: options.contributorItems.map((items) => bucketFor(items, floor, options.sizesPerOctave)),
    oprf: options.oprf ?? 'vole',
    duplicates: options.duplicates ?? 'max',
    ttlDays: options.ttlDays ?? 7,
    purpose: options.purpose ?? 'screening of own accounts against fraud',
    acknowledged: options.acknowledged ?? [],
  });
}

/** @throws UsageError `bad-parameter` */
export function checkFlagParameters(parameters: FlagParameters): FlagParameters {
  const { asker, contributors, quorum, score } = parameters;
  const institutions = contributors.length + 1;
  for (const name of [asker, ...contributors, ...parameters.committee]) partyId(name);
  checkCommittee(parameters.committee);
  if (institutions < MIN_INSTITUTIONS) {
    refuse(
      `${institutions} institutions`,
      'ask with at least three: with two, the answer is the other side’s secret itself',
    );
  }
  if (institutions > MAX_INSTITUTIONS) refuse(`${institutions} institutions`, `ask with at most ${MAX_INSTITUTIONS}`);
  if (new Set([asker, ...contributors]).size !== institutions) {
    refuse('an institution is named twice', 'name every institution once, the asker not among the contributors');
  }
  if (!Number.isInteger(quorum) || quorum < MIN_QUORUM || quorum > contributors.length) {
    refuse('quorum out of range', `use ${MIN_QUORUM} to ${contributors.length}, counted over the other institutions`);
  }
  if (score !== undefined) checkScore(score, contributors.length);
  if (!(['first', 'max', 'sum', 'reject'] as const).includes(parameters.duplicates)) {
    refuse('unknown duplicate policy', 'use first, max, sum or reject');
  }
  if (!Number.isInteger(parameters.ttlDays) || parameters.ttlDays < 1 || parameters.ttlDays > 366) {
    refuse('lifetime of an answer out of range', 'use 1 to 366 days');
  }
  for (const disclosure of neededDisclosures(parameters)) {
    if (!parameters.acknowledged.includes(disclosure)) {
      refuse(`'${disclosure}' applies and is not acknowledged`, 'change the parties, or have the contract say it');
    }
  }
  return Object.freeze(parameters);
}

/** What applies to these parameters and has to be acknowledged. */
export function neededDisclosures(parameters: FlagParameters): readonly Disclosure[] {
  const { asker, contributors, committee } = parameters;
  const needed: Disclosure[] = [];
  if (leastHolders(parameters) === contributors.length) needed.push('positive-answer-names-all-contributors');
  if (committee.includes(asker)) needed.push('asker-is-committee-member');
  const institutions = [asker, ...contributors];
  if (institutions.length === MIN_INSTITUTIONS && committee.every((member) => institutions.includes(member))) {
    needed.push('any-two-parties-learn-everything');
  }
  return needed;
}

/** How many contributors list an account at least when the answer is yes: the quorum, or what the scores need. */
export function leastHolders({ quorum, score }: Pick<FlagParameters, 'quorum' | 'score'>): number {
  return score === undefined ? quorum : Math.max(quorum, Math.ceil(score.threshold / score.max));
}

/** Bits of one score, 0 without a score rule. */
export function scoreBitsOf(parameters: Pick<FlagParameters, 'score'>): number {
  return parameters.score === undefined ? 0 : Math.floor(Math.log2(parameters.score.max)) + 1;
}

/** The rule as sums over the contributors: holders first, then scores where there is a score rule. */
export function ruleSums(parameters: FlagParameters): readonly SumParams[] {
  const addendCount = parameters.contributors.length;
  const holders = { addendBits: 1, addendCount, threshold: parameters.quorum };
  if (parameters.score === undefined) return [holders];
  return [holders, { addendBits: scoreBitsOf(parameters), addendCount, threshold: parameters.score.threshold }];
}

function checkScore(score: { readonly threshold: number; readonly max: number }, contributorCount: number): void {
  const { threshold, max } = score;
  if (!Number.isInteger(max) || max < 1 || max > MAX_SCORE) {
    refuse('largest score out of range', `use 1 to ${MAX_SCORE}`);
  }
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > contributorCount * max) {
    refuse('score threshold out of range', `use 1 to ${contributorCount * max}, contributors times the largest score`);
  }
}

function refuse(what: string, remedy: string): never {
  throw new UsageError(`Cannot plan flag run: ${what}`, { code: 'bad-parameter', phase: 'parameters', remedy });
}
