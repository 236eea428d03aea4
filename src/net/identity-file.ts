/**
 * An identity in a file: public card in clear, secrets sealed under a passphrase with scrypt (RFC 7914) and
 * ChaCha20-Poly1305 (RFC 8439); everything in clear is bound as associated data. Mode 0600, written and demanded.
 *
 * Protects the secrets of a stolen file as well as the passphrase can be guessed at one guess per scrypt. Does not
 * protect against who reads this process's memory, or who may read the file and hears the passphrase.
 */
import { createHash, randomUUID, scrypt } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { toHex, utf8 } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import { UsageError } from '../errors.ts';
import { hexBytes, formatCard, Identity, parseCard, type PublicCard, SECRETS_BYTES } from './identity.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { platformSigner } from './platform-signature.ts';
import { KEY_BYTES, TAG_BYTES } from './primitives.ts';

const FORMAT = 'blindflag-identity/1';
const OWNER_ONLY = 0o600;
const SALT_BYTES = 32;
const MAX_FILE_BYTES = 4_096;
const BLOCK_SIZE = 8;

/**
 * log2 of scrypt's N with r = 8, p = 1: 128 MiB and about 0.44 s a guess (one AMD EPYC core, November 2026), the first of
 * the equivalent settings in OWASP's Password Storage Cheat Sheet.
 */
export const DEFAULT_SCRYPT_LOG2 = 17;
/** What a file may ask this machine for: 8 KiB up to 1 GiB of memory. */
const SCRYPT_LOG2_RANGE = { least: 3, most: 20 } as const;

export interface IdentityFileOptions {
  readonly passphrase: string;
  readonly rng: Rng;
  /** Default: `DEFAULT_SCRYPT_LOG2`. */
  readonly scryptLog2?: number;
}

interface FileContent {
  readonly format: string;
  readonly card: string;
  readonly scryptLog2: number;
  /** Hex. */
  readonly salt: string;
  /** Hex, ciphertext and tag. */
  readonly sealed: string;
}

/**
 * Writes a new file; one that is there stays as it is.
 * @throws UsageError `bad-input` when the passphrase is empty, `unreadable-source` when the file exists or cannot be written
 */
export async function writeIdentityFile(path: string, identity: Identity, options: IdentityFileOptions): Promise<void> {
  const { passphrase, rng, scryptLog2 = DEFAULT_SCRYPT_LOG2 } = options;
  if (passphrase === '') throw fileError(path, 'the passphrase is empty', 'choose one that nobody can guess');
  const head = { format: FORMAT, card: formatCard(identity.card), scryptLog2, salt: toHex(rng(SALT_BYTES)) };
  const secrets = identity.exportSecrets();
  const key = await deriveKey(passphrase, head);
  const sealed = toHex(cipherUnder(key).seal(NONCE, associated(head), secrets));
  secrets.fill(0);
  key.fill(0);
  await writeNew(path, `${JSON.stringify({ ...head, sealed }, undefined, 2)}\n`);
}

/** @throws UsageError that tells a wrong passphrase, wrong permissions, a damaged and a missing file apart */
export async function readIdentityFile(path: string, passphrase: string): Promise<Identity> {
  const { content, card } = await readContent(path);
  const key = await deriveKey(passphrase, content);
  const sealed = hexBytes(content.sealed, SECRETS_BYTES + TAG_BYTES);
  const secrets = sealed && cipherUnder(key).open(NONCE, associated(content), sealed);
  key.fill(0);
  if (secrets === undefined) {
    throw fileError(
      path,
      'the passphrase is wrong, or the file was changed',
      'try again; else restore it from a backup',
    );
  }
  const identity = new Identity(card.name, secrets, platformPrimitives.keyAgreement, platformSigner);
  secrets.fill(0);
  // The card was bound when the secrets were sealed; this catches only a defect of whoever sealed them.
  if (formatCard(identity.card) !== content.card) throw damaged(path);
  return identity;
}

/** The public card of a file, without its passphrase. */
export async function readCard(path: string): Promise<PublicCard> {
  return (await readContent(path)).card;
}

