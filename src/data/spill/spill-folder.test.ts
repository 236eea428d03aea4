import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../../testing.ts';
import { openSpillFolder, removeDeadSpills } from './spill-folder.ts';

let parent: string;
let models = 0;
beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'blindflag-spill-'))));
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const open = (work = 'run1'): ReturnType<typeof openSpillFolder> =>
  openSpillFolder(parent, { rng: insecureSeededRng(work), work });

/** A folder with a file in it, called as an open one with parts of its name replaced. */
async function calledLike(replaced: (parts: string[]) => void): Promise<string> {
  const { path, remove } = await open(`model${models++}`);
  const parts = basename(path).split('-');
  await remove();
  replaced(parts);
  const folder = join(parent, parts.join('-'));
  mkdirSync(folder);
  writeFileSync(join(folder, 'rows-0'), 'digests');
  return folder;
}

describe('openSpillFolder', () => {
  it('makes a folder for this user alone, and removes it with all that is in it', async () => {
    chmodSync(parent, 0o755);
    const folder = await open();
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    expect(statSync(parent).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder.path, 'rows-0'), 'digests');
    await folder.remove();
    await folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('leaves the folders of this process alone, and removes those of one that is no more', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const dead = await calledLike((parts) => (parts[3] = String(pid)));
    const first = await open('first');
    const second = await open('second');
    expect([dead, first.path, second.path].map(existsSync)).toEqual([false, true, true]);
  });

  it('refuses a folder that cannot be written, with its path', async () => {
    writeFileSync(join(parent, 'file'), '');
    const opening = openSpillFolder(join(parent, 'file'), { rng: insecureSeededRng('x'), work: 'x' });
    await expect(opening).rejects.toMatchObject({ code: 'resource-limit', message: expect.stringContaining(parent) });
  });
});

describe('removeDeadSpills', () => {
  it('knows a number that another process got from when it began', async () => {
    const same = await calledLike(() => undefined);
    const reused = await calledLike((parts) => (parts[4] = String(Number(parts[4]) + 1)));
    expect(await removeDeadSpills(parent)).toBe(process.platform === 'linux' ? 1 : 0);
    expect(existsSync(reused)).toBe(process.platform !== 'linux');
    expect(existsSync(same)).toBe(true);
  });

  it('leaves what other machines and other programs have there', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const elsewhere = await calledLike((parts) => {
      parts[2] = parts[2] === '00000000' ? '11111111' : '00000000';
      parts[3] = String(pid);
    });
    const other = join(parent, 'spill-notes');
    mkdirSync(other);
    expect(await removeDeadSpills(parent)).toBe(0);
    expect([elsewhere, other].map(existsSync)).toEqual([true, true]);
    expect(await removeDeadSpills(join(parent, 'nowhere'))).toBe(0);
  });
});
