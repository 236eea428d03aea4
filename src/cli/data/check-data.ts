/** `blindflag check-data`: what is in the lists of a node folder, before anything is asked or sent. No node has to run. */
import { join } from 'node:path';
import { readConfig } from '../../node/config/config.ts';
import type { DataReport } from '../../data/data-report.ts';
import { type ListCheck, listChecks } from '../../node/lists/list-checks.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { CheckDataOptions } from '../node/node-arguments.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

export async function runCheckData(
  { folder, question, json }: CheckDataOptions,
  { stdout, signal }: Surroundings,
  { data }: Texts,
): Promise<number> {
  const config = await readConfig(join(folder, CONFIG_FILE));
  const checks: ListCheck[] = [];
  for await (const check of listChecks(config, { question, signal })) {
    checks.push(check);
    if (!json) stdout.write(`${checks.length === 1 ? '' : '\n'}${screen(check, data)}`);
  }
  const usable = checks.every(({ report }) => report.usable);
  if (json) stdout.write(`${JSON.stringify({ usable, checks }, undefined, 2)}\n`);
  else if (checks.length === 0) stdout.write(`${data.noLists}\n`);
  return usable ? EXIT.ok : EXIT.usage;
}

function screen({ dataset, questions, report }: ListCheck, data: Texts['data']): string {
  const lines = reportLines(report, data).map((line) => `  ${line}`);
  return [data.title({ dataset, questions, source: report.source }), ...lines, ''].join('\n');
}

/** What was found in a list, for people. */
export function reportLines(report: DataReport, data: Texts['data']): readonly string[] {
  const { encoding, findings, sample, usable } = report;
  return [
    ...(encoding === undefined ? [] : [data.encoding(encoding)]),
    data.counts(report),
    ...findings.map((finding) => data.finding(finding, report)),
    ...(sample.length === 0 ? [] : [data.sample(sample)]),
    data.verdict(usable),
  ];
}
