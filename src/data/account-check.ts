/** From a batch of text to a batch of accounts: every row is in it, or is refused by name. */
import { utf8 } from '../crypto/bytes.ts';
import { UsageError } from '../errors.ts';
import {
  LARGEST_SCORE,
  parseAmount,
  type ParsedColumn,
  parsedCells,
  parsedScores,
  parseOffset,
  parseScamType,
  parseTime,
} from './cells.ts';
import {
  columnKeys,
  type ColumnKeys,
  compositeRule,
  identifierColumnRule,
  type IdentifierType,
  type KeyPart,
} from './identifiers.ts';
import type { AccountBatch } from './source.ts';
import type { RejectedRow, RejectReason, TextBatch } from './table.ts';
import { TextColumn } from './text-column.ts';

/** Names of columns in the table; only those that are named are read. */
export interface AccountColumns {
  readonly account: string;
  readonly score?: string | undefined;
  readonly scamType?: string | undefined;
  readonly amount?: string | undefined;
  readonly time?: string | undefined;
  /** Further columns, under the names that a batch has them under; the space around their contents is taken away. */
  readonly payload?: Readonly<Record<string, string>> | undefined;
}

/** A row whose check digit is wrong is malformed, or an item like others that a report names. */
export type CheckDigitPolicy = 'reject' | 'keep';

export interface KeyColumn extends KeyPart {
  readonly column: string;
}

export interface AccountCheckOptions {
  readonly columns: AccountColumns;
  readonly type: IdentifierType;
  /** Two letters of ISO 3166, whose numbering plan phone numbers without a country's code are in. */
  readonly region?: string | undefined;
  /** Further columns whose identifiers make one key with the account's. */
  readonly keyParts?: readonly KeyColumn[] | undefined;
  /** Largest score allowed; undefined means 2^32 - 1, what a batch can hold. */
  readonly maxScore?: number | undefined;
  /** undefined means `reject`. */
  readonly checkDigits?: CheckDigitPolicy | undefined;
  /** Of times that say none: `+08:00`. undefined means UTC. */
  readonly utcOffset?: string | undefined;
}

export interface CheckedBatch {
  /** The canonical account of each row that can be used; its bytes are there until the next batch is checked. */
  readonly keys: TextColumn;
  /** What else these rows have. */
  readonly values: Omit<AccountBatch, 'accounts'> & { readonly rows: readonly number[] };
  /** In the order of rows. */
  readonly rejected: readonly RejectedRow[];
  /** Used rows whose check digit is wrong. */
  readonly wrongCheckDigits: readonly number[];
  /** The batch as it was read: the account's column is the first. */
  readonly text: TextBatch;
}

/** The rows that can be used, as a source gives them. */
export function usedRows({ keys, values }: CheckedBatch): AccountBatch {
  return { accounts: keys.cells, ...values };
}

/** What is wrong with rows of one batch, by their place in it: of each the first that was found. */
type Faults = Map<number, { readonly column: string; readonly reason: RejectReason }>;

export class AccountCheck {
  /** What has to be read: the account's column first, none twice. */
  readonly columns: readonly string[];
  readonly maxScore: number;
  readonly #mapping: AccountColumns;
  readonly #key: KeyRule;
  readonly #keepsWrongCheckDigits: boolean;
  readonly #offsetMinutes: number;

  private constructor(options: AccountCheckOptions, key: KeyRule) {
    const { columns, maxScore = LARGEST_SCORE, checkDigits, keyParts = [] } = options;
    const { account, score, scamType, amount, time, payload = {} } = columns;
    const parts = keyParts.map(({ column }) => column);
    const named = [account, ...parts, score, scamType, amount, time, ...Object.values(payload)];
    this.columns = [...new Set(named.filter((column) => column !== undefined))];
    this.maxScore = maxScore;
    this.#mapping = columns;
    this.#key = key;
    this.#keepsWrongCheckDigits = checkDigits === 'keep';
    this.#offsetMinutes = checkedOffset(options);
  }

  /** The tables behind a rule are loaded by the first who needs them. */
  static async create(options: AccountCheckOptions): Promise<AccountCheck> {
    return new AccountCheck(options, await keyRule(options));
  }

