import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../../src/cli/demo/demo-report.ts';
import { adminClient } from '../../src/node/admin/admin-client.ts';

const START = 'dist/src/cli/start.js';

/** Where the demo's processes put their folders, so that what they leave behind is seen. */
let folder: string;
beforeAll(() => {
  expect(existsSync(START), 'the package is built: npm run build').toBe(true);
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bf-demo-')));
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(args: string): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [START, 'demo', ...args.split(' ')], {
    env: { ...process.env, TMPDIR: folder, LANG: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err }))) };
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The folders of the nodes that the demo has started. */
function nodeFolders(): readonly string[] {
  return readdirSync(folder).flatMap((demo) => readdirSync(join(folder, demo)).map((bank) => join(folder, demo, bank)));
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const isUp = async (node: string): Promise<boolean> =>
  await adminClient(node)
    .status()
    .then(
      () => true,
      () => false,
    );

/** All four are there and answer. */
async function allUp(): Promise<boolean> {
  const nodes = nodeFolders();
  return nodes.length === 4 && (await Promise.all(nodes.map(isUp))).every((up) => up);
}

describe('blindflag demo over processes', () => {
  it.each(['', ' --institutions 3'])('answers and counts as in memory, and leaves nothing behind%s', async (more) => {
    const args = `--accounts 60 --seed nodes${more} --json`;
    const nodes = await start(args).ended;
    expect([nodes.code, nodes.err]).toEqual([0, '']);
    const memory = await start(`${args} --in-memory`).ended;
    const [over, within] = [nodes, memory].map(({ out }) => JSON.parse(out) as DemoReport);

    expect(over.totals.equalAnswers).toBe(over.institutions.length);
    expect(over.totals.traffic.sentBytes).toBe(over.totals.traffic.receivedBytes);
    // The same protocol bytes over another transport: only times, and what is random in them, may differ.
    const results = ({ institutions, helpers }: DemoReport): unknown => [
      institutions.map(({ name, flagged, jointly, alone, traffic, learned }) => ({
        name,
        flagged,
        jointly,
        alone,
        traffic,
        learned,
      })),
      helpers,
    ];
    expect(results(over)).toEqual(results(within));
    expect(over.institutions.map(({ check }) => check.messageShape)).toContain('not-observed');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends every process and removes every file when it is interrupted', async () => {
    const { child, ended } = start('--accounts 60');
    await until(allUp);
    const nodes = nodeFolders();
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect(code, err).toBe(130);
    expect(await Promise.all(nodes.map(isUp))).toEqual([false, false, false, false]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves no node running when it is killed', async () => {
    const { child, ended } = start('--accounts 2000');
    await until(allUp);
    const nodes = nodeFolders();
    child.kill('SIGKILL');
    await ended;
    await until(async () => (await Promise.all(nodes.map(isUp))).every((up) => !up));
  });
});
