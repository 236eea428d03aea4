/** Reports of flags from a list: the same tables, identifier rules and preflight report as every other list has. */
import type { CheckDigitPolicy } from '../../data/account-check.ts';
import { inspectedSource } from '../../data/account-source.ts';
import { parseTime } from '../../data/cells.ts';
import type { DataReport } from '../../data/data-report.ts';
import type { IdentifierType } from '../../data/identifiers.ts';
import { SCAM_TYPES } from '../../data/scam-types.ts';
import type { RejectedRow, RejectReason, Table, TextBatch } from '../../data/table.ts';
import { TextColumn } from '../../data/text-column.ts';
import { FLAG_ROLES, REPORTED_STATES } from '../../governance/flag-events.ts';
import type { NewReport } from '../../governance/flag-keeping.ts';
import { DAY_MS } from '../../governance/period.ts';
import { codeIn, ROLE_NAMES, STATE_NAMES } from './flag-words.ts';

/** The columns of a list of reports; every list has all of them, and a cell may be empty where the format says so. */
export const FLAG_COLUMNS = {
  account: 'account',
  scamType: 'scam_type',
  role: 'role',
  state: 'state',
  /** The institution's own reference of who reported; kept as a salted tag alone. Empty but for a customer's report. */
  reporter: 'reporter',
  evidence: 'evidence',
  reportedAt: 'reported_at',
  /** Empty: so many days after the report as the import says. */
  expires: 'expires',
} as const;

const PAYLOAD = {
  role: 'role',
  state: 'state',
  reporter: 'reporter',
  evidence: 'evidence',
  expires: 'expires',
} as const;

export interface ImportOptions {
  readonly type: IdentifierType;
  readonly checkDigits: CheckDigitPolicy;
  /** Days that a flag stands whose row says no other. */
  readonly days: number;
  readonly signal?: AbortSignal | undefined;
  readonly onReport: (report: DataReport) => void;
}

/** All reports of a list. @throws DataError where a row is none: then none is taken */
export async function readReports(table: Table, options: ImportOptions): Promise<readonly NewReport[]> {
  const { type, checkDigits, days, signal, onReport } = options;
  const source = inspectedSource(checkedTable(table), {
    columns: {
      account: FLAG_COLUMNS.account,
      scamType: FLAG_COLUMNS.scamType,
      time: FLAG_COLUMNS.reportedAt,
      payload: PAYLOAD,
    },
    type,
    checkDigits,
    signal,
    onReport,
  });
  const reports: NewReport[] = [];
  for await (const { accounts, scamTypes, times, columns } of source) {
    for (const [at, account] of accounts.entries()) {
      const cell = (name: keyof typeof PAYLOAD): string => new TextDecoder().decode(columns?.[name][at]);
      const reportedAtMs = times?.[at] ?? Number.NaN;
      const reporter = cell('reporter');
      reports.push({
        account,
        scamType: SCAM_TYPES[(scamTypes?.[at] ?? 0) - 1].code,
        // The table has seen to it that both are there.
        role: codeIn(FLAG_ROLES, ROLE_NAMES, cell('role')) ?? 'victim',
        state: codeIn(REPORTED_STATES, STATE_NAMES, cell('state')) ?? 'suspected',
        reporter: reporter === '' ? undefined : reporter,
        evidence: cell('evidence').toLowerCase(),
        reportedAtMs,
        expiresMs: parseTime(cell('expires'), 0) ?? reportedAtMs + days * DAY_MS,
      });
    }
  }
  return reports;
}

/** The table with its rows rejected, by column, whose cells no report can have. */
function checkedTable(table: Table): Table {
  return {
    name: table.name,
    async *read(options) {
      for await (const batch of table.read(options)) yield withoutBadRows(batch, options.columns);
    },
  };
}

function withoutBadRows(batch: TextBatch, columns: readonly string[]): TextBatch {
  const found: RejectedRow[] = [];
  const kept: number[] = [];
  for (const [at, row] of batch.rows.entries()) {
    const fault = faultOf((column) => batch.columns[columns.indexOf(column)].cells[at]);
    if (fault === undefined) kept.push(at);
    else found.push({ row, ...fault });
  }
  if (found.length === 0) return batch;
  return {
    ...batch,
    rows: kept.map((at) => batch.rows[at]),
    columns: batch.columns.map(({ cells }) => TextColumn.of(kept.map((at) => cells[at]))),
    rejected: [...batch.rejected, ...found].sort((a, b) => a.row - b.row),
  };
}

function faultOf(
  cell: (column: string) => string,
): { readonly column: string; readonly reason: RejectReason } | undefined {
  const { role, state, reporter, evidence, scamType, reportedAt, expires } = FLAG_COLUMNS;
  const bad = (column: string, reason: RejectReason = 'bad-value'): ReturnType<typeof faultOf> => ({ column, reason });
  if (cell(scamType).trim() === '') return bad(scamType, 'empty');
  if (codeIn(FLAG_ROLES, ROLE_NAMES, cell(role)) === undefined) return bad(role);
  const stated = codeIn(REPORTED_STATES, STATE_NAMES, cell(state));
  if (stated === undefined) return bad(state);
  if (stated === 'customer-reported' && cell(reporter).trim() === '') return bad(reporter, 'empty');
  if (!/^[0-9a-f]{64}$/i.test(cell(evidence).trim())) return bad(evidence);
  const begins = parseTime(cell(reportedAt), 0);
  if (begins === undefined) return bad(reportedAt, 'bad-time');
  if (cell(expires).trim() === '') return undefined;
  const ends = parseTime(cell(expires), 0);
  if (ends === undefined) return bad(expires, 'bad-time');
  return ends > begins ? undefined : bad(expires);
}
