/** kill -9 of real node processes in the middle of runs under a contract, and what their ledgers say of it. Needs `npm run build`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { DEFAULT_RULE, type FlagRule, makeNodeFolders, type NodeFolders } from '../support/node-folders.ts';
import { NodeProcess, until } from '../support/node-process.ts';
import { ledgerOf, type ReadLedger } from '../support/read-ledger.ts';
import { signContracts } from '../support/signed-folders.ts';
import { TcpProxy } from '../../bench/link/tcp-proxy.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const long = process.env['BLINDFLAG_LONG'] !== undefined;
const SEED = Number(process.env['BLINDFLAG_SEED'] ?? 1);
const MOMENTS = long ? 50 : 8;
const ACCOUNTS = 200;
/** Padded rows of one run, and runs that an asker's declared size has room for in the period: a power of two. */
const BUCKET = 256;
const ASKER_RUNS = long ? 64 : 8;
const RULE: FlagRule = { ...DEFAULT_RULE, agreement: 'signed' };
/** Time for the others to end a run whose party is gone: its sockets close with it, so nothing is waited for. */
const END_MS = 10_000;
/** All runs that are left, one after another, on a machine that does much else. */
const EXHAUSTED_MS = 600_000;
/** Heartbeat, answer, and time for a machine that does much else. */
const HELD_MS = 60_000;

interface Moment {
  readonly number: number;
  readonly victim: string;
  readonly asker: string;
  /** Of the pieces that the victim sends in a run; one moment in each of as many equal parts. */
  readonly part: number;
  /** The same in words. */
  readonly where: string;
}

/** Any of the four is killed, and asks, equally often. */
const moments: readonly Moment[] = Array.from({ length: MOMENTS }, (_, number) => {
  const [place, offset] = insecureSeededRng('killed node', SEED, number)(2);
  const victim = BANKS[number % BANKS.length];
  const asker = BANKS[(number + (number >> 2) + (place % 2)) % BANKS.length];
  const part = (number + offset / 256) / MOMENTS;
  return { number, victim, asker, part, where: `moment ${number + 1}, at ${part.toFixed(2)} of what it sends` };
});

let folders: NodeFolders;
const nodes = new Map<string, NodeProcess>();
/** Between every two nodes one that counts what goes by, so that a moment is one of the run and not of the clock. */
const proxies: TcpProxy[] = [];
/** Pieces that each bank has sent since the last question. */
const sent = new Map<string, number>();
let onSent: (bank: string, count: number) => void = () => undefined;

async function counted(dialler: string, peer: string, port: number): Promise<number> {
  const proxy = await TcpProxy.open({
    to: port,
    onPiece(direction) {
      const bank = direction === 'there' ? dialler : peer;
      const count = (sent.get(bank) ?? 0) + 1;
      sent.set(bank, count);
      onSent(bank, count);
    },
  });
  proxies.push(proxy);
  return proxy.port;
}

/** By asker and sender: pieces of a run that nobody disturbs. */
const piecesOf = new Map<string, ReadonlyMap<string, number>>();

function node(bank: string): NodeProcess {
  const found = nodes.get(bank);
  if (found === undefined) throw new Error(`no node ${bank}`);
  return found;
}

const start = async (bank: string): Promise<void> => {
  nodes.set(bank, await NodeProcess.start(folders.folder(bank), folders.passphrase));
};

beforeAll(async () => {
  folders = await makeNodeFolders({
    banks: BANKS,
    accounts: ACCOUNTS,
    rules: [RULE],
    askerRuns: ASKER_RUNS,
    via: counted,
  });
  await signContracts(folders);
  await Promise.all(BANKS.map(start));
}, 60_000);

afterAll(async () => {
  await Promise.all([...nodes.values()].map((running) => running.kill()));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  folders.remove();
});

interface Asked {
  /** The run's name, once there is one. */
  run?: string;
  phase: string;
  readonly answer: Promise<readonly boolean[]>;
}

function ask(bank: string): Asked {
  const flags: boolean[] = [];
  const asked: Asked = {
    phase: 'before the run',
    answer: node(bank)
      .client.ask(RULE.name, {
        onRows: (rows) => void flags.push(...rows.map((row) => 'flagged' in row && row.flagged)),
        onEvent: (event) => {
          if ('run' in event) asked.run = event.run;
          asked.phase = event.kind === 'running' ? event.phase : event.kind;
        },
      })
      .then(() => flags),
  };
  return asked;
}

/** A whole run: its answer is right. */
async function expectServed(bank: string): Promise<void> {
  sent.clear();
  expect(await ask(bank).answer).toEqual(folders.expected(bank));
}

interface Killing {
  readonly asked: Asked;
  readonly outcome: PromiseSettledResult<readonly boolean[]>;
  readonly endedAfterMs: number;
  /** Where the others were. */
  readonly phases: Set<string>;
}

