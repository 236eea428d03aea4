/** `blindflag status` and `blindflag stop`: what a running node says of itself, and its end. */
import { MpcError, PolicyError } from '../../errors.ts';
import type { RaisedAlert } from '../../governance/monitor.ts';
import { daysUntil } from '../../governance/period.ts';
import type { AdminClient } from '../../node/admin/admin-client.ts';
import { clockError } from '../../node/clock-check.ts';
import type { KeptAnswerStatus } from '../../node/runs/kept-answers.ts';
import type { NodeStatus, QuestionStatus } from '../../node/node-status.ts';
import type { PeerStatus } from '../../node/peer-network.ts';
import { postedError } from '../../node/workers/posted-error.ts';
import type { RunRecord } from '../../node/runs/run-records.ts';
import { disclosureText } from '../ask/disclosure-text.ts';
import { displayWidth, padEndColumns } from '../screen/display-width.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { NodeOptions } from './node-arguments.ts';
import type { End } from './node-texts.ts';
import { minuteOf } from '../screen/minute-of.ts';
import { operatorClient } from '../contract/operator-client.ts';
import { withRunningNode } from '../running-node.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

const LAST_RUNS = 5;
const LAST_ALERTS = 5;
/** As many of a run's digits as name it. */
const RUN_DIGITS = 8;

export async function runStatus(
  { folder, json }: NodeOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { stdout, wallClock } = surroundings;
  const client = await operatorClient(folder, surroundings, texts);
  const status = await withRunningNode(folder, texts.faults, () => client.status());
  const runs = await lastRuns(client);
  const shown = { status, runs, nowMs: wallClock.now() };
  stdout.write(json ? `${JSON.stringify({ ...status, lastRuns: runs }, undefined, 2)}\n` : screen(shown, texts));
  return EXIT.ok;
}

/** An administrator does not see what was asked. */
async function lastRuns(client: AdminClient): Promise<readonly RunRecord[]> {
  try {
    return await client.runs(LAST_RUNS);
  } catch (error) {
    if (error instanceof PolicyError) return [];
    throw error;
  }
}

export async function runStop(
  { folder, json }: NodeOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { stdout } = surroundings;
  const client = await operatorClient(folder, surroundings, texts);
  await withRunningNode(folder, texts.faults, () => client.stop());
  stdout.write(json ? `${JSON.stringify({ stopped: true })}\n` : `${texts.node.stopped}\n`);
  return EXIT.ok;
}

type Entry = readonly [label: string, lines: readonly string[]];

interface Shown {
  readonly status: NodeStatus;
  readonly runs: readonly RunRecord[];
  readonly nowMs: number;
}

function entriesOf({ status, runs: records, nowMs }: Shown, texts: Texts): readonly Entry[] {
  const { node } = texts;
  const labels = node.statusLabels;
  return [
    [labels.node, [node.statusNode(status)]],
    ...(status.clockSuspect === undefined
      ? []
      : [[labels.clock, [node.clockWrong(clockError(status.name, status.clockSuspect))]] as const]),
    [
      labels.peers,
      status.peers.map(({ peer, connected, sinceMs, lastError, expires }) => {
        const since = minuteOf(new Date(sinceMs).toISOString());
        const end = endOf(expires, nowMs);
        return node.statusPeer({ peer, connected, since, lastError: problemOf(lastError), end });
      }),
    ],
    [labels.questions, status.questions.flatMap((question) => questionLines(question, nowMs, texts))],
    [
      labels.running,
      status.runs.map(({ question, initiator, seconds, done, total }) => {
        const isKnown = done !== undefined && total !== undefined && total > 0;
        const percent = isKnown ? Math.round((100 * done) / total) : undefined;
        return node.statusRunning({ question, initiator, seconds, percent });
      }),
    ],
    ...(status.answers.length === 0
      ? []
      : [[labels.answers, status.answers.map((answer) => answerLine(answer, texts))] as const]),
    [texts.ledger.labels.budgets, status.budgets.map((line) => texts.ledger.budget(line))],
    ...(status.alerts.length === 0
      ? []
      : [
          [
            texts.ledger.labels.alerts,
            status.alerts.slice(0, LAST_ALERTS).map((alert) => alertLine(alert, texts)),
          ] as const,
        ]),
    [
      labels.lastRuns,
      records.map(({ startedAt, question, initiator, outcome }) =>
        node.statusRun({ startedAt: minuteOf(startedAt), question, initiator, outcome }),
      ),
    ],
  ];
}

function screen(shown: Shown, texts: Texts): string {
  const { node } = texts;
  const entries = entriesOf(shown, texts);
  const width = Math.max(...entries.map(([label]) => displayWidth(label)));
  const lines = entries.flatMap(([label, found]) =>
    (found.length === 0 ? [node.none] : found).map(
      (text, at) => `${padEndColumns(at === 0 ? label : '', width)}  ${text}`,
    ),
  );
  return `${lines.join('\n')}\n`;
}

function questionLines(question: QuestionStatus, nowMs: number, texts: Texts): readonly string[] {
  const { name, protocolId, agreement, line, contract, expires, mode, peers, acknowledged } = question;
  const roles = { receiver: undefined, holder: undefined };
  return [
    mode === undefined
      ? texts.node.statusFlag({ name, protocolId })
      : texts.node.statusOverlap({ name, protocolId, mode, peers: peers ?? [] }),
    `  ${texts.node.statusAgreement({ agreement, line, contract, end: endOf(expires, nowMs) })}`,
    ...acknowledged.map((disclosure) => `  ${disclosureText(disclosure, roles, texts)}`),
  ];
}

function endOf(expires: string | undefined, nowMs: number): End | undefined {
  return expires === undefined ? undefined : { day: expires.slice(0, 10), days: daysUntil(Date.parse(expires), nowMs) };
}

function answerLine(
  { run, question, peer, expires, accountCount, commonCount }: KeptAnswerStatus,
  { node }: Texts,
): string {
  return node.statusAnswer({
    run: run.slice(0, RUN_DIGITS),
    question,
    peer,
    common: commonCount,
    accounts: accountCount,
    expires: minuteOf(expires),
  });
}

export function alertLine({ at, alert, peer, question }: RaisedAlert, { ledger }: Texts): string {
  return `${minuteOf(at)}  ${ledger.alert({ alert, peer, question })}`;
}

function problemOf(posted: PeerStatus['lastError']): MpcError | undefined {
  const error = posted === undefined ? undefined : postedError(posted);
  return error instanceof MpcError ? error : undefined;
}
