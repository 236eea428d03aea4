/** `blindflag monitor`: what happens at a running node, line by line, until the person interrupts or the node stops. */
import { MpcError } from '../../errors.ts';
import type { NodeEvent } from '../../node/ledger/monitor.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { NodeOptions } from '../node/node-arguments.ts';
import { operatorClient } from '../contract/operator-client.ts';
import { withRunningNode } from '../running-node.ts';
import { alertLine } from '../node/status.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

export async function runMonitor(
  { folder, json }: NodeOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { stdout, stderr, signal } = surroundings;
  const client = await operatorClient(folder, surroundings, texts);
  const listening = {
    signal,
    onHappened: (event: NodeEvent) =>
      void stdout.write(`${json ? JSON.stringify(event) : monitorLine(event, texts)}\n`),
    onMissed: (count: number) =>
      void (json
        ? stdout.write(`${JSON.stringify({ kind: 'missed', count })}\n`)
        : stderr.write(`${texts.monitor.missed(count)}\n`)),
  };
  try {
    await withRunningNode(folder, texts.faults, () => client.monitor(listening));
  } catch (error) {
    // To interrupt is how a person leaves.
    if (!(signal.aborted && error instanceof MpcError && error === signal.reason)) throw error;
  }
  return EXIT.ok;
}

/** Alerts and limits in the words of the ledger's screens. */
export function monitorLine(event: NodeEvent, texts: Texts): string {
  const { monitor, ledger } = texts;
  switch (event.kind) {
    case 'alert':
      return monitor.alert(alertLine(event, texts));
    case 'budget':
      return `${secondOf(event.at)}  ${ledger.budget(event.line)}`;
    default:
      return `${secondOf(event.at)}  ${monitor.event(event)}`;
  }
}

/** `2027-01-15 12:00:00Z` */
function secondOf(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`;
}
