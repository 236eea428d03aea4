/** `blindflag init`: a folder from which a node can start, and the card for its peers. What is there already stays. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { systemRng } from '../../kit/clock.ts';
import { PARTY_NAME, partyId } from '../../kit/party.ts';
import { createIdentity, formatCard } from '../../net/identity.ts';
import { readCard, readIdentityFile, writeIdentityFile } from '../../net/identity-file.ts';
import { platformPrimitives } from '../../net/platform-primitives.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from './config-file.ts';
import { EXIT } from '../errors/exit-code.ts';
import { type Address, type InitOptions, isWebSocketUrl } from './node-arguments.ts';
import { passphrase } from './passphrase.ts';
import type { Surroundings } from '../surroundings.ts';
import type { FaultTexts, Texts } from '../texts.ts';

const DEFAULT_LISTEN: Address = { host: '127.0.0.1', port: 7400 };
/** Addresses that stand for all of a machine's, and for none that a peer could dial. */
const EVERYWHERE = ['0.0.0.0', '::'];
/** Hosts of addresses that reach nothing but the machine that dials, as URLs write them. */
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

export async function runInit(options: InitOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  const { folder } = options;
  const file = join(folder, CONFIG_FILE);
  const found = await readJsonFile(file, texts.faults);
  const name = nameFor(options, { file, found, faults: texts.faults });
  const listen = listenFor(options, { file, found, faults: texts.faults });

  await makeFolder(folder, texts.faults);
  const identityFile = join(folder, 'identity.json');
  const identityWritten = !existsSync(identityFile);
  const secret = await passphrase(surroundings, texts, { isNew: identityWritten });
  if (identityWritten) {
    const identity = createIdentity(partyId(name), systemRng, platformPrimitives.keyAgreement);
    await writeIdentityFile(identityFile, identity, { passphrase: secret, rng: systemRng });
  } else {
    // Who runs it again believes to know the passphrase: a wrong one must show here, not when the node is to start.
    await readIdentityFile(identityFile, secret);
  }
  if (found === undefined) await writeJsonFile(file, skeleton(name, listen), texts.faults);

  const cardFile = join(folder, `${name}.card`);
  const kept = identityWritten ? undefined : await addressOn(cardFile);
  const url = options.url ?? kept ?? dialUrl(listen);
  const card = `${formatCard(await readCard(identityFile))}${url === undefined ? '' : ` ${url}`}`;
  await writeText(cardFile, `${card}\n`, texts.faults);

  const { node } = texts;
  const shown = (path: string): string => relative(process.cwd(), path) || '.';
  const facts = {
    folder: shown(folder),
    configWritten: found === undefined,
    identityWritten,
    cardFile: shown(cardFile),
  };
  surroundings.stderr.write(`${node.initDone(facts)}\n`);
  surroundings.stdout.write(`${card}\n`);
  const notes =
    url === undefined ? [node.cardWithoutUrl()] : isLoopback(url) ? [node.cardOfLoopback(shown(folder))] : [];
  for (const line of [...notes, ...node.nextAfterInit(shown(folder))]) surroundings.stderr.write(`${line}\n`);
  return EXIT.ok;
}

interface FoundConfig {
  readonly file: string;
  readonly found: JsonObject | undefined;
  readonly faults: FaultTexts;
}

function nameFor({ name }: InitOptions, { file, found, faults }: FoundConfig): string {
  const there = found?.['name'];
  if (typeof there === 'string' && PARTY_NAME.test(there)) {
    if (name !== undefined && name !== there) throw new ArgumentError(faults.node.otherName(file));
    return there;
  }
  if (name === undefined) throw new ArgumentError(faults.node.nameMissing());
  return name;
}

function listenFor({ listen }: InitOptions, { file, found, faults }: FoundConfig): Address {
  const there = listenOf(found);
  if (listen === undefined || there === undefined) return listen ?? there ?? DEFAULT_LISTEN;
  if (listen.host === there.host && listen.port === there.port) return there;
  throw new ArgumentError(faults.node.otherListen(file));
}

function listenOf(found: JsonObject | undefined): Address | undefined {
  const listen = found?.['listen'];
  if (typeof listen !== 'object' || listen === null || !('host' in listen) || !('port' in listen)) return undefined;
  const { host, port } = listen;
  return typeof host === 'string' && typeof port === 'number' ? { host, port } : undefined;
}

function dialUrl({ host, port }: Address): string | undefined {
  if (EVERYWHERE.includes(host) || port === 0) return undefined;
  return `ws://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What peers were told stays as it is. undefined where no card was written yet, or one without an address. */
async function addressOn(cardFile: string): Promise<string | undefined> {
  const text = await readFile(cardFile, 'utf8').catch(() => '');
  const address = text.trim().split(/\s+/).at(1);
  return address !== undefined && isWebSocketUrl(address) ? address : undefined;
}

function isLoopback(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}

/** Valid as it is: a node that knows nobody and answers nothing. */
function skeleton(name: string, listen: Address): JsonObject {
  return {
    name,
    identity: 'identity.json',
    listen,
    peers: [],
    datasets: {
      accounts: { type: 'csv', file: 'accounts.csv', columns: { account: 'account' }, identifier: 'account' },
      evidence: {
        type: 'csv',
        file: 'evidence.csv',
        columns: { account: 'account', score: 'score' },
        identifier: 'account',
      },
    },
    questions: [],
    allow: [],
  };
}

async function makeFolder(folder: string, faults: FaultTexts): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch {
    throw new ArgumentError(faults.node.notWritable(folder));
  }
}

async function writeText(file: string, text: string, faults: FaultTexts): Promise<void> {
  try {
    await writeFile(file, text);
  } catch {
    throw new ArgumentError(faults.node.notWritable(file));
  }
}
