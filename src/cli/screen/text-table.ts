/** Tables of a terminal screen: the first column is text, the others are numbers. */
import { displayWidth, padEndColumns, padStartColumns } from './display-width.ts';

/** Lines of a table; the last row is set off as the total. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? padEndColumns : padStartColumns)(cell, widths[column]))
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1)));
  return [line(head), rule, ...rows.slice(0, -1).map(line), rule, ...rows.slice(-1).map(line)];
}
