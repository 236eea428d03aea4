/** Nodes of several institutions in one process: real configuration files and CSV files in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createFlag, flagParameters, idealFlag } from '../../protocols/flag/index.ts';
import type { Signer } from '../../src/crypto/signature.ts';
import { MpcError } from '../../src/errors.ts';
import type { LedgerStore } from '../../src/governance/ledger.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import type { Clock, WallClock } from '../../src/kit/clock.ts';
import type { Interceptor } from '../../src/kit/memory-network.ts';
import { readConfig } from '../../src/node/config/config.ts';
import { flagQuestion } from '../../src/node/questions/flag-question.ts';
import { jsonLog } from '../../src/node/log.ts';
import { createMemoryPeers, type MemoryPeers } from '../../src/node/memory-peer-network.ts';
import { createMemoryLedger } from '../../src/node/ledger/memory-ledger.ts';
import { createMemoryLists } from '../../src/node/lists/memory-lists.ts';
import { createMemoryStore } from '../../src/node/store/memory-store.ts';
import { createNode, type NodeOptions, type RunningNode } from '../../src/node/node.ts';
import type { QuestionKind } from '../../src/node/questions/question.ts';
import type { PeerNetwork } from '../../src/node/peer-network.ts';
import type { Store } from '../../src/node/store/store.ts';
import { insecureIdealOprf, insecureSeededRng, insecureTestSigner, insecureTestVerifier } from '../../src/testing.ts';
import { plainDatasets } from './plain-datasets.ts';

export const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'] as const;
export const QUESTION = 'fraud-flags';
export const ACCOUNTS_PER_BANK = 40;

const ideal = createFlag([insecureIdealOprf(insecureSeededRng('nodes')(32))]);
/** Flag over the ideal OPRF: the runs of these tests are about nodes. */
export const testQuestion: QuestionKind = flagQuestion({
  definition: ideal,
  parameters: flagParameters,
  oprf: 'ideal',
});

export const SIGNERS: ReadonlyMap<PartyId, Signer> = new Map(
  BANKS.map((bank) => [partyId(bank), insecureTestSigner(insecureSeededRng('signer', bank))]),
);
export const PUBLIC_KEYS: ReadonlyMap<PartyId, Uint8Array> = new Map(
  [...SIGNERS].map(([bank, { publicKey }]) => [bank, publicKey]),
);

/** Account number `index` of the world that all banks share; bank k owns the indices that leave the rest k. */
export const account = (index: number): string => `acct-${index}`;

/** Whether `bank` holds evidence against an account: spread so that 0 to 3 of the others do. */
export function isListed(bank: number, index: number): boolean {
  return (index * 7 + bank * 5) % 11 < 5;
}

export interface ConsortiumOptions {
  /** Changes one bank's configuration before it is written. */
  readonly configure?: (config: RawConfig, bank: string) => void;
  readonly intercept?: Interceptor;
  readonly clock?: Clock;
  readonly wallClock?: WallClock;
  readonly storeOf?: (bank: string) => Promise<Store> | Store;
  readonly ledgerOf?: (bank: string) => Promise<LedgerStore> | LedgerStore;
  readonly networkOf?: (network: PeerNetwork, bank: string) => PeerNetwork;
  readonly nodeOptions?: (bank: string) => Partial<NodeOptions>;
  readonly banks?: readonly string[];
  /** Further files of one bank's folder, by name. */
  readonly files?: (bank: string) => Readonly<Record<string, string>>;
}

/** The file's content; loose, so that tests can break it. */
export interface RawConfig {
  [key: string]: unknown;
  peers: { name: string; url: string; card: string; expires?: string; revoked?: boolean }[];
  datasets: Record<string, unknown>;
  questions: Record<string, unknown>[];
  allow: { id?: string; question: string; askers: string[]; maxItems: number; perDay: number }[];
  limits: Record<string, unknown>;
}

export interface Consortium {
  readonly folder: string;
  readonly nodes: ReadonlyMap<string, RunningNode>;
  readonly peers: MemoryPeers;
  /** All log lines of all nodes. */
  readonly logs: string[];
  node(bank: string): RunningNode;
  /** Starts a bank (again). */
  start(bank: string): Promise<RunningNode>;
  close(): Promise<void>;
}

export function rawConfig(bank: string, banks: readonly string[] = BANKS): RawConfig {
  const others = banks.filter((name) => name !== bank);
  return {
    name: bank,
    listen: { host: '127.0.0.1', port: 7401 },
    peers: others.map((name) => ({ name, url: `ws://127.0.0.1:7401/${name}`, card: `card-of-${name}-0123456789` })),
    datasets: plainDatasets(),
    questions: [
      {
        name: QUESTION,
        protocol: 'flag',
        agreement: 'configured',
        contributors: [...banks],
        quorum: 2,
        score: { threshold: 150, max: 255 },
        buckets: { smallest: 64, asker: 256, evidence: 256 },
        purpose: 'screening of own accounts',
      },
    ],
    allow: [{ question: QUESTION, askers: others, maxItems: 256, perDay: 1000 }],
    limits: { concurrentRuns: 64, concurrentAsks: 8 },
    log: { level: 'debug' },
    language: 'zh',
  };
}