async function readContent(path: string): Promise<{ readonly content: FileContent; readonly card: PublicCard }> {
  const content = parseContent(await readOwned(path));
  if (content === undefined) throw damaged(path);
  try {
    return { content, card: parseCard(content.card) };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

/** The text of a file that is this user's alone. What is checked is what is read, whatever the path names meanwhile. */
async function readOwned(path: string): Promise<string> {
  // Not blocking: opening a pipe would wait for whoever writes into it.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    throw fileError(path, 'it cannot be read', 'check the path and who owns it, or create an identity first', cause);
  });
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > MAX_FILE_BYTES) throw damaged(path);
    // Windows has neither; there the folder's access list has to do it.
    const self = process.getuid?.();
    if (self !== undefined && found.uid !== self) {
      throw fileError(path, 'another user owns it', 'make it yours (chown), or run as the user who owns it');
    }
    if (self !== undefined && (found.mode & 0o077) !== 0) {
      throw fileError(path, 'other users of this machine may read or change it', `run: chmod 600 ${path}`);
    }
    return await file.readFile('utf8').catch((cause: unknown) => {
      throw fileError(path, 'it cannot be read', 'check the disk', cause);
    });
  } finally {
    await file.close();
  }
}

function parseContent(text: string): FileContent | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { format, card, scryptLog2, salt, sealed } = parsed as Record<string, unknown>;
  if (format !== FORMAT || typeof card !== 'string' || typeof salt !== 'string' || typeof sealed !== 'string') {
    return undefined;
  }
  const { least, most } = SCRYPT_LOG2_RANGE;
  const inRange =
    typeof scryptLog2 === 'number' && Number.isInteger(scryptLog2) && scryptLog2 >= least && scryptLog2 <= most;
  if (!inRange || hexBytes(salt, SALT_BYTES) === undefined) return undefined;
  if (hexBytes(sealed, SECRETS_BYTES + TAG_BYTES) === undefined) return undefined;
  return { format, card, scryptLog2, salt, sealed };
}

/** The key serves one message: its salt is fresh in every file. */
const NONCE = new Uint8Array(12);

function cipherUnder(key: Uint8Array): ReturnType<typeof platformPrimitives.aeads.ChaChaPoly.under> {
  return platformPrimitives.aeads.ChaChaPoly.under(key);
}

function associated(head: Omit<FileContent, 'sealed'>): Uint8Array {
  const text = JSON.stringify([head.format, head.card, head.scryptLog2, head.salt]);
  return createHash('sha256').update(text).digest();
}

function deriveKey(passphrase: string, head: Pick<FileContent, 'scryptLog2' | 'salt'>): Promise<Uint8Array> {
  const cost = 2 ** head.scryptLog2;
  // Unicode has several forms of one text; keyboards of two machines may give different ones.
  const secret = utf8(passphrase.normalize('NFC'));
  const salt = hexBytes(head.salt, SALT_BYTES) ?? new Uint8Array(0);
  const options = { cost, blockSize: BLOCK_SIZE, parallelization: 1, maxmem: 256 * cost * BLOCK_SIZE };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(error);
    });
  });
}

/** Whole or not at all, also when the machine stops meanwhile, and never readable for others in between. */
async function writeNew(path: string, text: string): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const file = await open(partial, 'wx', OWNER_ONLY);
    try {
      await file.chmod(OWNER_ONLY);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename, a link does not replace what is there.
    await link(partial, path);
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw fileError(
      path,
      exists ? 'something is there already' : 'it cannot be written',
      exists ? 'choose another path; a key that is lost cannot be made again' : 'check the folder and its permissions',
      cause,
    );
  } finally {
    await rm(partial, { force: true });
  }
}

function damaged(path: string, cause?: unknown): UsageError {
  return fileError(path, 'it is damaged or no identity file', 'restore it from a backup', cause);
}

function fileError(path: string, state: string, remedy: string, cause?: unknown): UsageError {
  return new UsageError(`Cannot use identity file ${path}: ${state}`, {
    code: cause === undefined ? 'bad-input' : 'unreadable-source',
    phase: 'identity',
    remedy,
    cause,
  });
}
