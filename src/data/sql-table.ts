/** What tables behind a query language share: names in quotes, the columns as text, rows to batches. */
import { columnPosition, MAX_TABLE_BATCH_ROWS, type Table, type TextBatch, withMargin } from './table.ts';
import { TextColumn } from './text-column.ts';

/** A table by its name (`accounts`, `risk.accounts`), or a query that gives one. */
export type SqlSelection =
  | { readonly table: string; readonly query?: undefined }
  | { readonly query: string; readonly table?: undefined };

export const COLUMN_REMEDY = 'name an existing column in the column mapping, in the case that it has in the source';

/** A name as SQL takes it, whatever is in it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What stands behind FROM. Names of a table are taken as they are: no case is folded. */
export function fromClause({ table, query }: SqlSelection): string {
  if (query !== undefined) return `(${query.replace(/;\s*$/, '')}\n) AS "selection"`;
  return table.split('.').map(quotedName).join('.');
}

export function selectionName({ table }: SqlSelection): string {
  return table === undefined ? 'the query' : `table ${table}`;
}

/** @throws DataError `missing-column` */
export function requireColumns(name: string, found: readonly string[], wanted: readonly string[]): void {
  for (const column of wanted) columnPosition(name, found, column, COLUMN_REMEDY);
}

/** Rows of a selection as another one of the same kind counts them: `count` is the table of the query given to it. */
export async function countedRows(
  selection: SqlSelection,
  count: (query: SqlSelection) => Table,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const table = count({ query: `SELECT COUNT(*) AS n FROM ${fromClause(selection)}` });
  for await (const { columns } of table.read({ columns: ['n'], signal })) {
    if (columns[0].length > 0) return withMargin(Number(columns[0].cells[0]));
  }
  return undefined;
}

/** Rows of a result, column by column; NULL is the empty string. */
export class SqlBatches {
  #row = 0;
  #rows: number[] = [];
  #columns: string[][];
  readonly #columnCount: number;

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    this.#columns = emptyColumns(columnCount);
  }

  /** Adds a row. */
  add(values: readonly unknown[]): void {
    this.#rows.push(++this.#row);
    for (let k = 0; k < this.#columnCount; k++) this.#columns[k].push(textOf(values[k]));
  }

  get isFull(): boolean {
    return this.#rows.length >= MAX_TABLE_BATCH_ROWS;
  }

  take(): TextBatch {
    const rows = this.#rows;
    const columns = this.#columns;
    this.#rows = [];
    this.#columns = emptyColumns(this.#columnCount);
    const damaged = columns.some((column) => column.some((value) => value.includes('\uFFFD')));
    return { rows, columns: columns.map(TextColumn.of), rejected: [], blankRows: 0, multilineRows: [], damaged };
  }
}

function emptyColumns(count: number): string[][] {
  return Array.from({ length: count }, () => []);
}

/** All columns are cast to text: what is none is NULL. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
