/** The passphrase of an identity: from the environment, else from the person at the terminal, unseen. */
import { ArgumentError } from '../errors/argument-error.ts';
import type { Surroundings } from '../surroundings.ts';
import type { FaultTexts, Texts } from '../texts.ts';

const VARIABLE = 'BLINDFLAG_PASSPHRASE';
const OPERATOR_VARIABLE = 'BLINDFLAG_OPERATOR_PASSPHRASE';
/** A stolen file can be guessed at offline, one scrypt a guess: what is shorter falls to a list of words. */
const MIN_CHARACTERS = 12;

export interface PassphraseOptions {
  /** Long enough, and typed twice where a person types it. */
  readonly isNew: boolean;
  /** Whose it is, where not the institution's identity's. */
  readonly operator?: string;
}

/** @throws ArgumentError when there is none */
export async function passphrase(
  { env, readSecret, signal }: Surroundings,
  { node, faults }: Texts,
  { isNew, operator }: PassphraseOptions,
): Promise<string> {
  const variable = operator === undefined ? VARIABLE : OPERATOR_VARIABLE;
  const given = env[variable];
  if (given !== undefined && given !== '') return isNew ? longEnough(given, faults) : given;
  if (readSecret === undefined) throw new ArgumentError(faults.node.noPassphrase(variable));
  const ask = operator === undefined ? node.askPassphrase : node.askOperatorPassphrase(operator);
  const typed = await readSecret(isNew ? node.newPassphrase : ask);
  signal.throwIfAborted();
  if (!isNew) return typed;
  longEnough(typed, faults);
  if ((await readSecret(node.repeatPassphrase)) !== typed) throw new ArgumentError(faults.node.passphrasesDiffer());
  return typed;
}

function longEnough(secret: string, faults: FaultTexts): string {
  if ([...secret.normalize('NFC')].length < MIN_CHARACTERS) {
    throw new ArgumentError(faults.node.shortPassphrase(MIN_CHARACTERS));
  }
  return secret;
}
