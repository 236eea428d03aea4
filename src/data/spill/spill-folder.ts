/**
 * A folder for what does not fit in memory, for one process and one piece of work. What is written into it is personal
 * information: hashes of account numbers can be tried out. So the folder is for this user alone, its files are written
 * under a key that only this process has (`bucket-files.ts`), it is removed at the end, and what a killed process left
 * behind is removed at the next start. Removing is unlinking: what a disk keeps of it is the disk's to say.
 */
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../crypto/bytes.ts';
import type { Rng } from '../../crypto/rng.ts';
import { UsageError } from '../../errors.ts';

export interface SpillFolder {
  readonly path: string;
  /** Removes it with all that is in it; a second time does nothing. */
  remove(): Promise<void>;
}

export interface SpillFolderOptions {
  readonly rng: Rng;
  /** What the work is called in the folder's name, such as a run's name: 1 to 32 of a-z and 0-9. */
  readonly work: string;
}

// spill-WORK-HOST-PROCESS-START-NUMBER. A process is its number and when it began: numbers are used again.
const NAME = /^spill-[a-z0-9]{1,32}-([0-9a-f]{8})-(\d{1,10})-(\d{1,20})-[0-9a-f]{8}$/;
const WORK = /^[a-z0-9]{1,32}$/;

/** Where folders go that have no better place: one folder of this user. */
export function defaultSpillParent(): string {
  return join(tmpdir(), `blindflag-${process.getuid?.() ?? 'user'}`);
}

/**
 * Makes a folder under `parent`, which is made where it is missing, and removes what killed processes left there.
 * @throws UsageError `resource-limit` where that cannot be
 */
export async function openSpillFolder(parent: string, { rng, work }: SpillFolderOptions): Promise<SpillFolder> {
  if (!WORK.test(work)) throw new RangeError('Cannot make folder: the name of the work is not 1 to 32 of a-z and 0-9');
  await privateFolder(parent);
  await removeDeadSpills(parent);
  const begun = (await processStart(process.pid)) ?? '0';
  const path = join(parent, `spill-${work}-${hostMark()}-${process.pid}-${begun}-${toHex(rng(4))}`);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    throw cannotWrite(parent, error);
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Removes the folders of processes of this machine that are no more; gives how many. */
export async function removeDeadSpills(parent: string): Promise<number> {
  let names: readonly string[];
  try {
    names = await readdir(parent);
  } catch {
    // No folder, so nothing was left in it.
    return 0;
  }
  let removed = 0;
  for (const name of names) {
    const found = NAME.exec(name);
    // Another machine may use the same disk, and its processes cannot be seen from here.
    if (found === null || found[1] !== hostMark()) continue;
    if (await isAlive(Number(found[2]), found[3])) continue;
    await rm(join(parent, name), { recursive: true, force: true });
    removed++;
  }
  return removed;
}

async function isAlive(pid: number, begun: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const start = await processStart(pid);
  return start === undefined || begun === '0' || start === begun;
}

/** When a process began, in ticks since the boot (proc(5), field 22 of stat); undefined where the system does not tell. */
async function processStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name in the second field may have spaces and parentheses.
    return /^\d+$/.exec(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '')?.[0];
  } catch {
    return undefined;
  }
}

/** Eight hexadecimal digits that tell machines, and containers, apart; no secret. */
function hostMark(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

async function privateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const found = await lstat(path);
    const uid = process.getuid?.();
    if (!found.isDirectory() || (uid !== undefined && found.uid !== uid)) throw new Error('not an own folder');
    await chmod(path, 0o700);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cannotWrite(folder: string, cause: unknown): UsageError {
  return new UsageError(`Cannot keep rows on disk: ${folder} is not a folder that this process may write`, {
    code: 'resource-limit',
    phase: 'input',
    remedy: 'check who owns the folder, or name another one',
    cause,
  });
}
