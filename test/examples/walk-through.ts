/** Runs the commands of a README as a reader would, one after another, and keeps what each said. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Lines of all `sh` blocks, in their order. */
export function commandsOf(readme: string): readonly string[] {
  const blocks = [...readFileSync(readme, 'utf8').matchAll(/^```sh[^\n]*\n([\s\S]*?)^```/gm)];
  return blocks.flatMap(([, block]) => block.trim().split('\n'));
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One shell session in a folder: exported variables stay, `&` leaves a process in the background. */
export class ShellSession {
  readonly #folder: string;
  readonly #env: Record<string, string | undefined> = { ...process.env };
  readonly #background: { readonly process: ChildProcess; readonly ended: Promise<number | null> }[] = [];

  constructor(folder: string) {
    this.#folder = folder;
    delete this.#env['BLINDFLAG_PASSPHRASE'];
  }

  run(line: string): Outcome {
    const exported = /^export (\w+)='([^']*)'$/.exec(line);
    if (exported !== null) {
      this.#env[exported[1]] = exported[2];
      return { code: 0, out: '', err: '' };
    }
    // The same program without the start of npx, which takes longer than most commands.
    const command = line.replace(/^npx blindflag /, 'node_modules/.bin/blindflag ');
    const options = { cwd: this.#folder, env: this.#env };
    if (command.endsWith('&')) {
      const child = spawn('bash', ['-c', `exec ${command.slice(0, -1)}`], { ...options, stdio: 'ignore' });
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      this.#background.push({ process: child, ended });
      return { code: 0, out: '', err: '' };
    }
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { ...options, encoding: 'utf8' });
    return { code: status ?? -1, out: stdout, err: stderr };
  }

  /** Exit codes of what was left in the background, once all of it has ended. */
  async ended(): Promise<readonly (number | null)[]> {
    return await Promise.all(this.#background.map(({ ended }) => ended));
  }

  /** For a test that failed half-way. */
  kill(): void {
    for (const { process: child } of this.#background) if (child.exitCode === null) child.kill('SIGKILL');
  }
}