/** Asks, and stops the victim before its piece of that number goes on; undefined when the run was over by then. */
async function stopDuring(
  { victim, asker }: Moment,
  { piece, stop, endMs }: { readonly piece: number; readonly stop: () => Promise<void>; readonly endMs: number },
): Promise<Killing | undefined> {
  sent.clear();
  const killed = new Promise<void>((done) => {
    onSent = (bank, count) => void (bank === victim && count === piece && stop().then(done));
  });
  const asked = ask(asker);
  const settled = Promise.allSettled([asked.answer]).then(([outcome]) => outcome);
  const answered = settled.then(() => 'answered' as const);
  const first = await Promise.race([killed, answered]);
  onSent = () => undefined;
  if (first === 'answered' && (sent.get(victim) ?? 0) < piece) return undefined;
  await killed;
  const killedMs = performance.now();
  const outcome = await within(settled, { withinMs: endMs, what: `${asker} has not ended the run` });
  return { asked, outcome, endedAfterMs: performance.now() - killedMs, phases: new Set() };
}

/** The result, unless it takes longer than the end of a run may. */
async function within<T>(work: Promise<T>, limit: Parameters<typeof until>[1]): Promise<T> {
  let over = false;
  const ended = work.finally(() => (over = true));
  await until(() => over, limit);
  return await ended;
}

/** The asker has the whole answer, where it needed nothing more of the killed party, or an error that names it. */
function expectNamed({ outcome }: Killing, { victim, asker }: Moment): void {
  if (outcome.status === 'fulfilled') {
    expect(outcome.value).toEqual(folders.expected(asker));
    return;
  }
  const error: unknown = outcome.reason;
  if (!(error instanceof MpcError)) throw error;
  // Who asked a node that was killed learns that from its own command line.
  if (victim !== asker) expect([error.party, error.phase], error.describe()).toEqual([victim, expect.any(String)]);
  expect(error.remedy, error.describe()).toBeDefined();
}

/** Every other party has no run left, and its record and log of this one name the killed party and what to do. */
async function expectOthersEnded({ asked, phases }: Killing, { victim }: Moment): Promise<void> {
  for (const bank of BANKS.filter((name) => name !== victim)) {
    const { client, logs } = node(bank);
    await until(async () => (await client.status()).runs.length === 0, {
      withinMs: END_MS,
      what: `${bank} has not ended the run`,
    });
    const record = (await client.runs(20)).find(({ run }) => run === asked.run);
    if (record === undefined || record.outcome === 'done') continue;
    phases.add(record.phase ?? '');
    expect([bank, record.outcome, record.party]).toEqual([bank, expect.stringMatching(/^peer-/), victim]);
    const failed = (): string | undefined =>
      logs.find((line) => line.includes('run-failed') && line.includes(record.run));
    await until(() => failed() !== undefined, { withinMs: END_MS, what: `${bank} has not logged the end` });
    expect(JSON.parse(failed() ?? '')).toMatchObject({ party: victim, remedy: expect.stringMatching(/.{10}/) });
  }
}

/** Every ledger is good; what a party was told had opened is in those of all members; nothing is left as running. */
async function expectLedgers({ asked, outcome }: Killing, victim: string): Promise<void> {
  for (const bank of BANKS) {
    const ledger = await ledgerOf(folders, bank);
    expect(ledger.verdict, bank).toMatchObject({ kind: 'good' });
    const run = ledger.runs.find(({ name }) => name === asked.run);
    if (outcome.status === 'fulfilled') expect(run?.mayHaveOpened, bank).toBe(true);
    if (bank === victim) expect(ledger.runs.filter(({ isRunning }) => isRunning)).toEqual([]);
    expectWithinBudget(ledger);
    expect(ledger.otherFiles, bank).toEqual([]);
  }
}

/** Counted anew from the entries: no asker got more than its declared size in any ledger. */
function expectWithinBudget({ runs }: ReadLedger): void {
  for (const asker of BANKS) {
    const opened = runs.filter((run) => run.asker === asker && run.mayHaveOpened);
    expect(opened.reduce((sum, { bucket }) => sum + bucket, 0)).toBeLessThanOrEqual(ASKER_RUNS * BUCKET);
    if (opened.length > 0) expect(opened[0].bucket).toBe(BUCKET);
  }
}

/** Names of an asker's runs in which something may have opened. */
function openedBy(asker: string, runs: ReadLedger['runs']): readonly string[] {
  return runs.flatMap((run) => (run.asker === asker && run.mayHaveOpened ? [run.name] : []));
}

/** A run that ended for an asker who was not killed. */
let failed: { readonly killing: Killing; readonly moment: Moment } | undefined;

