import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpillFolder } from '../../src/data/spill/spill-folder.ts';
import { insecureSeededRng } from '../../src/testing.ts';

/** Keeps a list on disk until it is killed; says where. Runs what was built. */
const PROGRAM = `
  import { randomBytes } from 'node:crypto';
  const { openSpillFolder } = await import(process.env.DIST + '/src/data/spill/spill-folder.js');
  const { SpilledList } = await import(process.env.DIST + '/src/data/spill/spilled-list.js');
  const rng = (length) => new Uint8Array(randomBytes(length));
  const folder = await openSpillFolder(process.env.PARENT, { rng, work: 'killed' });
  const accounts = Array.from({ length: 50000 }, (_, k) => 'id:' + k);
  const list = await SpilledList.open({ folder, name: 'list', rng, digestKey: rng(32), rows: accounts.length });
  await list.add({ accounts });
  console.log(folder.path);
  setInterval(() => list.rows, 1000);
`;

let parent: string;
const children: ChildProcess[] = [];

beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'blindflag-killed-'))));
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  rmSync(parent, { recursive: true });
});

async function keepsList(): Promise<{ readonly child: ChildProcess; readonly path: string }> {
  const DIST = pathToFileURL(resolve('dist')).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env: { ...process.env, DIST, PARENT: parent },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, path: line.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('a killed process', () => {
  it('leaves its rows on disk until the next start, which leaves a living process alone', async () => {
    const [first, second] = [await keepsList(), await keepsList()];
    await kill(first.child);
    expect(readdirSync(first.path).length).toBeGreaterThan(0);
    const next = await openSpillFolder(parent, { rng: insecureSeededRng('next'), work: 'next' });
    expect([first.path, second.path, next.path].map(existsSync)).toEqual([false, true, true]);
    expect(readdirSync(second.path).length).toBeGreaterThan(0);
  });
});
