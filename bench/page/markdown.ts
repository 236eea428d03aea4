/** Tables in Markdown. */

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The first column is text, the others are numbers. */
export function markdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[line(head), line(rule), ...rows.map(line)].join('\n')}\n`;
}

/** A number of things, in groups of three digits. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
