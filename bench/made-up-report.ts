/** A report for tests that read one. */
import { type BenchReport, type CaseResult, REPORT_FORMAT } from './results.ts';

export function madeUpReport(cases: readonly CaseResult[], changes: Partial<BenchReport> = {}): BenchReport {
  return {
    format: REPORT_FORMAT,
    name: 'x',
    date: '2026-11-24T12:00:00.000Z',
    commit: '0123456789abcdef',
    dirty: false,
    node: 'v20.20.2',
    cpu: 'a processor',
    cores: 2,
    memoryBytes: 2 ** 34,
    loadAverage: 0,
    short: false,
    cases,
    skipped: [],
    ...changes,
  };
}
