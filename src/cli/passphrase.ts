/** The passphrase of an identity: from the environment, else from the person at the terminal, unseen. */
import { ArgumentError } from './argument-error.ts';
import type { Surroundings } from './surroundings.ts';
import type { Texts } from './texts.ts';

const VARIABLE = 'BLINDFLAG_PASSPHRASE';

export interface PassphraseOptions {
  /** Asked for twice, and not empty. */
  readonly isNew: boolean;
}

/** @throws ArgumentError when there is none */
export async function passphrase(
  { env, readSecret, signal }: Surroundings,
  { node, faults }: Texts,
  { isNew }: PassphraseOptions,
): Promise<string> {
  const given = env[VARIABLE];
  if (given !== undefined && given !== '') return given;
  if (readSecret === undefined) throw new ArgumentError(faults.node.noPassphrase(VARIABLE));
  const typed = await readSecret(isNew ? node.newPassphrase : node.askPassphrase);
  signal.throwIfAborted();
  if (!isNew) return typed;
  if (typed === '') throw new ArgumentError(faults.node.emptyPassphrase());
  if ((await readSecret(node.repeatPassphrase)) !== typed) throw new ArgumentError(faults.node.passphrasesDiffer());
  return typed;
}
