/**
 * A table as a `Source`: columns by name, canonical accounts, bounded scores. Rows pass through one batch at a time; what
 * several rows of one account mean is the question's to say.
 */
import { DataError } from '../errors.ts';
import { AccountCheck, type AccountCheckOptions, checkedOffset, type CheckedBatch, usedRows } from './account-check.ts';
import { DataInspection, type InspectionOptions } from './data-inspection.ts';
import type { DataReport } from './data-report.ts';
import type { Source } from './source.ts';
import { malformedRow, REASON_TEXTS, type RejectedRow, type RejectReason, type Table } from './table.ts';

/** What becomes of rows that cannot be used: no run at all, or a run without them, and a report that counts them. */
export type MalformedPolicy = 'refuse' | 'skip';

export interface AccountSourceOptions extends AccountCheckOptions {
  /** undefined means `refuse`. */
  readonly malformed?: MalformedPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the table anew on every iteration; one over a stream only once. Iterating throws what the table throws, and under
 * `refuse` DataError `malformed-row` at the first such row (row, column and reason, never the value).
 */
export function accountSource(table: Table, options: AccountSourceOptions): Source {
  checkedOffset(options);
  return {
    async *[Symbol.asyncIterator]() {
      const check = await AccountCheck.create(options);
      for await (const checked of checkedBatches(table, check, options.signal)) {
        const { keys, rejected } = checked;
        if (options.malformed !== 'skip' && rejected.length > 0) {
          throw malformedRow(table.name, rejected[0], expectation(rejected[0].reason, check));
        }
        if (keys.length > 0) yield usedRows(checked);
      }
    },
  };
}

/** A source that counts what is read of it. */
export interface InspectedSource extends Source {
  /** Different accounts so far. */
  readonly distinct: number;
}

/**
 * The same source, read to its end whatever is in it: then `onReport` is told, and what `refuse` refuses is thrown as one
 * error that names the first of such rows.
 */
export function inspectedSource(
  table: Table,
  options: AccountSourceOptions & InspectionOptions & { readonly onReport: (report: DataReport) => void },
): InspectedSource {
  checkedOffset(options);
  let latest: DataInspection | undefined;
  return {
    get distinct() {
      return latest?.distinct ?? 0;
    },
    async *[Symbol.asyncIterator]() {
      const check = await AccountCheck.create(options);
      const inspection = new DataInspection(table, options);
      latest = inspection;
      try {
        for await (const checked of checkedBatches(table, check, options.signal)) {
          await inspection.add(checked);
          if (checked.keys.length > 0) yield usedRows(checked);
        }
        options.onReport(await inspection.report());
      } finally {
        await inspection.close();
      }
      const { firstRejected, rejectedRows } = inspection;
      if (options.malformed !== 'skip' && rejectedRows > 0) {
        throw malformedRows(table.name, {
          first: firstRejected,
          count: rejectedRows,
          check,
          canSkip: options.malformed !== undefined,
        });
      }
    },
  };
}

/** Reads a table to its end and tells what is in it. @throws what the table throws, and nothing because of its rows */
export async function inspectTable(
  table: Table,
  options: AccountSourceOptions & InspectionOptions,
): Promise<DataReport> {
  const inspection = new DataInspection(table, options);
  const check = await AccountCheck.create(options);
  try {
    for await (const checked of checkedBatches(table, check, options.signal)) await inspection.add(checked);
    return await inspection.report();
  } finally {
    await inspection.close();
  }
}

async function* checkedBatches(
  table: Table,
  check: AccountCheck,
  signal: AbortSignal | undefined,
): AsyncGenerator<CheckedBatch> {
  for await (const text of table.read({ columns: check.columns, signal })) yield check.check(text);
}

const ROWS_IN_ERROR = 5;

function malformedRows(
  name: string,
  {
    first,
    count,
    check,
    canSkip,
  }: {
    readonly first: readonly RejectedRow[];
    readonly count: number;
    readonly check: AccountCheck;
    /** Whether a configuration says what to do with such rows. */
    readonly canSkip: boolean;
  },
): DataError {
  const one = malformedRow(name, first[0], expectation(first[0].reason, check));
  if (count === 1) return one;
  const shown = first.slice(0, ROWS_IN_ERROR).map(({ row, column, reason }) => {
    const where = column === undefined ? '' : `, column '${column}'`;
    return `row ${row}${where}: ${expectation(reason, check) ?? REASON_TEXTS[reason]}`;
  });
  const more = count > shown.length ? `; and ${count - shown.length} more` : '';
  return new DataError(`Cannot read ${name}: ${count} rows are malformed: ${shown.join('; ')}${more}`, {
    code: 'malformed-row',
    phase: 'input',
    remedy: canSkip
      ? "correct or remove the rows, or set 'malformed' to 'skip' to leave them out"
      : 'correct or remove the rows and start again',
    location: one.location,
  });
}

function expectation(reason: RejectReason, { maxScore }: AccountCheck): string | undefined {
  return reason === 'bad-score' ? `it is not an integer from 0 to ${maxScore}` : undefined;
}
