/** Node folders for the demo: identities, configurations that know each other, and the generated lists as CSV. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../crypto/bytes.ts';
import type { InstitutionData } from '../../data/consortium-data.ts';
import { systemRng } from '../../kit/clock.ts';
import { type PartyId, partyId } from '../../kit/party.ts';
import { createIdentity, formatCard } from '../../net/identity.ts';
import { writeIdentityFile } from '../../net/identity-file.ts';
import { platformPrimitives } from '../../net/platform-primitives.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import type { DemoPlan, PlannedRun } from './demo-plan.ts';
import type { Language } from '../texts.ts';

export interface DemoFolders {
  readonly folders: ReadonlyMap<PartyId, string>;
  /** Of every identity; it lives as long as the folders. */
  readonly passphrase: string;
  remove(): Promise<void>;
}

const HOST = '127.0.0.1';
/** The folders live for minutes and their passphrase is random: nothing is there to guess. */
const SCRYPT_LOG2 = 10;
const PASSPHRASE_BYTES = 16;
/** Larger than any demo asks. */
const PER_DAY = 1000;

/** Every institution's question has a name of its own: with three institutions the committee depends on who asks. */
export function questionOf(asker: PartyId): string {
  return `flag-${asker}`;
}

export async function makeDemoFolders(
  plan: DemoPlan,
  { deadlineMs, language }: { readonly deadlineMs: number; readonly language: Language },
): Promise<DemoFolders> {
  const institutions = plan.consortium.institutions.map(({ name }) => partyId(name));
  const names = [...institutions, ...plan.helpers.map(partyId)];
  const root = await mkdtemp(join(tmpdir(), 'blindflag-demo-'));
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    const passphrase = toHex(systemRng(PASSPHRASE_BYTES));
    const ports = await freePorts(names.length);
    const peers = new Map<PartyId, { readonly name: PartyId; readonly card: string; readonly url: string }>();
    for (const [index, name] of names.entries()) {
      const folder = join(root, name);
      await mkdir(folder, { mode: 0o700 });
      const identity = createIdentity(name, systemRng, platformPrimitives.keyAgreement);
      const options = { passphrase, rng: systemRng, scryptLog2: SCRYPT_LOG2 };
      await writeIdentityFile(join(folder, 'identity.json'), identity, options);
      peers.set(name, { name, card: formatCard(identity.card), url: `ws://${HOST}:${ports[index]}` });
    }
    for (const [index, name] of names.entries()) {
      const data = plan.consortium.institutions.find((institution) => institution.name === name);
      const config = {
        name,
        listen: { host: HOST, port: ports[index] },
        peers: [...peers.values()].filter((peer) => peer.name !== name),
        datasets: data === undefined ? {} : await writeLists(join(root, name), data),
        questions: plan.runs.map(questionTerms),
        allow: allowedAskers(plan, name),
        limits: {
          deadlineSeconds: Math.max(1800, Math.ceil(deadlineMs / 1000)),
          stopSeconds: 1,
          workers: workersEach(names),
        },
        language,
      };
      await writeFile(join(root, name, CONFIG_FILE), JSON.stringify(config, undefined, 2));
    }
    return { folders: new Map(names.map((name) => [name, join(root, name)])), passphrase, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** All processes share one machine. */
function workersEach(names: readonly PartyId[]): number {
  return Math.max(0, Math.floor(availableParallelism() / names.length) - 1);
}

function questionTerms({ parameters }: PlannedRun): object {
  const { asker, contributors, contributorBuckets, committee, quorum, score, askerBucket } = parameters;
  return {
    name: questionOf(asker),
    protocol: 'flag',
    agreement: 'configured',
    contributors,
    committee,
    quorum,
    ...(score === undefined ? {} : { score }),
    buckets: {
      smallest: Math.min(askerBucket, ...contributorBuckets),
      asker: askerBucket,
      evidence: Object.fromEntries(contributors.map((party, index) => [party, contributorBuckets[index]])),
    },
    duplicates: parameters.duplicates,
    ttlDays: parameters.ttlDays,
    purpose: parameters.purpose,
    acknowledged: parameters.acknowledged,
  };
}

function allowedAskers(plan: DemoPlan, name: PartyId): readonly object[] {
  return plan.runs
    .filter(({ parameters }) => parameters.asker !== name)
    .map(({ parameters: { asker, askerBucket } }) => ({
      question: questionOf(asker),
      askers: [asker],
      maxItems: askerBucket,
      perDay: PER_DAY,
    }));
}

/** The institution's lists as files, and what the configuration says of them. */
async function writeLists(folder: string, { accounts, evidence }: InstitutionData): Promise<object> {
  const identifier = accounts.every((account) => account.startsWith('id:')) ? 'plain' : 'account';
  const raw = (account: string): string => account.slice(account.indexOf(':') + 1);
  await writeFile(join(folder, 'accounts.csv'), lines('account', accounts.map(raw)));
  const rows = evidence.map(({ account, score }) => `${raw(account)},${score}`);
  await writeFile(join(folder, 'evidence.csv'), lines('account,score', rows));
  return {
    accounts: { type: 'csv', file: 'accounts.csv', columns: { account: 'account' }, identifier },
    evidence: {
      type: 'csv',
      file: 'evidence.csv',
      columns: { account: 'account', score: 'score' },
      identifier,
    },
  };
}

function lines(head: string, rows: readonly string[]): string {
  return `${[head, ...rows].join('\n')}\n`;
}

/** Ports that nobody listens on, all held at once so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Server>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, HOST, () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
