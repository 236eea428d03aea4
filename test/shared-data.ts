/**
 * Finds data that is made elsewhere and not part of the package: the folder that the environment variable
 * BLINDFLAG_SHARED names, else `../shared` beside the repository. Tests that need it skip, loudly, where it is absent.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SharedData {
  readonly directory: string;
  /** Holds nodes.csv and transactions.csv. */
  readonly amlsimDirectory: string;
}

const VARIABLE = 'BLINDFLAG_SHARED';
// By pattern: the archive and the list that describes it spell its name differently.
const ARCHIVE_NAME = /^amlsim_20k.*\.tgz$/;

/** undefined, and a warning on standard error, where the data is absent; unpacks at most once per archive and machine. */
export function sharedData(environment: NodeJS.ProcessEnv = process.env): SharedData | undefined {
  const repository = fileURLToPath(new URL('..', import.meta.url));
  const directory = resolve(environment[VARIABLE] ?? join(repository, '..', 'shared'));
  const data = join(directory, 'data');
  const archive = existsSync(data) ? readdirSync(data).find((name) => ARCHIVE_NAME.test(name)) : undefined;
  if (archive === undefined) {
    process.stderr.write(
      `\nWARNING: tests on AMLSim data are SKIPPED: no amlsim_20k*.tgz in ${data}; set ${VARIABLE} to the shared folder\n`,
    );
    return undefined;
  }
  return { directory, amlsimDirectory: unpacked(join(data, archive)) };
}

function unpacked(archive: string): string {
  const { size, mtimeMs } = statSync(archive);
  const target = join(tmpdir(), `blindflag-amlsim-${size}-${Math.trunc(mtimeMs)}`);
  if (!existsSync(target)) {
    // Unpacked aside and renamed, so that a test process beside this one never sees half of it.
    const partial = mkdtempSync(join(tmpdir(), 'blindflag-amlsim-partial-'));
    execFileSync('tar', ['-xzf', archive, '-C', partial]);
    try {
      renameSync(partial, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
      rmSync(partial, { recursive: true });
    }
  }
  const folder = readdirSync(target).find((name) => existsSync(join(target, name, 'nodes.csv')));
  if (folder === undefined) throw new Error(`Cannot use ${target}: it has no nodes.csv; delete it and start again`);
  return join(target, folder);
}
