/** Requests to a running node, in the name of an operator where one is named. */
import { join } from 'node:path';
import { PARTY_NAME } from '../../kit/party.ts';
import { readIdentityFile } from '../../net/identity-file.ts';
import { type AdminClient, adminClient } from '../../node/admin/admin-client.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { readJsonFile } from '../node/config-file.ts';
import { passphrase } from '../node/passphrase.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

const VARIABLE = 'BLINDFLAG_OPERATOR';

/** Where an operator's key is: a file like an institution's identity, under a passphrase of the operator's own. */
export function operatorFile(folder: string, name: string): string {
  return join(folder, 'operators', `${name}.json`);
}

/** `--as` where it is given, else what the environment says. */
export function chooseOperator(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const at = args.findLastIndex((arg) => arg === '--as' || arg.startsWith('--as='));
  if (at >= 0) return args[at] === '--as' ? args[at + 1] : args[at].slice('--as='.length);
  const named = env[VARIABLE];
  return named === '' ? undefined : named;
}

/** @throws ArgumentError, or what reading the operator's key throws */
export async function operatorClient(folder: string, surroundings: Surroundings, texts: Texts): Promise<AdminClient> {
  const { operator } = surroundings;
  if (operator === undefined) return adminClient(folder);
  if (!PARTY_NAME.test(operator)) throw new ArgumentError(texts.faults.contract.badName('--as'));
  const secret = await passphrase(surroundings, texts, { isNew: false, operator });
  const { signer } = await readIdentityFile(operatorFile(folder, operator), secret);
  const found = await readJsonFile(join(folder, CONFIG_FILE), texts.faults);
  const institution = found?.['name'];
  if (typeof institution !== 'string')
    throw new ArgumentError(texts.faults.node.unreadableConfig(join(folder, CONFIG_FILE)));
  return adminClient(folder, { institution, name: operator, signer });
}
