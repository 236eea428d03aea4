/** `blindflag operator add`: a key of a person's own, and the person's role at this node. */
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
import { readJsonFile, writeJsonFile } from '../node/config-file.ts';
import type { OperatorAddOptions } from './contract-arguments.ts';
import { EXIT } from '../errors/exit-code.ts';
import { operatorFile } from './operator-client.ts';
import { passphrase } from '../node/passphrase.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

export async function runOperatorAdd(
  { folder, name, role }: OperatorAddOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const config = join(folder, CONFIG_FILE);
  const found = await readJsonFile(config, texts.faults);
  if (found === undefined) throw new ArgumentError(texts.faults.node.unreadableConfig(config));
  const listed: readonly unknown[] = Array.isArray(found['operators']) ? found['operators'] : [];
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
  const path = relative(process.cwd(), file) || '.';
  surroundings.stdout.write(`${texts.contract.operatorAdded({ name, role, path })}\n`);
  if (listed.length === 0) surroundings.stderr.write(`${texts.contract.firstOperator()}\n`);
  return EXIT.ok;
}
