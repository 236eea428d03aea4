/** The demo's screen: everything on it comes from the report. */
import { displayWidth, padEndColumns, wrapColumns } from '../screen/display-width.ts';
import type { DemoParameters, DemoReport, InstitutionReport } from './demo-report.ts';
import { bound, byteSize, integer, percent } from '../screen/number-format.ts';
import { tableLines } from '../screen/text-table.ts';
import type { DemoTexts, Texts } from '../texts.ts';

export interface ScreenOptions {
  readonly texts: Texts;
  /** Columns of the terminal, where there is one. */
  readonly columns: number | undefined;
}

const MIN_COLUMNS = 60;
const MAX_COLUMNS = 120;
const DEFAULT_COLUMNS = 100;

type Entry = readonly [label: string, text: string];

export interface OpeningFacts {
  readonly parameters: DemoParameters;
  readonly protocol: string;
  readonly helpers: readonly string[];
  readonly runSeconds: number;
}

/** What is going to happen: shown before the runs. */
export function openingScreen(facts: OpeningFacts, options: ScreenOptions): string {
  const { demo, protocol } = options.texts;
  const { parameters, helpers } = facts;
  const { labels } = demo;
  const notes = parameters.acknowledged.map((disclosure) => demo.disclosure(disclosure));
  if (parameters.cappedScores > 0) notes.push(demo.capped(parameters.cappedScores, parameters.scoreMax));
  const entries: Entry[] = [
    [labels.data, demo.data(parameters)],
    [labels.rule, demo.rule(parameters)],
    [
      labels.protocol,
      demo.protocol({ protocol: facts.protocol, engine: parameters.engine, inMemory: parameters.inMemory }),
    ],
    [labels.model, protocol(parameters.securityModel)],
    [labels.sizes, demo.sizes(parameters)],
    [labels.committee, demo.committee(helpers)],
    ...notes.map((note): Entry => [labels.note, note]),
    [labels.work, demo.work({ runs: parameters.institutions, runSeconds: facts.runSeconds })],
  ];
  return lines([demo.title, ...entryLines(entries, options)]);
}

/** What came out, per institution and over all: shown after the runs. */
export function resultScreen(report: DemoReport, options: ScreenOptions): string {
  const { demo } = options.texts;
  const wrap = (text: string): readonly string[] => wrapColumns(text, lineColumns(options));
  return lines([
    '',
    ...report.institutions.flatMap((institution) => [
      institution.name,
      ...entryLines(institutionEntries(institution, options.texts), options),
      '',
    ]),
    demo.headings.comparison,
    ...indent(comparisonTable(report, demo)),
    ...indent(wrap(demo.toFind())),
    '',
    ...wrap(demo.headings.cost),
    ...indent(costTable(report, demo)),
    '',
    demo.headings.whoLearnedWhat,
    ...report.whoLearnedWhat.flatMap((statement) => [
      ...indent(wrap(demo.whoLearns(statement))),
      ...indent(indent(wrap(options.texts.protocol(statement.learns)))),
    ]),
    '',
    ...wrap(demo.summary(report)),
    ...wrap(demo.advisory(report.institutions[0].ttlDays)),
  ]);
}

function institutionEntries(institution: InstitutionReport, { demo, protocol }: Texts): readonly Entry[] {
  const { labels } = demo;
  const { flagged, accounts, run, traffic, check } = institution;
  return [
    [labels.flagged, demo.flagged({ count: flagged.count, accounts, masked: flagged.masked })],
    [labels.jointly, demo.quality(institution.jointly)],
    [labels.alone, demo.quality(institution.alone)],
    ...institution.learned.map((statement): Entry => [labels.learned, protocol(statement)]),
    ...institution.notLearned.map((claim): Entry => [labels.notLearned, demo.notLearned(claim)]),
    [labels.run, demo.run({ ...run, sent: byteSize(run.sentBytes), received: byteSize(run.receivedBytes) })],
    [labels.traffic, demo.traffic({ sent: byteSize(traffic.sentBytes), received: byteSize(traffic.receivedBytes) })],
    [labels.bound, demo.bound(bound(run.failureLog2))],
    [labels.check, demo.plaintextRule(check.plaintextRule === 'equal')],
    [labels.check, demo.messageShape(check.messageShape)],
    [labels.advice, demo.advice(institution)],
  ];
}

function comparisonTable({ institutions, totals }: DemoReport, { columns, total }: DemoTexts): readonly string[] {
  const row = (
    name: string,
    { accounts, jointly, alone }: Pick<InstitutionReport, 'accounts' | 'jointly' | 'alone'>,
  ) => [
    name,
    integer(accounts),
    integer(jointly.toFind),
    ...[jointly, alone].flatMap(({ flagged, found, precision, recall }) => [
      integer(flagged),
      integer(found),
      percent(precision),
      percent(recall),
    ]),
  ];
  const quality = [columns.precision, columns.recall];
  return tableLines(
    [
      columns.institution,
      columns.accounts,
      columns.toFind,
      columns.flagged,
      columns.found,
      ...quality,
      columns.aloneFlagged,
      columns.aloneFound,
      ...quality,
    ],
    [...institutions.map((institution) => row(institution.name, institution)), row(total, totals)],
  );
}

function costTable({ institutions, helpers, totals }: DemoReport, { columns, total }: DemoTexts): readonly string[] {
  const { sent, received, rounds, seconds } = columns;
  return tableLines(
    [columns.institution, sent, received, rounds, seconds, columns.bound],
    [
      ...institutions.map(({ name, traffic, run }) => [
        name,
        byteSize(traffic.sentBytes),
        byteSize(traffic.receivedBytes),
        integer(run.rounds),
        run.seconds.toFixed(1),
        bound(run.failureLog2),
      ]),
      ...helpers.map(({ name, traffic }) => [
        name,
        byteSize(traffic.sentBytes),
        byteSize(traffic.receivedBytes),
        '-',
        '-',
        '-',
      ]),
      [
        total,
        byteSize(totals.traffic.sentBytes),
        byteSize(totals.traffic.receivedBytes),
        '',
        totals.seconds.toFixed(1),
        bound(totals.failureLog2),
      ],
    ],
  );
}

/** Labels in a column of their own, each once; texts wrapped beside it. */
function entryLines(entries: readonly Entry[], options: ScreenOptions): readonly string[] {
  const labelColumns = Math.max(...entries.map(([label]) => displayWidth(label)));
  const textColumns = lineColumns(options) - labelColumns - 4;
  return entries.flatMap(([label, text], at) => {
    const shown = at > 0 && entries[at - 1][0] === label ? '' : label;
    return wrapColumns(text, textColumns).map(
      (line, index) => `  ${padEndColumns(index === 0 ? shown : '', labelColumns)}  ${line}`,
    );
  });
}

function lineColumns({ columns }: ScreenOptions): number {
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, columns ?? DEFAULT_COLUMNS));
}

function indent(block: readonly string[]): readonly string[] {
  return block.map((line) => `  ${line}`);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
