/** What a table is found to have in it: plain data, with masked accounts and no others. */
import type { AccountColumns, CheckDigitPolicy } from './account-check.ts';
import type { MalformedPolicy } from './account-source.ts';
import type { RejectReason } from './table.ts';
import type { TextEncoding } from './text-encoding.ts';

/** What is found in rows that can be used all the same, or in all of them together. */
export type Remark =
  /** Rows that repeat an account of an earlier one. */
  | 'duplicate'
  /** Repeated accounts whose scores sum up to more than the largest score. */
  | 'score-sum'
  | 'wrong-check-digit-kept'
  /** Ids shorter than most where none begins with a zero. */
  | 'lost-leading-zeros'
  /** Ids of more than 15 digits that end in zeros from there on, which is what a spreadsheet leaves of them. */
  | 'rounded-digits'
  /** Rows with a line break inside quotes: where it is no text, two quotes out of place have swallowed rows. */
  | 'line-break-in-quotes'
  /** More different accounts, or rows, than the agreed size. */
  | 'too-many-accounts'
  | 'too-many-rows';

export interface Finding {
  readonly kind: RejectReason | Remark;
  /** The column's name in the source; absent where it is about whole rows. */
  readonly column?: string;
  /** Rows; of `too-many-accounts` different accounts. */
  readonly count: number;
  /** The first of the rows, as they are numbered in the source. */
  readonly rows: readonly number[];
  /**
   * `refused`: with it there is no run. `left-out`: these rows are no items. `joined`: they become one item with another
   * row. `kept`: they are items. `doubtful`: perhaps a mistake; nothing follows from it.
   */
  readonly effect: 'refused' | 'left-out' | 'joined' | 'kept' | 'doubtful';
}

export interface DataReport {
  /** A file's path, or a database and its table. */
  readonly source: string;
  /** Of a file. */
  readonly encoding?: TextEncoding;
  readonly columns: AccountColumns;
  /** Rows of data; neither header nor blank lines. */
  readonly rows: number;
  readonly blankRows: number;
  /** Rows that are, or join, an item. */
  readonly used: number;
  /** Different accounts among them. */
  readonly distinct: number;
  /** There were too many to count: there are more than `distinct`. */
  readonly distinctIsLeast: boolean;
  readonly malformed: MalformedPolicy;
  readonly checkDigits: CheckDigitPolicy;
  readonly findings: readonly Finding[];
  /** Masked. */
  readonly sample: readonly string[];
  /** Whether a run would take this source. */
  readonly usable: boolean;
}
