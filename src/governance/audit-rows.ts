/** Own rows of a recorded run: what it asked about, or answered from. */
import { fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import type { Place, RecordBytes } from './audit-record.ts';
import { damagedRecord } from './audit-sections.ts';
import { list, optional, type Read, record, strings, text, whole } from './strict-json.ts';

/** Rows of an own list, as a run reads them. */
export interface RecordedRows {
  readonly accounts: readonly string[];
  readonly scores?: Uint32Array;
  readonly columns?: Readonly<Record<string, readonly Uint8Array[]>>;
}

/** Rows of one batch at most. */
const MAX_ROWS = 65_536;
const MAX_COLUMNS = 64;
const cells = list(strings(/^[0-9a-f]*$/), MAX_ROWS);
const rowsBody = record({
  accounts: list(text(128), MAX_ROWS),
  scores: optional(list(whole(0, 2 ** 32 - 1), MAX_ROWS)),
  /** By name: contents of columns that were asked for. */
  columns: optional(list(named(cells), MAX_COLUMNS)),
});

function named<T>(read: Read<T>): Read<readonly [string, T]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw damagedRecord();
    return [strings(/^.{1,64}$/u)(value[0], path), read(value[1], path)];
  };
}

export function encodeRows({ accounts, scores, columns }: RecordedRows): Uint8Array {
  const body = {
    accounts,
    ...(scores === undefined ? {} : { scores: [...scores] }),
    ...(columns === undefined ? {} : { columns: Object.entries(columns).map(([name, own]) => [name, own.map(toHex)]) }),
  };
  return utf8(JSON.stringify(body));
}

/** Rows of the record, batch by batch. @throws UsageError `bad-input` */
export async function* recordedRows(bytes: RecordBytes, places: readonly Place[]): AsyncGenerator<RecordedRows> {
  for (const { offset, length } of places) yield decodeRows(await bytes.read(offset, length));
}

function decodeRows(bytes: Uint8Array): RecordedRows {
  try {
    const { accounts, scores, columns } = rowsBody(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
      '',
    );
    return {
      accounts,
      ...(scores === undefined ? {} : { scores: Uint32Array.from(scores) }),
      ...(columns === undefined ? {} : { columns: cellsOf(columns) }),
    };
  } catch {
    // It names accounts: nothing of it is passed on.
    throw damagedRecord();
  }
}

function cellsOf(
  columns: readonly (readonly [string, readonly string[]])[],
): Readonly<Record<string, readonly Uint8Array[]>> {
  return Object.fromEntries(columns.map(([name, cells]) => [name, cells.map(fromHex)]));
}
