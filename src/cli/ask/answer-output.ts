/** An answer as a table, CSV or JSON. Rows are written as they come: a list of 10^7 accounts is never held here. */
import type { AnswerSummary, OverlapSummary } from '../../node/admin/admin-protocol.ts';
import type { AnswerRow } from '../../node/runs/answer.ts';
import { displayWidth, padEndColumns, wrapColumns } from '../screen/display-width.ts';
import type { AnswerFormat } from '../node/node-arguments.ts';
import { bound, byteSize } from '../screen/number-format.ts';
import type { Texts } from '../texts.ts';

export interface AnswerWriter<Row, Summary> {
  rows(rows: readonly Row[]): void;
  /** Once, after all rows. */
  end(summary: Summary): void;
}

export interface AnswerOutput {
  readonly write: (text: string) => void;
  readonly texts: Texts;
  readonly columns: number;
}

/** A writer that is made when an answer comes: nothing is written of a question that fails. `onAnswer` is called first. */
export function writerOnAnswer<Row, Summary>(
  make: () => AnswerWriter<Row, Summary>,
  onAnswer: () => void = () => undefined,
): AnswerWriter<Row, Summary> {
  let made: AnswerWriter<Row, Summary> | undefined;
  const writer = (): AnswerWriter<Row, Summary> => {
    if (made === undefined) onAnswer();
    made ??= make();
    return made;
  };
  return { rows: (rows) => writer().rows(rows), end: (summary) => writer().end(summary) };
}

/** Of a question to all parties. */
export function flagWriter(format: AnswerFormat, output: AnswerOutput): AnswerWriter<AnswerRow, AnswerSummary> {
  switch (format) {
    case 'csv':
      return csvWriter(output);
    case 'json':
      return jsonWriter(output);
    case 'table':
      return tableWriter(output);
    default:
      return format satisfies never;
  }
}

/** Every account; the header names what every row says. */
function csvWriter({ write }: AnswerOutput): AnswerWriter<AnswerRow, AnswerSummary> {
  write('account,flagged,advisory,expires,dispute_id\n');
  return {
    rows(rows) {
      const lines = rows.map(({ account, flagged, advisory, expires, disputeId }) =>
        csvLine([account, flagged ? '1' : '0', String(advisory), expires, disputeId]),
      );
      write(lines.join(''));
    },
    end: () => undefined,
  };
}

/** RFC 4180 §2: a field with a comma or a quote stands in quotes, and its quotes are doubled. */
export function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text));
  return `${quoted.join(',')}\n`;
}

/** One object: the rows first, as they come before the rest is known. */
export function jsonWriter<Row>({ write }: AnswerOutput): AnswerWriter<Row, object> {
  let isFirst = true;
  write('{\n"rows": [');
  return {
    rows(rows) {
      if (rows.length === 0) return;
      write(`${isFirst ? '\n' : ',\n'}${rows.map((row) => JSON.stringify(row)).join(',\n')}`);
      isFirst = false;
    },
    end(summary) {
      // The object's own members, without its opening bracket.
      write(`\n],\n${JSON.stringify(summary, undefined, 2).slice(2)}\n`);
    },
  };
}

/** The flagged accounts, and what they may be used for. */
function tableWriter({ write, texts, columns }: AnswerOutput): AnswerWriter<AnswerRow, AnswerSummary> {
  const { node } = texts;
  const flagged: AnswerRow[] = [];
  return {
    rows: (rows) => flagged.push(...rows.filter((row) => row.flagged)),
    end(summary) {
      const { question, flaggedCount, accountCount } = summary;
      const head = node.answerColumns;
      const cells = flagged.map((row) => [row.account, row.expires, row.disputeId]);
      const lines = [
        node.answerTitle({ question, flagged: flaggedCount, accounts: accountCount }),
        '',
        ...(flagged.length === 0 ? [node.noneFlagged] : leftTable([head.account, head.expires, head.disputeId], cells)),
        '',
        ...wrapColumns(node.answerAdvice(summary), columns),
        '',
        ...howItCame(summary, { texts, columns }),
      ];
      write(`${lines.join('\n')}\n`);
    },
  };
}

/** A table whose columns are all text. */
export function leftTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = [head, ...rows];
  const widths = head.map((_, column) => cells.reduce((most, row) => Math.max(most, displayWidth(row[column])), 0));
  const last = head.length - 1;
  return cells.map((row) =>
    row.map((cell, column) => (column < last ? padEndColumns(cell, widths[column]) : cell)).join('  '),
  );
}

/** Who learned what by the run, and what it took. */
export function howItCame(
  summary: AnswerSummary | OverlapSummary,
  { texts: { node, protocol }, columns }: Pick<AnswerOutput, 'texts' | 'columns'>,
): readonly string[] {
  const { seconds, rounds, failureLog2, sentBytes, receivedBytes, leakage } = summary;
  const run = node.answerRun({
    seconds,
    rounds,
    sent: byteSize(sentBytes),
    received: byteSize(receivedBytes),
    bound: bound(failureLog2),
  });
  return [
    ...leakage.flatMap(({ to, learns }) => wrapColumns(node.learns(to, protocol(learns)), columns)),
    '',
    ...wrapColumns(run, columns),
  ];
}
