/** Folders of institutions' nodes that know each other, with lists that a plain rule can answer: for tests and benches of real nodes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idealFlag } from '../../protocols/flag/index.ts';
import { systemRng } from '../../src/kit/clock.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { createIdentity, formatCard, type Identity } from '../../src/net/identity.ts';
import { writeIdentityFile } from '../../src/net/identity-file.ts';
import { platformPrimitives } from '../../src/net/platform-primitives.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { plainDatasets } from './plain-datasets.ts';

export interface FlagRule {
  /** Of the question in the configurations. */
  readonly name: string;
  readonly quorum: number;
  readonly score?: { readonly threshold: number; readonly max: number };
  /** Whose question it is. Default: of all banks. */
  readonly contributors?: readonly string[];
  /** Default: `configured`. */
  readonly agreement?: 'signed' | 'configured';
}

export interface NodeFoldersOptions {
  readonly banks: readonly string[];
  /** Accounts of each bank; they share one world of accounts, in which each has its own. */
  readonly accounts: number;
  /** Declared size of an asker, in runs about all its accounts. Default 1. */
  readonly askerRuns?: number;
  /** Default: one question, `flags`. */
  readonly rules?: readonly FlagRule[];
  readonly limits?: Readonly<Record<string, number>>;
  /** The port at which one bank dials another that listens on `port`. Default: that port itself. */
  readonly via?: (dialler: string, peer: string, port: number) => Promise<number>;
}

export interface NodeFolders {
  readonly passphrase: string;
  readonly identities: ReadonlyMap<PartyId, Identity>;
  readonly ports: ReadonlyMap<PartyId, number>;
  folder(bank: string): string;
  /** What the trusted party would tell the bank about its accounts, in their order. */
  expected(bank: string, rule?: FlagRule): readonly boolean[];
  remove(): void;
}

export const DEFAULT_RULE: FlagRule = { name: 'flags', quorum: 2, score: { threshold: 150, max: 255 } };

const HOST = '127.0.0.1';
const PASSPHRASE = 'passphrase-of-a-test';
/** Nobody guesses at the passphrase of a test. */
const SCRYPT_LOG2 = 4;
/** Each bank lists a third of all accounts, so that who flags an account differs from bank to bank. */
const LISTED_OF_256 = 90;
/** Below what the system hands out by itself: a node that is started again finds its port as it left it. */
const PORTS = { first: 15_000, count: 16_000 } as const;

