/** What nodes do by themselves while nobody asks, over days of a clock that is told. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BANKS,
  type Consortium,
  type ConsortiumOptions,
  consortiumPerTest,
  QUESTION,
  quiet,
} from '../../test/support/consortium-of-nodes.ts';
import { contractFiles, draft, FRAME, signedBy, underContract } from '../../test/support/signed-question.ts';
import type { ContractFrame } from '../governance/contract.ts';
import type { Clock } from '../kit/clock.ts';
import { ManualClock, turns } from '../net/manual-clock.ts';
import { createMemoryLedger } from './ledger/memory-ledger.ts';
import { AUDIT_FOLDER, openAuditStore } from './ledger/audit-store.ts';
import { EVALUATED_FOLDER } from './lists/evaluated-accounts.ts';
import { listFolder, LISTS_FOLDER } from './lists/list-files.ts';

const start = consortiumPerTest();
const NOON = Date.UTC(2027, 0, 15, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bf-upkeep-'));
});
afterAll(() => rmSync(root, { recursive: true }));

interface World {
  readonly all: Consortium;
  /** Lets hours pass, one by one, and what each sets off. */
  hours(count: number): Promise<void>;
}

async function world(frame: Partial<ContractFrame>, options: ConsortiumOptions = {}): Promise<World> {
  const clock = new ManualClock();
  const contracts = contractFiles(signedBy(draft({ frame })));
  const all = await start({
    clock,
    wallClock: { now: () => NOON + clock.now() },
    ...options,
    configure(config, bank) {
      underContract(config);
      options.configure?.(config, bank);
    },
    nodeOptions: (bank) => ({ contracts, ...options.nodeOptions?.(bank) }),
  });
  return {
    all,
    async hours(count) {
      for (let hour = 0; hour < count; hour++) {
        clock.stall(HOUR_MS);
        await turns(5);
      }
    },
  };
}

describe('a node that runs on', () => {
  interface Kept extends World {
    readonly folder: string;
    /** Files of bank-a in a folder of its store. */
    files(name: string): readonly string[];
  }

  /** After a question about new accounts, under a contract that has records kept for two days. */
  async function kept(): Promise<Kept> {
    const folder = mkdtempSync(join(root, 'kept-'));
    const stores = new Map<string, Awaited<ReturnType<typeof openAuditStore>>>();
    for (const bank of BANKS) stores.set(bank, await openAuditStore(join(folder, bank, AUDIT_FOLDER)));
    const found = await world(
      { retention: { auditDays: 2 } },
      {
        nodeOptions(bank) {
          const audits = stores.get(bank);
          return {
            lists: listFolder(join(folder, bank, LISTS_FOLDER)),
            evaluated: listFolder(join(folder, bank, EVALUATED_FOLDER)),
            ...(audits === undefined ? {} : { audits }),
          };
        },
      },
    );
    await found.all.node('bank-a').ask(QUESTION, { onlyNew: true });
    await found.all.node('bank-b').ask(QUESTION);
    await quiet(found.all);
    return { ...found, folder, files: (name) => readdirSync(join(folder, 'bank-a', name)) };
  }

  it('removes frozen and evaluated lists within an hour of the end of their period, and records after their days', async () => {
    const { files, hours } = await kept();
    const [list, asked, records] = [files(LISTS_FOLDER), files(EVALUATED_FOLDER), files(AUDIT_FOLDER)];
    expect([list.length, asked.length, records.length]).toEqual([1, 1, 2]);
    await hours(11);
    await turns();
    expect([files(LISTS_FOLDER), files(EVALUATED_FOLDER)]).toEqual([list, asked]);
    await hours(1);
    await expect.poll(() => [...files(LISTS_FOLDER), ...files(EVALUATED_FOLDER)]).toEqual([]);
    await hours(35);
    await turns();
    expect(files(AUDIT_FOLDER)).toEqual(records);
    await hours(2);
    await expect.poll(() => files(AUDIT_FOLDER)).toEqual([]);
  });

  it('says in the log what it cannot remove, removes the rest, and does not stop trying', async () => {
    const { all, folder, files, hours } = await kept();
    const blocked = join(folder, 'bank-a', LISTS_FOLDER);
    rmSync(blocked, { recursive: true });
    writeFileSync(blocked, 'in the way');
    const failed = (): number => all.logs.filter((line) => line.includes('"event":"sweep-failed"')).length;
    await hours(12);
    await expect.poll(failed).toBe(12);
    expect(all.logs.find((line) => line.includes('sweep-failed'))).toMatch(/"level":"warn".*"error":"resource-limit"/);
    await expect.poll(() => files(EVALUATED_FOLDER)).toEqual([]);
  });

  it('does nothing more by itself once it is stopped', async () => {
    const { all, files, hours } = await kept();
    await all.node('bank-a').stop();
    await hours(72);
    await turns();
    expect(files(AUDIT_FOLDER)).toHaveLength(2);
  });

  it('keeps no process for it', async () => {
    const keeping: boolean[] = [];
    const clock = new ManualClock();
    const watched: Clock = {
      now: () => clock.now(),
      soon: (task) => clock.soon(task),
      timer(delayMs, task, { keepsProcess = true } = {}) {
        if (delayMs === HOUR_MS) keeping.push(keepsProcess);
        return clock.timer(delayMs, task);
      },
    };
    await start({ clock: watched, banks: ['bank-a'] });
    expect(keeping).toEqual([false]);
  });
});

