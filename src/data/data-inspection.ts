/** Collects, batch by batch, what a table has in it; in memory are counts, not rows. */
import type { AccountCheckOptions, CheckedBatch } from './account-check.ts';
import type { MalformedPolicy } from './account-source.ts';
import { AccountTally, type DuplicatePolicy } from './account-tally.ts';
import { LARGEST_SCORE } from './cells.ts';
import type { DataReport, Finding } from './data-report.ts';
import { DigitShapes, type Suspicion } from './digit-shapes.ts';
import { maskAccount } from './mask-account.ts';
import type { RejectedRow } from './table.ts';
import type { TextEncoding } from './text-encoding.ts';

export interface InspectionOptions {
  /** What the terms of the question say of several rows of one account. undefined: they share their item. */
  readonly duplicates?: DuplicatePolicy | undefined;
  /** The most different accounts, or rows; undefined means any number. */
  readonly capacity?: { readonly of: 'accounts' | 'rows'; readonly most: number } | undefined;
}

const ROWS_SHOWN = 10;
const SAMPLE = 3;

export class DataInspection {
  /** The first rows that cannot be used, in their order. */
  readonly firstRejected: RejectedRow[] = [];
  rejectedRows = 0;
  readonly #name: string;
  readonly #options: AccountCheckOptions & InspectionOptions & { readonly malformed?: MalformedPolicy | undefined };
  readonly #tally: AccountTally;
  readonly #shapes = new DigitShapes();
  readonly #findings = new Map<string, { kind: Finding['kind']; column?: string; count: number; rows: number[] }>();
  readonly #sample: string[] = [];
  #encoding: TextEncoding | undefined;
  #used = 0;
  #blankRows = 0;

  constructor(
    name: string,
    options: AccountCheckOptions & InspectionOptions & { readonly malformed?: MalformedPolicy | undefined },
  ) {
    this.#name = name;
    this.#options = options;
    this.#tally = new AccountTally(options.duplicates, options.maxScore ?? LARGEST_SCORE);
  }

  add({ batch, rejected, wrongCheckDigits, text }: CheckedBatch): void {
    const { account } = this.#options.columns;
    for (const fault of rejected) {
      this.#note(fault.reason, fault.row, fault.column);
      this.rejectedRows++;
      if (this.firstRejected.length < ROWS_SHOWN) this.firstRejected.push(fault);
    }
    for (const [at, name] of batch.accounts.entries()) {
      const added = this.#tally.add(name, batch.scores?.[at] ?? 0);
      if (added === 'new' && this.#sample.length < SAMPLE) this.#sample.push(maskAccount(name));
      if (added === 'repeated' || added === 'too-large') this.#note('duplicate', batch.rows[at], account);
      if (added === 'too-large') this.#note('score-sum', batch.rows[at], this.#options.columns.score);
    }
    // Other types have a check digit or a shape that tells more.
    if (this.#options.type === 'plain') {
      for (const [at, row] of text.rows.entries()) this.#shapes.add(text.columns[0][at].trim(), row);
    }
    for (const row of wrongCheckDigits) this.#note('wrong-check-digit-kept', row, account);
    for (const row of text.multilineRows) this.#note('line-break-in-quotes', row, undefined);
    this.#used += batch.accounts.length;
    this.#blankRows += text.blankRows;
    this.#encoding = text.encoding;
  }

  report(): DataReport {
    const { columns, malformed = 'refuse', checkDigits = 'reject', capacity } = this.#options;
    const { account } = columns;
    const { distinct, isFull } = this.#tally;
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
      source: this.#name,
      ...(this.#encoding === undefined ? {} : { encoding: this.#encoding }),
      columns,
      rows: this.#used + this.rejectedRows,
      blankRows: this.#blankRows,
      used: this.#used,
      distinct,
      distinctIsLeast: isFull,
      malformed,
      checkDigits,
      findings,
      sample: this.#sample,
      usable: findings.every(({ effect }) => effect !== 'refused'),
    };
  }

  #note(kind: Finding['kind'], row: number, column: string | undefined): void {
    const key = JSON.stringify([kind, column]);
    let found = this.#findings.get(key);
    if (found === undefined) {
      found = { kind, ...(column === undefined ? {} : { column }), count: 0, rows: [] };
      this.#findings.set(key, found);
    }
    found.count++;
    if (found.rows.length < ROWS_SHOWN) found.rows.push(row);
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
