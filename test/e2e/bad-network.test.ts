/** Four real nodes over WebSockets in one process, and a bad network between one of them and the others. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import { DEFAULT_CONNECTION_LIMITS } from '../../src/net/connection.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { DEFAULT_RULE, makeNodeFolders, type NodeFolders } from '../support/node-folders.ts';
import { until } from '../support/node-process.ts';
import { type Cut, TcpProxy } from '../../bench/link/tcp-proxy.ts';
import { connected, flagsOf, startWsNode, type WsNode } from '../support/ws-nodes.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const ASKER = 'bank-a';
/** Only others dial it, so that all that it sends and gets goes through its proxies. */
const FAR = 'bank-d';
const NEAR = BANKS.filter((bank) => bank !== FAR);
const long = process.env['BLINDFLAG_LONG'] !== undefined;
/** Signs of life are asked for soon, so that a test of their absence is short. */
const IMPATIENT = { ...DEFAULT_CONNECTION_LIMITS, heartbeatMs: 1_000, answerMs: 1_500 };
/** Far above what the limits allow, on a machine that does much else. */
const END_MS = 30_000;

let folders: NodeFolders;
const nodes = new Map<string, WsNode>();
const proxies: TcpProxy[] = [];
/** Bytes that went to the far bank and came back, on all its connections. */
let passed = { there: 0, back: 0 };

beforeAll(async () => {
  folders = await makeNodeFolders({
    banks: BANKS,
    accounts: 40,
    async via(_dialler, peer, port) {
      if (peer !== FAR) return port;
      const onPiece = (direction: 'there' | 'back', bytes: number): void => void (passed[direction] += bytes);
      const proxy = await TcpProxy.open({ to: port, onPiece, onCut: cutAll });
      proxies.push(proxy);
      return proxy.port;
    },
  });
  for (const bank of BANKS) {
    nodes.set(bank, await startWsNode(folders, bank, { limits: { connection: IMPATIENT }, passive: [FAR] }));
  }
  await connected(nodes.values());
});

afterAll(async () => {
  await Promise.all([...nodes.values()].map(({ running }) => running.stop()));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  folders.remove();
});

afterEach(() => {
  for (const proxy of proxies) {
    proxy.treat({ there: 'pass', back: 'pass' });
    proxy.cutAfter(undefined);
  }
});

/** The far bank loses everybody at once, so that it is the one that is missing. */
function cutAll(): void {
  for (const proxy of proxies) proxy.cut();
}

/** Cuts all connections of the far bank, and waits until the others know. */
async function disconnect(): Promise<void> {
  const lost = (): number =>
    NEAR.reduce((sum, bank) => sum + node(bank).events.filter(({ kind }) => kind === 'disconnected').length, 0);
  const all = lost() + proxies.length;
  cutAll();
  await until(() => lost() >= all, { withinMs: END_MS, what: 'a bank has not noticed that its connection ended' });
}

function node(bank: string): WsNode {
  const found = nodes.get(bank);
  if (found === undefined) throw new Error(`no node ${bank}`);
  return found;
}

async function expectServed(bank: string): Promise<void> {
  expect(await flagsOf(node(bank), DEFAULT_RULE.name)).toEqual(folders.expected(bank));
}

/** Asks; when the run is going on, something happens. */
async function askWhile(happens: () => void): Promise<MpcError> {
  let happened = false;
  const asking = node(ASKER).running.ask(DEFAULT_RULE.name, {
    onEvent(event) {
      if (event.kind !== 'running' || happened) return;
      happened = true;
      happens();
    },
  });
  const error = await errorOf(asking);
  expect(happened).toBe(true);
  return error;
}

async function errorOf(asking: Promise<unknown>): Promise<MpcError> {
  let outcome: PromiseSettledResult<unknown> | undefined;
  void Promise.allSettled([asking]).then(([settled]) => (outcome = settled));
  await until(() => outcome !== undefined, { withinMs: END_MS, what: 'the asker has not ended the run' });
  if (outcome?.status !== 'rejected') throw new Error('the run did not fail');
  const error: unknown = outcome.reason;
  if (error instanceof MpcError) return error;
  throw error;
}

/** The asker and every other near bank name one of `blamed` and say what to do, and no node has a run left. */
async function expectNamed(error: MpcError, blamed: readonly string[] = [FAR]): Promise<void> {
  expect(blamed, error.describe()).toContain(error.party);
  expect([error.phase, error.remedy], error.describe()).toEqual([expect.any(String), expect.any(String)]);
  const isQuiet = ({ running }: WsNode): boolean => running.status().runs.length === 0;
  await until(() => [...nodes.values()].every(isQuiet), { withinMs: END_MS, what: 'a run goes on' });
  for (const bank of NEAR) {
    const [record] = node(bank).running.runs(1);
    // Of a run that ended before its offer came there is none.
    if (record === undefined || record.outcome === 'done') continue;
    expect([bank, record.outcome]).toEqual([bank, expect.stringMatching(/^peer-/)]);
    expect(blamed, `${bank}: ${record.outcome} in ${record.phase}`).toContain(record.party);
  }
}

function treatAll(...treatment: Parameters<TcpProxy['treat']>): void {
  for (const proxy of proxies) proxy.treat(...treatment);
}

describe('a node whose network goes bad in the middle of a run', () => {
  it.each([
    ['its cable is cut and no end hears of it', { there: 'hold', back: 'hold' }, [FAR]],
    ['nothing that it sends arrives any more', { back: 'hold' }, [FAR]],
    // It hears nobody and can say so: that the first whom it waits for is silent.
    ['nothing that is sent to it is read any more', { there: 'hold' }, BANKS],
  ] as const)('is given up by all others in time, and serves when it is back: %s', async (_, treatment, blamed) => {
    await expectNamed(await askWhile(() => treatAll(treatment)), blamed);
    treatAll({ there: 'pass', back: 'pass' });
    await expectServed(ASKER);
    await connected(nodes.values());
    await expectServed(FAR);
  });

  it('is waited for when it is slow: all four ask at once and get their answers', async () => {
    const connections = proxies.map((proxy) => proxy.connections);
    treatAll({ there: 'trickle', back: 'trickle' });
    await Promise.all(BANKS.map(expectServed));
    treatAll({ there: 'pass', back: 'pass' });
    expect(proxies.map((proxy) => proxy.connections)).toEqual(connections);
  });
});

describe('connections to a node that end after some bytes', () => {
  const cuts = long ? 120 : 10;

  it(`end a run for all with its name, wherever that is, and the next one is served (${cuts} places)`, async () => {
    await expectServed(ASKER);
    await connected(nodes.values());
    await disconnect();
    passed = { there: 0, back: 0 };
    await expectServed(ASKER);
    await connected(nodes.values());
    const bytesOf = { there: passed.there / proxies.length, back: passed.back / proxies.length };
    for (let place = 0; place < cuts; place++) {
      const direction = place % 2 === 0 ? 'there' : 'back';
      const offset = insecureSeededRng('cut', place)(1)[0] / 256;
      // The last bytes of a run may be needed by nobody.
      const bytes = Math.floor((0.9 * bytesOf[direction] * (place + offset)) / cuts);
      await expectCutNamed({ direction, bytes });
    }
  });
});

async function expectCutNamed(cut: Cut): Promise<void> {
  for (const proxy of proxies) proxy.cutAfter(cut);
  await disconnect();
  const error = await errorOf(node(ASKER).running.ask(DEFAULT_RULE.name));
  await expectNamed(error);
  for (const proxy of proxies) proxy.cutAfter(undefined);
  await expectServed(ASKER);
  await connected(nodes.values());
}
