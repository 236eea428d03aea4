/** The flags that stand in a register, as a table with the columns `account` and `score`: a list like any other. */
import { verifyEd25519 } from '../../crypto/signature.ts';
import { SCAM_TYPES } from '../../data/scam-types.ts';
import { columnPosition, MAX_TABLE_BATCH_ROWS, type Table, type TextBatch } from '../../data/table.ts';
import { TextColumn } from '../../data/text-column.ts';
import { flaggedAccounts } from '../../governance/flag-evidence.ts';
import { readFlagRegister } from '../../governance/flag-register.ts';
import { systemWallClock, type WallClock } from '../../kit/clock.ts';
import { registerFile } from './register-file.ts';

export interface RegisterTableOptions {
  readonly file: string;
  /** The largest score of the question's rule. */
  readonly maxScore: number;
  /** This institution's signing key. Default: whichever the register itself names. */
  readonly key?: Uint8Array | undefined;
  readonly wallClock?: WallClock | undefined;
}

/** The columns that a configuration has for a register: there are no others. */
export const REGISTER_COLUMNS = { account: 'account', score: 'score' } as const;

export const SCAM_CODES: ReadonlySet<string> = new Set(SCAM_TYPES.map(({ code }) => code));

export function registerTable(options: RegisterTableOptions): Table {
  const { file, maxScore, key, wallClock = systemWallClock } = options;
  return {
    name: file,
    async *read({ columns, signal }) {
      const wanted = columns.map((column) =>
        columnPosition(file, Object.values(REGISTER_COLUMNS), column, "use the columns 'account' and 'score'"),
      );
      signal?.throwIfAborted();
      const { flags } = await readFlagRegister(registerFile(file).lines(), {
        key,
        verify: verifyEd25519,
        scamTypes: SCAM_CODES,
      });
      const rows = flaggedAccounts(flags.values(), { nowMs: wallClock.now(), maxScore });
      for (let from = 0; from === 0 || from < rows.length; from += MAX_TABLE_BATCH_ROWS) {
        signal?.throwIfAborted();
        const batch = rows.slice(from, from + MAX_TABLE_BATCH_ROWS);
        const cells = [batch.map(({ account }) => withoutType(account)), batch.map(({ score }) => String(score))];
        yield textBatch(
          batch.map((_, k) => from + k + 1),
          wanted.map((position) => TextColumn.of(cells[position])),
        );
      }
    },
  };
}

function textBatch(rows: readonly number[], columns: TextBatch['columns']): TextBatch {
  return { rows, columns, rejected: [], blankRows: 0, multilineRows: [], damaged: false };
}

/** What follows the type of a canonical account is read to the same account again. */
function withoutType(account: string): string {
  return account.slice(account.indexOf(':') + 1);
}