export async function makeNodeFolders(options: NodeFoldersOptions): Promise<NodeFolders> {
  const { banks, accounts, rules = [DEFAULT_RULE], limits = {}, askerRuns = 1 } = options;
  const via = options.via ?? ((_dialler, _peer, port) => Promise.resolve(port));
  const root = mkdtempSync(join(tmpdir(), 'bf-nodes-'));
  const world = new World(banks, accounts);
  const identities = new Map(
    banks.map(partyId).map((name) => [name, createIdentity(name, systemRng, platformPrimitives.keyAgreement)]),
  );
  const free = await freePorts(banks.length);
  const ports = new Map(banks.map((bank, index) => [partyId(bank), free[index]]));
  const folder = (bank: string): string => join(root, bank);
  for (const [name, identity] of identities) {
    mkdirSync(folder(name), { mode: 0o700 });
    const file = join(folder(name), 'identity.json');
    await writeIdentityFile(file, identity, { passphrase: PASSPHRASE, rng: systemRng, scryptLog2: SCRYPT_LOG2 });
    const others = [...identities.values()].filter((other) => other !== identity);
    const peers = await Promise.all(
      others.map(async ({ card }) => {
        const port = await via(name, card.name, ports.get(card.name) ?? 0);
        return { name: card.name, url: `ws://${HOST}:${port}`, card: formatCard(card) };
      }),
    );
    const { longestList } = world;
    const terms = configOf(name, { banks, accounts, rules, limits, askerRuns, longestList });
    const config = { ...terms, peers, ...listenAt(ports.get(name)) };
    writeFileSync(join(folder(name), 'node.json'), JSON.stringify(config, undefined, 2));
    const own = world.accounts(name).map((index) => `acct-${index}`);
    writeFileSync(join(folder(name), 'accounts.csv'), `account\n${own.join('\n')}\n`);
    const evidence = [...world.evidence(name)].map(([index, score]) => `acct-${index},${score}`);
    writeFileSync(join(folder(name), 'evidence.csv'), `account,score\n${evidence.join('\n')}\n`);
  }
  return {
    passphrase: PASSPHRASE,
    identities,
    ports,
    folder,
    expected: (bank, rule = rules[0]) => world.expected(bank, rule),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const listenAt = (port: number | undefined): object => ({ listen: { host: HOST, port: port ?? 0 } });

const bucketFor = (rows: number): number => 2 ** Math.ceil(Math.log2(Math.max(64, rows)));

interface Agreement extends Required<Omit<NodeFoldersOptions, 'via'>> {
  readonly longestList: number;
}

function configOf(name: PartyId, { banks, accounts, rules, limits, askerRuns, longestList }: Agreement): object {
  const buckets = { smallest: 64, asker: askerRuns * bucketFor(accounts), evidence: bucketFor(longestList) };
  const own = rules
    .map(({ contributors = banks, agreement = 'configured', ...rule }) => ({
      ...rule,
      contributors,
      agreement,
      ...(agreement === 'signed' ? { askers: contributors } : {}),
    }))
    .filter(({ contributors }) => contributors.includes(name));
  return {
    name,
    datasets: plainDatasets(),
    questions: own.map((rule) => ({ ...rule, protocol: 'flag', buckets, purpose: 'test of nodes' })),
    allow: own.map(({ name: question, contributors }) => ({
      question,
      askers: contributors.filter((bank) => bank !== name),
      maxItems: buckets.asker,
      perDay: 100_000,
    })),
    // All nodes share one machine.
    limits: { concurrentRuns: 64, concurrentAsks: 8, stopSeconds: 1, workers: 0, ...limits },
  };
}

/** Bank k of n has the accounts whose number leaves the rest k; who lists which, and how bad it is, is drawn. */
class World {
  readonly #banks: readonly string[];
  readonly #size: number;
  readonly #lists: ReadonlyMap<string, ReadonlyMap<number, number>>;

  constructor(banks: readonly string[], accountsPerBank: number) {
    this.#banks = banks;
    this.#size = accountsPerBank * banks.length;
    this.#lists = new Map(banks.map((bank) => [bank, this.#draw(bank)]));
  }

  accounts(bank: string): readonly number[] {
    return this.#all().filter((index) => index % this.#banks.length === this.#banks.indexOf(bank));
  }

  /** Account to score. */
  evidence(bank: string): ReadonlyMap<number, number> {
    return this.#lists.get(bank) ?? new Map();
  }

  get longestList(): number {
    return Math.max(...[...this.#lists.values()].map(({ size }) => size));
  }

  expected(bank: string, rule: FlagRule): readonly boolean[] {
    const accounts = this.accounts(bank).map(String);
    const lists = (rule.contributors ?? this.#banks)
      .filter((other) => other !== bank)
      .map((other) => new Map([...this.evidence(other)].map(([index, score]) => [String(index), score])));
    const { quorum, score } = rule;
    return idealFlag({ quorum, ...(score === undefined ? {} : { score }) }, accounts, lists);
  }

  #draw(bank: string): ReadonlyMap<number, number> {
    const rng = insecureSeededRng('world', bank);
    const drawn = this.#all().map((index) => [index, ...rng(2)] as const);
    return new Map(drawn.filter(([, listed]) => listed < LISTED_OF_256).map(([index, , score]) => [index, score]));
  }

  #all(): readonly number[] {
    return Array.from({ length: this.#size }, (_, index) => index);
  }
}

/** Ports that nobody listens on, all held at once so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const [low, high] = systemRng(2);
    const port = PORTS.first + ((256 * high + low) % PORTS.count);
    const server = held.has(port) ? undefined : await heldPort(port);
    if (server !== undefined) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  return [...held.keys()];
}

function heldPort(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => resolve(server));
  });
}
