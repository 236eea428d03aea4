/** What a bench is made of. A case knows what to run and how to tell a wrong result, and nothing of how it is timed. */

/** Numbers that a case states about its last run; the driver puts them beside the times. */
export interface CaseFacts {
  /** Bytes that crossed between parties, or that an encoded object takes. */
  readonly bytes?: number;
  readonly rounds?: number;
  /** log2 of the run's statistical error. */
  readonly failureLog2?: number;
  /** Accounts that the answers flagged. */
  readonly flagged?: number;
  /** CPU time that one party spends beyond what the same run takes without what is measured: median of runs in turn. */
  readonly addedCpuMs?: number;
  /** The same of the first runs, while code is still being compiled. */
  readonly addedColdCpuMs?: number;
  /** Resident size of another process, where the case measures one. */
  readonly rssBytes?: number;
}

export interface PreparedCase {
  run(): void | Promise<void>;
  /** @throws WrongResult when the last run's result is not the expected one, or when nothing was run. */
  check(): void;
  facts?(): CaseFacts;
  close?(): Promise<void>;
}

/** What keeps a case from running here, in words. */
interface SkippedCase {
  readonly skipped: string;
}

export interface BenchCase {
  /** `area/op/params`, see CASE_ID. */
  readonly id: string;
  /** What the measured thing protects against whom; the number means nothing without it. */
  readonly securityModel: string;
  /** What one item is: an element, a gate, an account. */
  readonly unit: string;
  /** Items of one run. */
  readonly items: number;
  /** `micro`: synchronous, milliseconds, timed by benny. `macro`: asynchronous or long, repeated by the driver itself. */
  readonly kind: 'micro' | 'macro';
  /** Repetitions of a macro case in one process. Default 5. */
  readonly repetitions?: number;
  /**
   * Id of a case of the same kind that does the same in another way: both are timed in turn, and the ratio of times is
   * reported. A macro case stands behind its baseline in the list.
   */
  readonly baseline?: string;
  /** What of a macro case is set against its baseline: wall time where it is there for its threads. Default: CPU time. */
  readonly comparedBy?: 'wall';
  /** `short`: also in short mode. `default`: in a full run. `on-request`: only where its whole id is asked for. */
  readonly selection: 'short' | 'default' | 'on-request';
  setUp(): Promise<PreparedCase | SkippedCase>;
}

export const CASE_ID: RegExp = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\/[a-z0-9]+(?:-[a-z0-9]+)*){2}$/;

/** A measured function gave a wrong answer: its times are worthless and the bench ends. */
export class WrongResult extends Error {
  constructor(what: string) {
    super(`Cannot accept bench: ${what}`);
    this.name = 'WrongResult';
  }
}

/** Which cases a run takes: all default ones, or those named by their whole id, or found by a regular expression. */
export function selectCases(
  cases: readonly BenchCase[],
  { only = [], short = false }: { readonly only?: readonly string[]; readonly short?: boolean } = {},
): readonly BenchCase[] {
  const ids = new Set(cases.map(({ id }) => id));
  const named = new Set(only.filter((entry) => ids.has(entry)));
  const patterns = only.filter((entry) => !ids.has(entry)).map((entry) => new RegExp(entry));
  return cases.filter(({ id, selection }) => {
    if (named.has(id)) return true;
    if (selection === 'on-request' || (short && selection !== 'short')) return false;
    return only.length === 0 || patterns.some((pattern) => pattern.test(id));
  });
}

export function requireResult(holds: boolean, what: string): void {
  if (!holds) throw new WrongResult(what);
}

/** The value, once a run has set it. */
export function ran<T>(value: T | undefined): T {
  if (value === undefined) throw new WrongResult('nothing was run');
  return value;
}

/** Compares two typed arrays or byte strings element by element. */
export function requireEqual(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>, what: string): void {
  requireResult(actual.length === expected.length, `${what}: wrong length`);
  for (let k = 0; k < actual.length; k++) if (actual[k] !== expected[k]) throw new WrongResult(`${what}: wrong value`);
}
