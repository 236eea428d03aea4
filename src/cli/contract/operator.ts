/** `blindflag operator add` and `remove`: who has a role at this node, each with a key of the person's own. */
import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { toHex } from '../../crypto/bytes.ts';
import { systemRng } from '../../kit/clock.ts';
import { partyId } from '../../kit/party.ts';
import { createIdentity } from '../../net/identity.ts';
import { writeIdentityFile } from '../../net/identity-file.ts';
import { platformPrimitives } from '../../net/platform-primitives.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from '../node/config-file.ts';
import type { OperatorAddOptions, OperatorRemoveOptions } from './contract-arguments.ts';
import { EXIT } from '../errors/exit-code.ts';
import { operatorFile } from './operator-client.ts';
import { passphrase } from '../node/passphrase.ts';
import type { Surroundings } from '../surroundings.ts';
import type { FaultTexts, Texts } from '../texts.ts';

export async function runOperatorAdd(
  { folder, name, role }: OperatorAddOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { config, found, listed } = await readOperators(folder, texts.faults);
  if (listed.some((entry) => nameIn(entry) === name)) {
    throw new ArgumentError(texts.faults.contract.operatorThere(name, config));
  }
  const file = operatorFile(folder, name);
  const secret = await passphrase(surroundings, texts, { isNew: true, operator: name });
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  } catch {
    throw new ArgumentError(texts.faults.node.notWritable(file));
  }
  const identity = createIdentity(partyId(name), systemRng, platformPrimitives.keyAgreement);
  await writeIdentityFile(file, identity, { passphrase: secret, rng: systemRng });
  const entry = { name, role, key: toHex(identity.card.signingKey) };
  await writeJsonFile(config, { ...found, operators: [...listed, entry] }, texts.faults);
  surroundings.stdout.write(`${texts.contract.operatorAdded({ name, role, path: shownPath(file) })}\n`);
  if (listed.length === 0) surroundings.stderr.write(`${texts.contract.firstOperator()}\n`);
  return EXIT.ok;
}

export async function runOperatorRemove(
  { folder, name }: OperatorRemoveOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { config, found, listed } = await readOperators(folder, texts.faults);
  const left = listed.filter((entry) => nameIn(entry) !== name);
  if (left.length === listed.length) {
    const names = listed.map(nameIn).filter((one) => one !== undefined);
    throw new ArgumentError(texts.faults.contract.noSuchOperator(name, names));
  }
  const { operators: _operators, ...others } = found;
  // With an empty list no node starts.
  await writeJsonFile(config, left.length === 0 ? others : { ...found, operators: left }, texts.faults);
  const path = shownPath(operatorFile(folder, name));
  surroundings.stdout.write(`${texts.contract.operatorRemoved({ name, path })}\n`);
  if (left.length === 0) surroundings.stderr.write(`${texts.contract.lastOperator()}\n`);
  return EXIT.ok;
}

interface Operators {
  /** The configuration's file. */
  readonly config: string;
  readonly found: JsonObject;
  readonly listed: readonly unknown[];
}

async function readOperators(folder: string, faults: FaultTexts): Promise<Operators> {
  const config = join(folder, CONFIG_FILE);
  const found = await readJsonFile(config, faults);
  if (found === undefined) throw new ArgumentError(faults.node.unreadableConfig(config));
  return { config, found, listed: Array.isArray(found['operators']) ? found['operators'] : [] };
}

function nameIn(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('name' in entry)) return undefined;
  return typeof entry.name === 'string' ? entry.name : undefined;
}

function shownPath(path: string): string {
  return relative(process.cwd(), path) || '.';
}
