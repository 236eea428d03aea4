/** `blindflag up` as a process of its own, as an operator runs it, from the compiled package. BLINDFLAG_DIST names another folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MpcError } from '../../src/errors.ts';
import { type AdminClient, adminClient } from '../../src/node/admin/admin-client.ts';

const PROGRAM = join(resolve(process.env['BLINDFLAG_DIST'] ?? 'dist'), 'src/cli/start.js');
const POLL_MS = 20;
/** Time to load the package and open store and identity, on a machine that does much else. */
const START_MS = 60_000;

export class NodeProcess {
  readonly bank: string;
  readonly client: AdminClient;
  /** The node's log, a JSON object a line. */
  readonly logs: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #errors = '';

  private constructor(bank: string, child: ChildProcess, folder: string) {
    this.bank = bank;
    this.client = adminClient(folder);
    this.#child = child;
    this.#ended = new Promise((done) => child.once('exit', () => done()));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    let line = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const [first, ...more] = (line + text).split('\n');
      this.logs.push(...[first, ...more].slice(0, -1));
      line = more.at(-1) ?? first;
    });
  }

  /** Whether there is a program to start: `npm run build` makes it. */
  static get isBuilt(): boolean {
    return existsSync(PROGRAM);
  }

  /** Starts the node of a folder; resolves when it answers its operator. */
  static async start(folder: string, passphrase: string): Promise<NodeProcess> {
    if (!NodeProcess.isBuilt) throw new Error(`${PROGRAM} is missing: run npm run build before this test`);
    const child = spawn(process.execPath, [PROGRAM, 'up', folder, '--json'], {
      env: { ...process.env, BLINDFLAG_PASSPHRASE: passphrase },
      // Over the channel it hears when this process ends, however it ends.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const node = new NodeProcess(folder.split('/').at(-1) ?? folder, child, folder);
    try {
      await until(async () => (await node.#answers()) || child.exitCode !== null, {
        withinMs: START_MS,
        what: `${node.bank} does not start`,
      });
      if (child.exitCode !== null) throw new Error(`${node.bank} ended at its start: ${node.#errors}`);
    } catch (error) {
      await node.kill();
      throw error;
    }
    return node;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Ends the process in the middle of whatever it does; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Holds the process where it is: it keeps its sockets and does nothing with them. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async #answers(): Promise<boolean> {
    try {
      await this.client.status();
      return true;
    } catch (error) {
      if (error instanceof MpcError) return false;
      throw error;
    }
  }
}

/** Waits for other processes to bring something about. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  { withinMs, what }: { readonly withinMs: number; readonly what: string },
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > untilMs) throw new Error(what);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}
