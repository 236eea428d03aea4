/** `blindflag status` and `blindflag stop`: what a running node says of itself, and its end. */
import { adminClient } from '../node/admin-client.ts';
import type { NodeStatus } from '../node/node.ts';
import type { RunRecord } from '../node/run-records.ts';
import { displayWidth, padEndColumns } from './display-width.ts';
import { EXIT } from './exit-code.ts';
import type { NodeOptions } from './node-arguments.ts';
import { withRunningNode } from './running-node.ts';
import type { Surroundings } from './surroundings.ts';
import type { Texts } from './texts.ts';

const LAST_RUNS = 5;

export async function runStatus(
  { folder, json }: NodeOptions,
  { stdout }: Surroundings,
  texts: Texts,
): Promise<number> {
  const client = adminClient(folder);
  const status = await withRunningNode(folder, texts.faults, () => client.status());
  const runs = await client.runs(LAST_RUNS);
  stdout.write(json ? `${JSON.stringify({ ...status, lastRuns: runs }, undefined, 2)}\n` : screen(status, runs, texts));
  return EXIT.ok;
}

export async function runStop({ folder, json }: NodeOptions, { stdout }: Surroundings, texts: Texts): Promise<number> {
  await withRunningNode(folder, texts.faults, () => adminClient(folder).stop());
  stdout.write(json ? `${JSON.stringify({ stopped: true })}\n` : `${texts.node.stopped}\n`);
  return EXIT.ok;
}

function screen(status: NodeStatus, records: readonly RunRecord[], { node }: Texts): string {
  const labels = node.statusLabels;
  const entries: readonly (readonly [label: string, lines: readonly string[]])[] = [
    [labels.node, [node.statusNode(status)]],
    ...(status.clockSuspect === undefined ? [] : [[labels.clock, [node.clockSuspect(status.clockSuspect)]] as const]),
    [
      labels.peers,
      status.peers.map(({ peer, connected, sinceMs, lastError }) =>
        node.statusPeer({ peer, connected, since: minuteOf(new Date(sinceMs).toISOString()), lastError }),
      ),
    ],
    [labels.questions, status.questions],
    [
      labels.running,
      status.runs.map(({ question, initiator, seconds, done, total }) =>
        node.statusRunning({
          question,
          initiator,
          seconds,
          percent:
            done === undefined || total === undefined || total === 0 ? undefined : Math.round((100 * done) / total),
        }),
      ),
    ],
    [
      labels.lastRuns,
      records.map(({ startedAt, question, initiator, outcome }) =>
        node.statusRun({ startedAt: minuteOf(startedAt), question, initiator, outcome }),
      ),
    ],
  ];
  const width = Math.max(...entries.map(([label]) => displayWidth(label)));
  const lines = entries.flatMap(([label, texts]) =>
    (texts.length === 0 ? [node.none] : texts).map(
      (text, at) => `${padEndColumns(at === 0 ? label : '', width)}  ${text}`,
    ),
  );
  return `${lines.join('\n')}\n`;
}

/** `2027-01-15 12:00Z` */
function minuteOf(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')}Z`;
}
