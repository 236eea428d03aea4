/** Collects, batch by batch, what a table has in it; in memory are counts, not rows. */
import type { Rng } from '../crypto/rng.ts';
import { type AccountCheckOptions, type CheckedBatch, usedRows } from './account-check.ts';
import type { MalformedPolicy } from './account-source.ts';
import { AccountTally, type DuplicatePolicy, NEW, TOO_LARGE, UNCOUNTED } from './account-tally.ts';
import { LARGEST_SCORE } from './cells.ts';
import type { DataReport, Finding } from './data-report.ts';
import { DigitShapes, type Suspicion } from './digit-shapes.ts';
import { maskAccount } from './mask-account.ts';
import { OverflowCount } from './spill/overflow-count.ts';
import type { FoundRows } from './spill/spilled-list.ts';
import type { RejectedRow, Table } from './table.ts';
import type { TextEncoding } from './text-encoding.ts';

export interface InspectionOptions {
  /** What the terms of the question say of several rows of one account. undefined: they share their item. */
  readonly duplicates?: DuplicatePolicy | undefined;
  /** The most different accounts, or rows; undefined means any number. */
  readonly capacity?: { readonly of: 'accounts' | 'rows'; readonly most: number } | undefined;
  /** Where accounts are counted that are too many for memory. undefined: they are not counted. */
  readonly overflow?: OverflowOptions | undefined;
}

export interface OverflowOptions {
  /** Of the folder that is made when it is needed. */
  readonly parent: string;
  readonly rng: Rng;
  /** Different accounts that are counted in memory; undefined means 2^24. */
  readonly from?: number | undefined;
}

type Options = AccountCheckOptions &
  InspectionOptions & { readonly malformed?: MalformedPolicy | undefined; readonly signal?: AbortSignal | undefined };

const ROWS_SHOWN = 10;
const SAMPLE = 3;

export class DataInspection {
  /** The first rows that cannot be used, in their order. */
  readonly firstRejected: RejectedRow[] = [];
  rejectedRows = 0;
  readonly #table: Table;
  readonly #options: Options;
  readonly #tally: AccountTally;
  readonly #shapes = new DigitShapes();
  readonly #findings = new Map<string, { kind: Finding['kind']; column?: string; count: number; rows: number[] }>();
  readonly #sample: string[] = [];
  #encoding: TextEncoding | undefined;
  #used = 0;
  #blankRows = 0;
  #overflow: OverflowCount | undefined;

  constructor(table: Table, options: Options) {
    this.#table = table;
    this.#options = options;
    this.#tally = new AccountTally(options.duplicates, options.maxScore ?? LARGEST_SCORE, options.overflow?.from);
  }

  /** @throws UsageError `resource-limit` where accounts are counted on disk and there is too little room */
  async add(checked: CheckedBatch): Promise<void> {
    const { keys, values, rejected, wrongCheckDigits, text } = checked;
    const { account } = this.#options.columns;
    for (const fault of rejected) {
      this.#note(fault.reason, fault.row, fault.column);
      this.rejectedRows++;
      if (this.firstRejected.length < ROWS_SHOWN) this.firstRejected.push(fault);
    }
    const uncounted: number[] = [];
    const added = this.#tally.add(keys, values.scores);
    for (let at = 0; at < added.length; at++) {
      if (added[at] === NEW) {
        if (this.#sample.length < SAMPLE) this.#sample.push(maskAccount(keys.cells[at]));
      } else if (added[at] === UNCOUNTED) uncounted.push(at);
      else {
        this.#note('duplicate', values.rows[at], account);
        if (added[at] === TOO_LARGE) this.#note('score-sum', values.rows[at], this.#options.columns.score);
      }
    }
    // Other types have a check digit or a shape that tells more.
    if (this.#options.type === 'plain') this.#shapes.addAll(text.columns[0], text.rows);
    for (const row of wrongCheckDigits) this.#note('wrong-check-digit-kept', row, account);
    for (const row of text.multilineRows) this.#note('line-break-in-quotes', row, undefined);
    this.#used += keys.length;
    this.#blankRows += text.blankRows;
    this.#encoding = text.encoding;
    if (uncounted.length > 0 && this.#options.overflow !== undefined) {
      this.#overflow ??= await OverflowCount.open(this.#table, { ...this.#options, ...this.#options.overflow });
      await this.#overflow.add(usedRows(checked), uncounted);
    }
  }

  /** Different accounts so far; one more than were counted in memory where others came. */
  get distinct(): number {
    return this.#tally.distinct + Number(this.#tally.isFull);
  }

  /** Whatever comes of it, nothing of it stays on disk. */
  async close(): Promise<void> {
    await this.#overflow?.close();
  }

  async report(): Promise<DataReport> {
    const further = await this.#overflow?.survey();
    if (further !== undefined) {
      this.#noteAll('duplicate', further.repeated, this.#options.columns.account);
      this.#noteAll('score-sum', further.tooLarge, this.#options.columns.score);
    }
    const { columns, malformed = 'refuse', checkDigits = 'reject', capacity } = this.#options;
    const { account } = columns;
    const distinct = this.#tally.distinct + (further?.distinct ?? 0);
    const findings: Finding[] = [
      ...[...this.#findings.values()].map((found) => ({ ...found, effect: this.#effectOf(found.kind, malformed) })),
      ...doubt('lost-leading-zeros', account, this.#shapes.lostLeadingZeros()),
      ...doubt('rounded-digits', account, this.#shapes.roundedDigits()),
    ];
    const count = capacity?.of === 'rows' ? this.#used : distinct;
    if (capacity !== undefined && count > capacity.most) {
      findings.push({ kind: `too-many-${capacity.of}`, count, rows: [], effect: 'refused' });
    }
    return {
      source: this.#table.name,
      ...(this.#encoding === undefined ? {} : { encoding: this.#encoding }),
      columns,
      rows: this.#used + this.rejectedRows,
      blankRows: this.#blankRows,
      used: this.#used,
      distinct,
      distinctIsLeast: this.#tally.isFull && further === undefined,
      malformed,
      checkDigits,
      findings,
      sample: this.#sample,
      usable: findings.every(({ effect }) => effect !== 'refused'),
    };
  }

  #note(kind: Finding['kind'], row: number, column: string | undefined): void {
    this.#noteAll(kind, { count: 1, first: [row] }, column);
  }

  #noteAll(kind: Finding['kind'], { count, first }: FoundRows, column: string | undefined): void {
    if (count === 0) return;
    const key = JSON.stringify([kind, column]);
    let found = this.#findings.get(key);
    if (found === undefined) {
      found = { kind, ...(column === undefined ? {} : { column }), count: 0, rows: [] };
      this.#findings.set(key, found);
    }
    found.count += count;
    for (const row of first) if (found.rows.length < ROWS_SHOWN) found.rows.push(row);
  }

  #effectOf(kind: Finding['kind'], malformed: MalformedPolicy): Finding['effect'] {
    switch (kind) {
      case 'duplicate':
        return this.#options.duplicates === 'reject' ? 'refused' : 'joined';
      case 'score-sum':
        return 'refused';
      case 'wrong-check-digit-kept':
        return 'kept';
      case 'line-break-in-quotes':
        return 'doubtful';
      default:
        return malformed === 'skip' ? 'left-out' : 'refused';
    }
  }
}

function doubt(kind: Finding['kind'], column: string, found: Suspicion | undefined): readonly Finding[] {
  return found === undefined ? [] : [{ kind, column, ...found, effect: 'doubtful' }];
}
