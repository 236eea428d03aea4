/** Tables in Markdown. */

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns of numbers are set to the right. */
export function markdown({ head, rows }: Table): string {
  if (rows.length === 0) return '*Not in these results.*\n';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const isNumber = (column: number): boolean => rows.every((row) => /^[\d–]|^$/.test(row[column]));
  const rule = head.map((_, column) => (isNumber(column) ? '---:' : '---'));
  return `${[line(head), line(rule), ...rows.map(line)].join('\n')}\n`;
}

/** A number of things, in groups of three digits. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