  check(text: TextBatch): CheckedBatch {
    const faults: Faults = new Map();
    const wrongCheckDigits: number[] = [];
    if (text.damaged) this.#findDamage(text, faults);
    const { score, scamType, amount, time } = this.#mapping;
    const allKeys = this.#keys(text, faults, wrongCheckDigits);
    const numbers = (name: string | undefined, reason: RejectReason, parse: (column: TextColumn) => ParsedColumn) => {
      if (name === undefined) return undefined;
      const { values, bad } = parse(this.#column(text, name));
      for (const at of bad) if (!faults.has(at)) faults.set(at, { column: name, reason });
      return values;
    };
    const scores = numbers(score, 'bad-score', (column) => parsedScores(column, this.maxScore));
    const scamTypes = numbers(scamType, 'bad-scam-type', (column) => parsedCells(column, parseScamType));
    const amounts = numbers(amount, 'bad-amount', (column) => parsedCells(column, parseAmount));
    const times = numbers(time, 'bad-time', (column) =>
      parsedCells(column, (cell) => parseTime(cell, this.#offsetMinutes)),
    );
    const payload = Object.entries(this.#mapping.payload ?? {});

    const without = <T>(column: readonly T[]): readonly T[] =>
      faults.size === 0 ? column : column.filter((_, at) => !faults.has(at));
    const kept = (column: Float64Array): Float64Array =>
      faults.size === 0 ? column : column.filter((_, at) => !faults.has(at));
    const keys = faults.size === 0 ? allKeys : TextColumn.of(without(allKeys.cells));
    return {
      keys,
      values: {
        rows: without(text.rows),
        ...(scores === undefined ? {} : { scores: new Uint32Array(kept(scores)) }),
        ...(scamTypes === undefined ? {} : { scamTypes: new Uint8Array(kept(scamTypes)) }),
        ...(amounts === undefined ? {} : { amounts: kept(amounts) }),
        ...(times === undefined ? {} : { times: kept(times) }),
        ...(payload.length === 0
          ? {}
          : {
              columns: Object.fromEntries(
                payload.map(([name, column]) => [
                  name,
                  without(this.#column(text, column).cells).map((cell) => utf8(cell.trim())),
                ]),
              ),
            }),
      },
      rejected: mergedByRow(text, faults),
      wrongCheckDigits: wrongCheckDigits.filter((at) => !faults.has(at)).map((at) => text.rows[at]),
      text,
    };
  }

  #keys(text: TextBatch, faults: Faults, wrongCheckDigits: number[]): TextColumn {
    const { columns, canonical } = this.#key;
    const { values, exceptions } = canonical(columns.map((column) => this.#column(text, column)));
    for (const [at, { status, reason }] of exceptions) {
      if (status === 'suspect' && this.#keepsWrongCheckDigits) wrongCheckDigits.push(at);
      else if (!faults.has(at)) faults.set(at, { column: columns.join(', '), reason });
    }
    return values;
  }

  #findDamage(text: TextBatch, faults: Faults): void {
    for (const [k, column] of this.columns.entries()) {
      for (const [at, cell] of text.columns[k].cells.entries()) {
        if (cell.includes('\uFFFD') && !faults.has(at)) faults.set(at, { column, reason: 'bad-encoding' });
      }
    }
  }

  #column(text: TextBatch, column: string): TextColumn {
    return text.columns[this.columns.indexOf(column)];
  }
}

/** How a row's key is made of its cells. */
interface KeyRule {
  readonly columns: readonly string[];
  readonly canonical: (columns: readonly TextColumn[]) => ColumnKeys;
}

async function keyRule({ columns: { account }, type, region, keyParts = [] }: AccountCheckOptions): Promise<KeyRule> {
  if (keyParts.length === 0) {
    const rule = await identifierColumnRule(type, region);
    return { columns: [account], canonical: ([column]) => rule(column) };
  }
  const rule = await compositeRule([{ type, ...(region === undefined ? {} : { region }) }, ...keyParts]);
  return {
    columns: [account, ...keyParts.map(({ column }) => column)],
    canonical: (columns) => columnKeys(columns[0].length, (at) => rule(columns.map(({ cells }) => cells[at]))),
  };
}

/** Lines that were no rows, and rows that are no items. */
function mergedByRow({ rows, rejected }: TextBatch, faults: Faults): readonly RejectedRow[] {
  if (faults.size === 0) return rejected;
  const found = [...faults].map(([at, fault]) => ({ row: rows[at], ...fault }));
  return [...rejected, ...found].sort((a, b) => a.row - b.row);
}

/** Minutes ahead of UTC of times that say none. @throws UsageError `bad-parameter`, also for another option */
export function checkedOffset({ maxScore = LARGEST_SCORE, utcOffset = 'Z' }: AccountCheckOptions): number {
  if (!Number.isInteger(maxScore) || maxScore < 0 || maxScore > LARGEST_SCORE) {
    throw badParameter('maxScore is not an integer from 0 to 2^32 - 1');
  }
  const offset = parseOffset(utcOffset);
  if (offset === undefined) throw badParameter("utcOffset is not an offset such as '+08:00'");
  return offset;
}

function badParameter(state: string): UsageError {
  return new UsageError(`Cannot read accounts: ${state}`, { code: 'bad-parameter' });
}
