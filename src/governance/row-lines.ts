/**
 * Own rows as lines of text, one a batch, and the root of such a list: SHA-256 of all lines, the first of which is a salt,
 * so that the root says nothing of the others. Lists that are frozen for a period and records of runs are made of them.
 */
import { fromHex, toHex, utf8 } from '../crypto/bytes.ts';
import type { NewStreamHash, StreamHash } from '../crypto/stream-hash.ts';

/** Rows of an own list, as a run reads them. */
export interface RowBatch {
  readonly accounts: readonly string[];
  readonly scores?: Uint32Array;
  /** Numbers of the rows in the source that they came from. */
  readonly rows?: readonly number[];
  readonly columns?: Readonly<Record<string, readonly Uint8Array[]>>;
}

export function saltLine(salt: string): string {
  return JSON.stringify({ salt });
}

export function rowLine({ accounts, scores, rows, columns }: RowBatch): string {
  return JSON.stringify({
    accounts,
    ...(scores === undefined ? {} : { scores: [...scores] }),
    ...(rows === undefined ? {} : { rows }),
    ...(columns === undefined
      ? {}
      : { columns: Object.entries(columns).map(([name, cells]) => [name, cells.map(toHex)]) }),
  });
}

/** The salt or the batch of a line. @throws RangeError when it is neither; it says nothing of what is in it */
export function readRowLine(line: string): { readonly salt: string } | RowBatch {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw noLine();
  }
  if (typeof value !== 'object' || value === null) throw noLine();
  const { salt, accounts, scores, rows, columns } = value as Readonly<Record<string, unknown>>;
  if (typeof salt === 'string') return { salt };
  if (!isList(accounts, isText)) throw noLine();
  return {
    accounts,
    ...(scores === undefined ? {} : { scores: Uint32Array.from(listOf(scores, isWhole)) }),
    ...(rows === undefined ? {} : { rows: listOf(rows, isWhole) }),
    ...(columns === undefined ? {} : { columns: Object.fromEntries(listOf(columns, isColumn).map(cellsOf)) }),
  };
}

/** The root of a list, line by line from its salt on. */
export class ListRoot {
  readonly #hash: StreamHash;

  constructor(newHash: NewStreamHash) {
    this.#hash = newHash();
    this.#hash.update(utf8('blindflag snapshot\n'));
  }

  add(line: string): void {
    this.#hash.update(utf8(`${line}\n`));
  }

  /** 64 hexadecimal digits; called once. */
  hex(): string {
    return toHex(this.#hash.digest());
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isColumn = (value: unknown): value is readonly [string, readonly string[]] =>
  Array.isArray(value) && value.length === 2 && isText(value[0]) && isList(value[1], isText);

function isList<T>(value: unknown, isOne: (entry: unknown) => entry is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isOne);
}

function listOf<T>(value: unknown, isOne: (entry: unknown) => entry is T): readonly T[] {
  if (!isList(value, isOne)) throw noLine();
  return value;
}

function cellsOf([name, cells]: readonly [string, readonly string[]]): readonly [string, readonly Uint8Array[]] {
  return [name, cells.map(fromHex)];
}

function noLine(): RangeError {
  return new RangeError('Cannot read rows: this is no line of a list');
}