/** What the asker should be told: the trusted party's answer on the same rows. */
export function expectedAnswer(bank: string): boolean[] {
  const asker = BANKS.findIndex((name) => name === bank);
  const accounts = ownIndices(asker).map((index) => `id:${account(index)}`);
  const evidence = BANKS.flatMap((_, k) => (k === asker ? [] : [new Map(evidenceOf(k))]));
  return idealFlag({ quorum: 2, score: { threshold: 150, max: 255 } }, accounts, evidence);
}

function ownIndices(bank: number): readonly number[] {
  return Array.from({ length: ACCOUNTS_PER_BANK }, (_, k) => k * BANKS.length + bank);
}

function evidenceOf(bank: number): readonly (readonly [string, number])[] {
  const all = Array.from({ length: ACCOUNTS_PER_BANK * BANKS.length }, (_, index) => index);
  return all
    .filter((index) => isListed(bank, index))
    .map((index) => [`id:${account(index)}`, (index * 37 + bank * 11) % 200] as const);
}

export async function startConsortium(options: ConsortiumOptions = {}): Promise<Consortium> {
  const folder = mkdtempSync(join(tmpdir(), 'consortium-'));
  const peers = createMemoryPeers({
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.intercept === undefined ? {} : { intercept: options.intercept }),
  });
  const logs: string[] = [];
  const nodes = new Map<string, RunningNode>();
  // As a bank's folder, they stay when it is started again.
  const lists = new Map(BANKS.map((bank) => [bank as string, createMemoryLists()]));
  const wallClock = options.wallClock ?? { now: () => Date.UTC(2027, 0, 15, 12) };

  const start = async (bank: string): Promise<RunningNode> => {
    const config = await readConfig(join(folder, bank, 'node.json'));
    const self = partyId(bank);
    const signer = SIGNERS.get(self);
    if (signer === undefined) throw new Error('no such bank');
    const network = peers.join(self);
    const node = await createNode({
      config,
      signer,
      wallClock,
      questions: [testQuestion],
      peerKeys: new Map([...PUBLIC_KEYS].filter(([name]) => name !== self)),
      network: options.networkOf?.(network, bank) ?? network,
      store: (await options.storeOf?.(bank)) ?? createMemoryStore(),
      lists: lists.get(bank) ?? createMemoryLists(),
      ledger: (await options.ledgerOf?.(bank)) ?? createMemoryLedger(),
      log: jsonLog({ level: config.log.level, wallClock, line: (text) => void logs.push(text) }),
      verify: insecureTestVerifier,
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...options.nodeOptions?.(bank),
    });
    nodes.set(bank, node);
    return node;
  };

  for (const [k, bank] of BANKS.entries()) {
    writeBank(join(folder, bank), k, options.configure);
    const files = Object.entries(options.files?.(bank) ?? {});
    for (const [name, content] of files) writeFileSync(join(folder, bank, name), content);
  }
  for (const bank of options.banks ?? BANKS) await start(bank);
  return {
    folder,
    nodes,
    peers,
    logs,
    start,
    node(bank) {
      const node = nodes.get(bank);
      if (node === undefined) throw new Error(`${bank} was not started`);
      return node;
    },
    async close() {
      await Promise.all([...nodes.values()].map((node) => node.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts consortia for the tests of one file, each of which is closed after its test. */
export function consortiumPerTest(): (options?: ConsortiumOptions) => Promise<Consortium> {
  const started: Consortium[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((consortium) => consortium.close()));
  });
  return async (options) => {
    const consortium = await startConsortium(options);
    started.push(consortium);
    return consortium;
  };
}

function writeBank(folder: string, k: number, configure: ConsortiumOptions['configure']): void {
  mkdirSync(folder);
  const config = rawConfig(BANKS[k]);
  configure?.(config, BANKS[k]);
  writeFileSync(join(folder, 'node.json'), JSON.stringify(config, undefined, 2));
  const rows = ownIndices(k).map(account);
  writeFileSync(join(folder, 'accounts.csv'), `account,holder\n${rows.map((row) => `${row},someone`).join('\n')}\n`);
  const evidence = evidenceOf(k).map(([id, score]) => `${id.slice(3)},${score}`);
  writeFileSync(join(folder, 'evidence.csv'), `account,score\n${evidence.join('\n')}\n`);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Turns of the event loop until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Waits until no node has a run. */
export const quiet = (all: Consortium): Promise<void> =>
  until(() => [...all.nodes.values()].every((node) => node.status().runs.length === 0));

/** The error that a call rejects with; a failure of the test when it does not, or with another kind. */
export async function failure(promise: Promise<unknown>): Promise<MpcError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MpcError)) throw new Error(`expected an MpcError, got ${String(error)}`);
  return error;
}
