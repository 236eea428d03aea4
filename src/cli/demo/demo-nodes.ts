/** The demo's institutions as nodes: `blindflag up`, a process each, in a temporary folder, over WebSockets on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FlagParameters } from '../../../protocols/flag/index.ts';
import { InternalError, MpcError, TransportError } from '../../errors.ts';
import { systemClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import { type AdminClient, adminClient } from '../../node/admin/admin-client.ts';
import type { AnswerSummary } from '../../node/admin/admin-protocol.ts';
import type { TrafficReport } from './demo-report.ts';
import { type DemoFolders, makeDemoFolders, questionOf } from './demo-folders.ts';
import type { DemoPlan, PlannedRun } from './demo-plan.ts';
import { type AskOptions, type FinishedRun, PATIENCE } from './demo-run.ts';
import type { Language } from '../texts.ts';

export interface DemoNodes {
  ask(planned: PlannedRun, options: AskOptions): Promise<FinishedRun>;
  /** Ends every process and removes every file. */
  stop(): Promise<void>;
}

/** Time for all nodes to come up: each is a process that loads this package and opens its identity. */
const START_MS = 60_000;
const POLL_MS = 50;
/** Time for a node to stop in order. */
const STOP_MS = 5_000;
/** How many of a node's records are looked through for a run; the demo has no more than ten. */
const RECORDS = 100;

/** @throws MpcError that names the institution whose process does not start */
export async function startDemoNodes(
  plan: DemoPlan,
  {
    signal,
    runSeconds,
    language,
  }: { readonly signal: AbortSignal; readonly runSeconds: number; readonly language: Language },
): Promise<DemoNodes> {
  const start = fileURLToPath(new URL('../start.js', import.meta.url));
  if (!existsSync(start)) {
    throw new InternalError('Cannot start nodes: this command line is not compiled', {
      code: 'internal',
      remedy: "run 'npm run build', or use --in-memory",
    });
  }
  const folders = await makeDemoFolders(plan, { deadlineMs: PATIENCE * 1000 * runSeconds, language });
  const nodes = new Nodes(folders);
  try {
    for (const [name, folder] of folders.folders) nodes.start(name, start, folder);
    await nodes.ready(signal);
    return nodes;
  } catch (error) {
    await nodes.stop();
    throw error;
  }
}

interface Running {
  readonly name: PartyId;
  readonly process: ChildProcess;
  readonly client: AdminClient;
  readonly ended: Promise<void>;
  /** What it wrote to standard error: why it does not run, where it does not. */
  errors: string;
}

class Nodes implements DemoNodes {
  readonly #folders: DemoFolders;
  readonly #running = new Map<PartyId, Running>();

  constructor(folders: DemoFolders) {
    this.#folders = folders;
  }

  start(name: PartyId, program: string, folder: string): void {
    const child = spawn(process.execPath, [program, 'up', folder, '--json'], {
      env: { ...process.env, BLINDFLAG_PASSPHRASE: this.#folders.passphrase },
      // Over the channel it hears when this process ends, however it ends.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const node: Running = { name, process: child, client: adminClient(folder), ended, errors: '' };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (node.errors += text));
    this.#running.set(name, node);
  }

  /** Resolves when every node answers. */
  async ready(signal: AbortSignal): Promise<void> {
    const deadlineMs = systemClock.now() + START_MS;
    await Promise.all(
      [...this.#running.values()].map(async (node) => {
        for (;;) {
          signal.throwIfAborted();
          if (await isUp(node)) return;
          if (node.process.exitCode !== null || systemClock.now() > deadlineMs) throw notStarted(node);
          await pause(POLL_MS);
        }
      }),
    );
  }

  async ask(planned: PlannedRun, { signal }: AskOptions): Promise<FinishedRun> {
    const { parameters } = planned;
    const flags: number[] = [];
    const summary = await this.#node(parameters.asker).client.ask(questionOf(parameters.asker), {
      signal,
      onRows: (rows) => {
        for (const { account, flagged } of rows) {
          if (account !== planned.asker.accounts[flags.length]) throw outOfOrder(parameters.asker);
          flags.push(flagged ? 1 : 0);
        }
      },
    });
    const { seconds, rounds, failureLog2, sentBytes, receivedBytes, leakage } = summary;
    return {
      ...planned,
      leakage,
      answer: {
        flagged: Uint8Array.from(flags),
        advisory: true,
        purpose: summary.purpose,
        ttlDays: parameters.ttlDays,
        disputeId: summary.disputeId,
      },
      measured: { runId: summary.sid, seconds, rounds, failureLog2, sentBytes, receivedBytes },
      traffic: await this.#traffic(parameters, summary, signal),
      messageShape: 'not-observed',
    };
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running.values()].map(async ({ process: child, ended }) => {
        child.kill('SIGTERM');
        const cancelTimer = systemClock.timer(STOP_MS, () => child.kill('SIGKILL'));
        await ended;
        cancelTimer();
      }),
    );
    await this.#folders.remove();
  }

  /** Every party's own record of the run; the asker has its answer a moment before the others have theirs. */
  async #traffic(
    parameters: FlagParameters,
    { run }: AnswerSummary,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<PartyId, TrafficReport>> {
    const parties = new Set([parameters.asker, ...parameters.contributors, ...parameters.committee]);
    const traffic = new Map<PartyId, TrafficReport>();
    for (const party of parties) {
      const { client } = this.#node(party);
      for (;;) {
        signal.throwIfAborted();
        const record = (await client.runs(RECORDS)).find((candidate) => candidate.run === run);
        if (record?.endedAt !== undefined) {
          traffic.set(party, { sentBytes: record.sentBytes ?? 0, receivedBytes: record.receivedBytes ?? 0 });
          break;
        }
        await pause(POLL_MS);
      }
    }
    return traffic;
  }

  #node(name: PartyId): Running {
    const node = this.#running.get(name);
    if (node === undefined) throw new RangeError('Cannot ask: no node of this name was started');
    return node;
  }
}

async function isUp({ client }: Running): Promise<boolean> {
  try {
    await client.status();
    return true;
  } catch (error) {
    // Not there yet; anything that is no error of the package is a defect here.
    if (error instanceof MpcError) return false;
    throw error;
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => systemClock.timer(delayMs, resolve));
}

function notStarted({ name, errors }: Running): TransportError {
  // Its own words, from this same program, hold nothing that this process may not show.
  const why = errors.trim() === '' ? 'it does not answer' : `it says: ${errors.trim().split('\n')[0]}`;
  return new TransportError(`Cannot start node: ${why}`, {
    code: 'peer-silent',
    phase: 'demo',
    party: name,
    remedy: 'see what it says, or use --in-memory',
  });
}

function outOfOrder(party: PartyId): InternalError {
  return new InternalError('Cannot show answer: its rows are not those that were asked', { code: 'internal', party });
}
