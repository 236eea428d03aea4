/** All rows of a table, and bytes of a text in an encoding, for tests that look at them. */
import type { RejectedRow, Table } from '../../src/data/table.ts';
import type { Encoding, TextEncoding } from '../../src/data/text-encoding.ts';
import { gb18030Bytes } from './gb18030.ts';

export interface WholeTable {
  /** Row by row. */
  readonly cells: readonly (readonly string[])[];
  readonly rows: readonly number[];
  readonly rejected: readonly RejectedRow[];
  readonly blankRows: number;
  readonly multilineRows: readonly number[];
  readonly damaged: boolean;
  readonly encoding: TextEncoding | undefined;
}

export async function readTable(table: Table, columns: readonly string[], signal?: AbortSignal): Promise<WholeTable> {
  const cells: string[][] = [];
  const rows: number[] = [];
  const rejected: RejectedRow[] = [];
  const multilineRows: number[] = [];
  let blankRows = 0;
  let damaged = false;
  let encoding: TextEncoding | undefined;
  for await (const batch of table.read({ columns, signal })) {
    for (const [at, row] of batch.rows.entries()) {
      rows.push(row);
      cells.push(batch.columns.map(({ cells: column }) => column[at]));
    }
    rejected.push(...batch.rejected);
    multilineRows.push(...batch.multilineRows);
    blankRows += batch.blankRows;
    damaged ||= batch.damaged;
    encoding = batch.encoding;
  }
  return { cells, rows, rejected, blankRows, multilineRows, damaged, encoding };
}

export function encoded(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'gb18030':
      return gb18030Bytes(text);
    default:
      return encoding satisfies never;
  }
}
