/** `blindflag peer add`: peers by their cards into a node's configuration. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { toHex } from '../../crypto/bytes.ts';
import { formatCard, parseCard, type PublicCard } from '../../net/identity.ts';
import { ConfigError, parseConfig } from '../../node/config/config.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from './config-file.ts';
import { EXIT } from '../errors/exit-code.ts';
import { type PeerAddOptions, webSocketUrl } from './node-arguments.ts';
import type { Surroundings } from '../surroundings.ts';
import type { FaultTexts, Texts } from '../texts.ts';

/** The longest line of a card and an address; a file that is larger is something else. */
const MAX_CARD_TEXT = 4096;

interface NewPeer {
  readonly card: PublicCard;
  readonly url: string;
}

export async function runPeerAdd(options: PeerAddOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  const { faults, node } = texts;
  const file = join(options.folder, CONFIG_FILE);
  const config = await readJsonFile(file, faults);
  const entries = config?.['peers'] ?? [];
  if (config === undefined || !Array.isArray(entries)) throw new ArgumentError(faults.node.unreadableConfig(file));

  const added = await newPeers(options, faults);
  const own = await ownCard(options.folder);
  let peers: readonly JsonObject[] = entries as readonly JsonObject[];
  const notes: string[] = [];
  for (const { card, url } of added) {
    const source = card.name;
    if (card.name === config['name'] || (own !== undefined && formatCard(card) === own)) {
      throw new ArgumentError(faults.node.ownCard(source));
    }
    const known = peers.find((peer) => peer['name'] === card.name);
    if (known !== undefined && !sameKeys(known['card'], card))
      throw new ArgumentError(faults.node.otherCard(card.name));
    if (known === undefined && peers.some((peer) => sameKeys(peer['card'], card))) {
      throw new ArgumentError(faults.node.keyTaken(card.name));
    }
    if (known === undefined) peers = [...peers, { name: card.name, url, card: formatCard(card) }];
    else peers = peers.map((peer) => (peer === known ? { ...peer, url } : peer));
    notes.push(known === undefined ? node.peerAdded(card.name, url) : node.peerUpdated(card.name, url));
  }
  const changed = { ...config, peers };
  await writeJsonFile(file, changed, faults);
  for (const note of [...notes, node.comparePeers(), ...whatIsLeft(changed, file, options, texts)]) {
    surroundings.stderr.write(`${note}\n`);
  }
  return EXIT.ok;
}

async function newPeers({ cardFiles, card, url }: PeerAddOptions, faults: FaultTexts): Promise<readonly NewPeer[]> {
  const peers = card === undefined ? [] : [parsePeer(card, { source: '--card', url, faults })];
  for (const file of cardFiles) {
    const text = await readFile(file, 'utf8').catch(() => {
      throw new ArgumentError(faults.node.unreadableCard(file));
    });
    peers.push(parsePeer(text, { source: file, url: undefined, faults }));
  }
  return peers;
}

/** A card and an address, as `init` prints them on one line. */
function parsePeer(
  text: string,
  { source, url, faults }: { readonly source: string; readonly url: string | undefined; readonly faults: FaultTexts },
): NewPeer {
  const [line = '', address, ...rest] = text.length > MAX_CARD_TEXT ? [] : text.trim().split(/\s+/);
  if (rest.length > 0) throw new ArgumentError(faults.node.badCard(source));
  const dial = url ?? webSocketUrl(source, address, faults);
  let card: PublicCard;
  try {
    card = parseCard(line);
  } catch {
    throw new ArgumentError(faults.node.badCard(source));
  }
  if (dial === undefined) throw new ArgumentError(faults.node.noUrl(source));
  return { card, url: dial };
}

function sameKeys(entry: unknown, card: PublicCard): boolean {
  if (typeof entry !== 'string') return false;
  try {
    return toHex(parseCard(entry).transportKey) === toHex(card.transportKey);
  } catch {
    return false;
  }
}

/** The own public card, where the folder has an identity: nobody is their own peer, under no name. */
async function ownCard(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'identity.json'), 'utf8').catch(() => '{}');
  try {
    const { card } = JSON.parse(text) as { readonly card?: unknown };
    return typeof card === 'string' ? card : undefined;
  } catch {
    return undefined;
  }
}

/** An incomplete configuration is no failure here: other peers may still be missing. */
function whatIsLeft(config: JsonObject, file: string, { folder }: PeerAddOptions, { node }: Texts): readonly string[] {
  const shown = (path: string): string => relative(process.cwd(), path) || '.';
  try {
    parseConfig(JSON.stringify(config), file);
    return [node.nextAfterPeers(shown(folder))];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [node.configLeft(shown(file)), ...error.problems.map((problem) => `  ${node.configProblem(problem)}`)];
  }
}