describe(`a node process that is killed (seed ${SEED})`, () => {
  it('is there, and the pieces of a run are counted that nobody disturbs', async () => {
    for (const bank of BANKS) {
      await expectServed(bank);
      piecesOf.set(bank, new Map(sent));
    }
  });

  it.each(moments)(
    'ends the run of $asker for all with its name when it is $victim, and serves after a restart ($where)',
    async (moment) => {
      const { victim, asker, part } = moment;
      const pieces = piecesOf.get(asker)?.get(victim) ?? 0;
      expect(pieces).toBeGreaterThan(10);
      let killing: Killing | undefined;
      // Pieces may come together, so that there are fewer of them.
      for (let share = 1; killing === undefined; share *= 0.8) {
        expect(share, 'no moment lies within the run').toBeGreaterThan(0.2);
        const piece = 1 + Math.floor(share * part * pieces);
        killing = await stopDuring(moment, { piece, stop: () => node(victim).kill(), endMs: END_MS });
      }
      expectNamed(killing, moment);
      await expectOthersEnded(killing, moment);
      await start(victim);
      await expectLedgers(killing, victim);
      // Whoever asks next: the one that was killed, or another.
      await expectServed(moment.number % 2 === 0 ? victim : BANKS[(moment.number + 1) % BANKS.length]);
      const interrupted = (await node(victim).client.runs(20)).find(({ run }) => run === killing.asked.run);
      if (interrupted !== undefined) expect(interrupted.outcome).toMatch(/^(interrupted|done)$/);
      if (killing.outcome.status === 'rejected' && victim !== asker) failed = { killing, moment };
      report(moment, killing);
    },
  );

  it('spends nothing at an asker alone: what its ledger counts, those of all members do', async () => {
    const ledgers = await Promise.all(BANKS.map(async (bank) => [bank, (await ledgerOf(folders, bank)).runs] as const));
    const alone = (asker: string, own: ReadLedger['runs'], runs: ReadLedger['runs']): readonly string[] => {
      const there = new Set(openedBy(asker, runs));
      return openedBy(asker, own).filter((name) => !there.has(name));
    };
    for (const [asker, own] of ledgers) {
      for (const [bank, runs] of ledgers) expect([bank, alone(asker, own, runs)]).toEqual([bank, []]);
    }
    // The control: a run that a member did not write down.
    const [[asker, own], [, runs]] = ledgers;
    const [first] = openedBy(asker, own);
    const without = runs.filter(({ name }) => name !== first);
    expect(alone(asker, own, without)).toEqual([first]);
  });

  it('gives an asker its declared size for what opened, and nothing twice', { timeout: EXHAUSTED_MS }, async () => {
    const asker = 'bank-a';
    const refusals: unknown[] = [];
    for (let attempt = 0; attempt <= ASKER_RUNS && refusals.length === 0; attempt++) {
      await ask(asker).answer.catch((error: unknown) => refusals.push(error));
    }
    expect(refusals).toMatchObject([{ phase: 'policy/contract/inputs.size-bucket' }]);
    const ledgers = await Promise.all(BANKS.map((bank) => ledgerOf(folders, bank)));
    for (const ledger of ledgers) expectWithinBudget(ledger);
    expect(Math.max(...ledgers.map(({ runs }) => openedBy(asker, runs).length))).toBe(ASKER_RUNS);
  });

  it('is not taken for another one', () => {
    if (failed === undefined) throw new Error('no run of another bank was ended');
    const { killing, moment } = failed;
    const others = BANKS.filter((bank) => bank !== moment.victim && bank !== moment.asker);
    expect(() => expectNamed(killing, moment)).not.toThrow();
    for (const victim of others) expect(() => expectNamed(killing, { ...moment, victim })).toThrow(victim);
  });
});

/** A process that stands still keeps its sockets open: only signs of life tell the others, with the limits of service. */
describe.runIf(long)('a node process that is held', () => {
  it('ends the run for all with its name, and serves when it goes on', async () => {
    const moment: Moment = { number: 0, victim: 'bank-c', asker: 'bank-b', part: 0.3, where: 'held' };
    const held = node(moment.victim);
    const piece = Math.floor(moment.part * (piecesOf.get(moment.asker)?.get(moment.victim) ?? 0));
    const stop = (): Promise<void> => Promise.resolve(held.pause());
    const killing = await stopDuring(moment, { piece, stop, endMs: HELD_MS });
    if (killing === undefined) throw new Error('the run was over before');
    expect(killing.outcome.status).toBe('rejected');
    expectNamed(killing, moment);
    await expectOthersEnded(killing, moment);
    report(moment, killing);
    held.resume();
    await expectServed(moment.asker);
    await expectServed(moment.victim);
  });
});

function report({ victim, asker, where }: Moment, killing: Killing): void {
  const { outcome, endedAfterMs } = killing;
  const error: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
  const how = error instanceof MpcError ? error.code : 'answered';
  if (!long) return;
  process.stderr.write(
    `${where}: ${victim} killed while ${asker} asks: ` +
      `${how} after ${endedAfterMs.toFixed(0)} ms; phases ${[...killing.phases].join(' ')}\n`,
  );
}
