/** Texts about what is in own lists. */
import type { DataReport, Finding } from '../../data/data-report.ts';

export interface DataTexts {
  /** A list and for what it was read. */
  title(check: { readonly dataset: string; readonly questions: readonly string[]; readonly source: string }): string;
  /** How its bytes are read. */
  encoding(encoding: NonNullable<DataReport['encoding']>): string;
  counts(report: DataReport): string;
  finding(finding: Finding, report: DataReport): string;
  sample(masked: readonly string[]): string;
  verdict(usable: boolean): string;
  /** There is no list in the configuration. */
  readonly noLists: string;
  /** In one line, where more follows only when something was found. */
  summary(report: DataReport): string;
}

const ROWS_SHOWN = 5;

/** The first rows of a finding, and how many there are besides. */
export function firstRows({ rows, count }: Finding): { readonly shown: readonly number[]; readonly more: number } {
  const shown = rows.slice(0, ROWS_SHOWN);
  return { shown, more: shown.length === 0 ? 0 : count - shown.length };
}
