/** An answer as a table, CSV or JSON. Rows are written as they come: a list of 10^7 accounts is never held here. */
import type { AnswerSummary } from '../node/admin-protocol.ts';
import type { AnswerRow } from '../node/answer.ts';
import { displayWidth, padEndColumns, wrapColumns } from './display-width.ts';
import type { AnswerFormat } from './node-arguments.ts';
import { bound, byteSize } from './number-format.ts';
import type { Texts } from './texts.ts';

export interface AnswerWriter {
  rows(rows: readonly AnswerRow[]): void;
  /** Once, after all rows. */
  end(summary: AnswerSummary): void;
}

export interface AnswerOutput {
  readonly write: (text: string) => void;
  readonly texts: Texts;
  readonly columns: number;
}

export function answerWriter(format: AnswerFormat, output: AnswerOutput): AnswerWriter {
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
function csvWriter({ write }: AnswerOutput): AnswerWriter {
  write('account,flagged,advisory,expires,dispute_id\n');
  return {
    rows(rows) {
      const lines = rows.map(({ account, flagged, advisory, expires, disputeId }) =>
        [csvField(account), flagged ? 1 : 0, advisory, expires, disputeId].join(','),
      );
      write(`${lines.join('\n')}\n`);
    },
    end: () => undefined,
  };
}

/** RFC 4180 §2: a field with a comma or a quote stands in quotes, and its quotes are doubled. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One object: the rows first, as they come before the rest is known. */
function jsonWriter({ write }: AnswerOutput): AnswerWriter {
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
function tableWriter({ write, texts, columns }: AnswerOutput): AnswerWriter {
  const { node, protocol } = texts;
  const flagged: AnswerRow[] = [];
  return {
    rows: (rows) => flagged.push(...rows.filter((row) => row.flagged)),
    end(summary) {
      const { question, flaggedCount, accountCount, expires, disputeId, purpose } = summary;
      const head = node.answerColumns;
      const cells = [
        [head.account, head.expires, head.disputeId],
        ...flagged.map((row) => [row.account, row.expires, row.disputeId]),
      ];
      const widths = [0, 1].map((column) => Math.max(...cells.map((row) => displayWidth(row[column]))));
      const table = cells.map((row) =>
        row.map((cell, column) => (column < 2 ? padEndColumns(cell, widths[column]) : cell)).join('  '),
      );
      const { seconds, rounds, failureLog2, sentBytes, receivedBytes } = summary;
      const run = node.answerRun({
        seconds,
        rounds,
        sent: byteSize(sentBytes),
        received: byteSize(receivedBytes),
        bound: bound(failureLog2),
      });
      const lines = [
        node.answerTitle({ question, flagged: flaggedCount, accounts: accountCount }),
        '',
        ...(flagged.length === 0 ? [node.noneFlagged] : table),
        '',
        ...wrapColumns(node.answerAdvice({ expires, disputeId, purpose }), columns),
        '',
        ...summary.leakage.flatMap(({ to, learns }) => wrapColumns(node.learns(to, protocol(learns)), columns)),
        '',
        ...wrapColumns(run, columns),
      ];
      write(`${lines.join('\n')}\n`);
    },
  };
}