interface Told {
  readonly time: string;
  readonly level: string;
  readonly question?: string;
  readonly peer?: string;
  readonly days: number;
}

const told = ({ all }: World): readonly Told[] =>
  all.logs.map((line) => JSON.parse(line) as Told & { event: string }).filter(({ event }) => event === 'expires-soon');

describe('what ends soon', () => {
  const inDays = (days: number): string => new Date(NOON + days * DAY_MS).toISOString();

  it.each([
    [31, []],
    [30, [30]],
    [29.5, [30]],
    [1, [1]],
    [0.01, [1]],
  ])('is told at the start of a node, of a contract that ends in %d days: %j', async (days, expected) => {
    const found = await world({ expires: inDays(days) }, { banks: ['bank-a'] });
    expect(told(found).map((line) => line.days)).toEqual(expected);
    for (const line of told(found)) expect(line).toMatchObject({ level: 'warn', question: QUESTION });
  });

  it('is told of the card of each peer that ends, of no revoked one, and of none that has ended', async () => {
    const found = await world(FRAME, {
      banks: ['bank-a'],
      configure({ peers: [b, c, d] }) {
        Object.assign(b, { expires: inDays(12) });
        Object.assign(c, { expires: inDays(12), revoked: true });
        Object.assign(d, { expires: inDays(-1) });
      },
    });
    expect(told(found)).toMatchObject([{ peer: 'bank-b', days: 12 }]);
    expect(told(found)[0]).not.toHaveProperty('question');
  });

  it('is told once a day from thirty days before on, and not any more when it has ended', async () => {
    const found = await world({ expires: inDays(31) }, { banks: ['bank-a'] });
    expect(told(found)).toEqual([]);
    await found.hours(33 * 24);
    expect(told(found).map(({ days }) => days)).toEqual(Array.from({ length: 30 }, (_, k) => 30 - k));
    expect(new Set(told(found).map(({ time }) => time.slice(0, 10))).size).toBe(30);
  });

  it('is not told of a contract that is revoked or that somebody has not signed', async () => {
    const ledger = createMemoryLedger();
    const found = await world({ expires: inDays(5) }, { banks: ['bank-a'], ledgerOf: () => ledger });
    expect(told(found)).toHaveLength(1);
    await found.all.node('bank-a').consent.revokeContract(QUESTION);
    await found.all.node('bank-a').stop();
    await found.all.start('bank-a');
    expect(told(found)).toHaveLength(1);
    const unsigned = contractFiles(signedBy(draft({ frame: { expires: inDays(5) } }), ['bank-a', 'bank-b']));
    const other = await world({}, { banks: ['bank-a'], nodeOptions: () => ({ contracts: unsigned }) });
    expect(told(other)).toEqual([]);
  });
});
