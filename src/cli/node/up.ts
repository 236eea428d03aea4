/** `blindflag up`: the node of a folder in this process, until it is stopped. */
import { jsonLog, type Log } from '../../node/log.ts';
import type { NodeConfig } from '../../node/config/node-config.ts';
import { type StartedNode, startNode } from '../../service/start-node.ts';
import type { PeerEvent } from '../../service/ws-peers.ts';
import { EXIT } from '../errors/exit-code.ts';
import { liveStatus } from './live-status.ts';
import type { NodeOptions } from './node-arguments.ts';
import { passphrase } from './passphrase.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

/** What a node in a terminal or under a service manager tells of itself. */
export interface UpOutput {
  readonly log: Log | ((config: NodeConfig) => Log);
  readonly onPeer: (event: PeerEvent) => void;
  started(node: StartedNode): void;
  stopping(node: StartedNode): void;
  stopped(): void;
}

/** The exit code, when the node was stopped: by a signal to this process or over its administration. */
export async function runUp({ folder, json }: NodeOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  const { signal, wallClock } = surroundings;
  const output = json ? jsonOutput(surroundings) : liveStatus(surroundings, texts);
  const node = await startNode(folder, {
    passphrase: () => passphrase(surroundings, texts, { isNew: false }),
    log: output.log,
    onPeer: output.onPeer,
    wallClock,
  });
  try {
    output.started(node);
    const interrupted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([interrupted, node.stopped]);
    output.stopping(node);
  } finally {
    await node.stop();
    output.stopped();
  }
  return EXIT.ok;
}

/** The node's log as it is, with the connections in the same form. */
function jsonOutput({ stdout, wallClock }: Surroundings): UpOutput {
  const line = (text: string): unknown => stdout.write(`${text}\n`);
  const write = (level: string, event: string, fields: Readonly<Record<string, unknown>>): unknown =>
    line(JSON.stringify({ time: new Date(wallClock.now()).toISOString(), level, event, ...fields }));
  return {
    log: ({ log: { level } }) => jsonLog({ level, wallClock, line }),
    onPeer(event) {
      switch (event.kind) {
        case 'connected':
          return void write('info', 'peer-connected', { peer: event.peer });
        case 'disconnected':
          return void write('info', 'peer-disconnected', { peer: event.peer });
        case 'unreachable': {
          const { code, remedy } = event.error;
          return void write('warn', 'peer-unreachable', { peer: event.peer, error: code, remedy });
        }
        case 'clock-wrong': {
          const { code, phase, party, remedy } = event.error;
          return void write('error', 'clock-wrong', { error: code, phase, party, remedy });
        }
        case 'turned-away':
          return void write('warn', 'peer-turned-away', {
            ...(event.peer === undefined ? {} : { peer: event.peer }),
            error: event.why,
          });
        default:
          event satisfies never;
      }
    },
    started: ({ config, port }) => void write('info', 'node-listening', { peer: config.name, port }),
    stopping: () => undefined,
    stopped: () => undefined,
  };
}
