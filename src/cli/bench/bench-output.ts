/** What was measured as a screen, as JSON and as lines for a table of a paper. */
import { arch, availableParallelism } from 'node:os';
import { processorName } from '../../measure/processor.ts';
import type { PartySummary, QuestionSummary } from '../../measure/measure-question.ts';
import { csvLine } from '../ask/answer-output.ts';
import type { BenchTexts } from './bench-texts.ts';
import { byteSize } from '../screen/number-format.ts';
import { packageVersion } from '../package-version.ts';
import { tableLines } from '../screen/text-table.ts';

/** Names the shape of the JSON below. */
const FORMAT = 'blindflag-bench-question/1';

export function benchScreen(summaries: readonly QuestionSummary[], texts: BenchTexts): string {
  const [first] = summaries;
  const blocks = summaries.map((summary) => {
    const row = (name: string, cpuMs: number, parties: QuestionSummary['parties']): readonly string[] => [
      name,
      `${cpuMs.toFixed(0)} ms`,
      byteSize(Math.max(...parties.map(({ peakRssBytes }) => peakRssBytes))),
      byteSize(parties.reduce((sum, { sentBytes }) => sum + sentBytes, 0)),
      byteSize(parties.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0)),
    ];
    const { party, cpu, memory, sent, received } = texts.columns;
    const rows = [
      ...summary.parties.map((one) => row(one.party, one.cpuMs, [one])),
      row(texts.total, summary.cpuMs.median, summary.parties),
    ];
    return [texts.line(summary), ...tableLines([party, cpu, memory, sent, received], rows)].join('\n');
  });
  return `${[texts.title(first), ...blocks, texts.note].join('\n\n')}\n`;
}

export function benchJson(summaries: readonly QuestionSummary[]): string {
  return `${JSON.stringify({ format: FORMAT, machine: machine(), measured: summaries }, undefined, 2)}\n`;
}

/** A line per kind of run and party; the median of the asker's wall time stands in all lines of a kind. */
export function benchCsv(summaries: readonly QuestionSummary[]): string {
  const { version, node, cpu } = machine();
  const rows = summaries.flatMap((summary) =>
    summary.parties.map((party) => ({ version, node, cpu, ...runCells(summary), ...partyCells(party) })),
  );
  return [Object.keys(rows[0]), ...rows.map((row) => Object.values(row).map(String))].map(csvLine).join('');
}

function runCells(summary: QuestionSummary): Readonly<Record<string, string | number>> {
  const { settings, protocol, threads, state, baseTransfers, runs, wallMs, rounds, failureLog2 } = summary;
  return {
    protocol,
    engine: settings.engine,
    institutions: settings.institutions,
    accounts: settings.accounts,
    threads,
    state,
    base_transfers: baseTransfers,
    runs,
    rounds,
    failure_log2: failureLog2,
    wall_ms: wallMs.median,
  };
}

function partyCells(party: PartySummary): Readonly<Record<string, string | number>> {
  return {
    party: party.party,
    roles: party.roles.join(' '),
    cpu_ms: party.cpuMs,
    peak_rss_bytes: party.peakRssBytes,
    sent_bytes: party.sentBytes,
    received_bytes: party.receivedBytes,
  };
}

function machine(): Readonly<Record<'version' | 'node' | 'cpu' | 'arch', string>> & { readonly cores: number } {
  return {
    version: packageVersion(),
    node: process.version,
    cpu: processorName(),
    arch: arch(),
    cores: availableParallelism(),
  };
}
