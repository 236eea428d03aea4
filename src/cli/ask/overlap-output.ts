/** What two institutions have in common, as a table, CSV or JSON. */
import type { OverlapSummary } from '../../node/admin/admin-protocol.ts';
import type { OverlapRow } from '../../node/runs/answer.ts';
import { type AnswerOutput, type AnswerWriter, csvLine, howItCame, jsonWriter, leftTable } from './answer-output.ts';
import { wrapColumns } from '../screen/display-width.ts';
import type { AnswerFormat } from '../node/node-arguments.ts';

export type OverlapWriter = AnswerWriter<OverlapRow, OverlapSummary>;

/** Of a question to one institution; `columns` are those of the other's rows. */
export function overlapWriter(
  format: AnswerFormat,
  columns: readonly string[] | 'size',
  output: AnswerOutput,
): OverlapWriter {
  switch (format) {
    case 'csv':
      return csvWriter(columns, output);
    case 'json':
      return columns === 'size' ? sizeAsJson(output) : jsonWriter(output);
    case 'table':
      return tableWriter(output);
    default:
      return format satisfies never;
  }
}

/** Every account, one line for each row of the other institution where there are columns; or the size. */
function csvWriter(columns: readonly string[] | 'size', { write }: AnswerOutput): OverlapWriter {
  if (columns === 'size') {
    write('size,advisory,expires,dispute_id\n');
    return {
      rows: () => undefined,
      end(summary) {
        const { advisory, expires, disputeId } = summary;
        if (summary.kind === 'size') write(csvLine([String(summary.size), String(advisory), expires, disputeId]));
      },
    };
  }
  write(csvLine(['account', 'common', ...columns, 'advisory', 'expires', 'dispute_id']));
  return {
    rows(rows) {
      const lines = rows.map(({ account, common, columns: theirs = {}, advisory, expires, disputeId }) => {
        const cells = columns.map((name) => withoutFormula(theirs[name] ?? ''));
        return csvLine([account, common ? '1' : '0', ...cells, String(advisory), expires, disputeId]);
      });
      write(lines.join(''));
    },
    end: () => undefined,
  };
}

/** Another institution wrote it: a spreadsheet must not take it for a formula. */
function withoutFormula(text: string): string {
  return /^[=+\-@]/.test(text) && !/^[+-]?\d+(?:[.,]\d+)?$/.test(text) ? `'${text}` : text;
}

function sizeAsJson({ write }: AnswerOutput): OverlapWriter {
  return {
    rows: () => undefined,
    end: (summary) => write(`${JSON.stringify(summary, undefined, 2)}\n`),
  };
}

/** The common accounts with the other institution's columns, and what they may be used for. */
function tableWriter({ write, texts, columns }: AnswerOutput): OverlapWriter {
  const { node } = texts;
  const common: OverlapRow[] = [];
  return {
    rows: (rows) => common.push(...rows.filter((row) => row.common)),
    end(summary) {
      const lines = [
        ...(summary.kind === 'size' ? [node.overlapSize(summary)] : rowLines(summary)),
        '',
        ...wrapColumns(node.overlapAdvice(summary), columns),
        '',
        ...howItCame(summary, { texts, columns }),
      ];
      write(`${lines.join('\n')}\n`);
    },
  };

  function rowLines(summary: Extract<OverlapSummary, { readonly kind: 'overlap' }>): readonly string[] {
    const { question, peer, accountCount, commonCount } = summary;
    const { account, expires, disputeId } = node.answerColumns;
    const head = [account, ...summary.columns, expires, disputeId];
    const cells = common.map((row) => [
      row.account,
      ...summary.columns.map((name) => row.columns?.[name] ?? ''),
      row.expires,
      row.disputeId,
    ]);
    return [
      node.overlapTitle({ question, peer, common: commonCount, accounts: accountCount }),
      '',
      ...(common.length === 0 ? [node.noneFlagged] : leftTable(head, cells)),
    ];
  }
}
