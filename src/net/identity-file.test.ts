import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../crypto/bytes.ts';
import { verifyEd25519 } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import { systemRng } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { createIdentity, formatCard, Identity, parseCard } from './identity.ts';
import { DEFAULT_SCRYPT_LOG2, readCard, readIdentityFile, writeIdentityFile } from './identity-file.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { portablePrimitives } from './portable-primitives.ts';

const folder = mkdtempSync(join(tmpdir(), 'blindflag-identity-'));
afterAll(() => rmSync(folder, { recursive: true }));
const identity = createIdentity(partyId('bank-a'), insecureSeededRng('identity'), platformPrimitives.keyAgreement);
const PASSPHRASE = 'zwölf Boxkämpfer';
let files = 0;

async function written(options: { readonly scryptLog2?: number; readonly passphrase?: string } = {}): Promise<string> {
  const path = join(folder, `${files++}.json`);
  await writeIdentityFile(path, identity, { passphrase: PASSPHRASE, rng: systemRng, scryptLog2: 4, ...options });
  return path;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'accepted',
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw error;
  expect(error.remedy).toBeDefined();
  return error.message;
}

describe('readIdentityFile', () => {
  it('gives back what was written, and its signatures and key agreement work', async () => {
    const read = await readIdentityFile(await written(), PASSPHRASE);
    expect(read.card).toEqual(identity.card);
    const message = utf8('message');
    expect(verifyEd25519(read.signer.sign(message), message, identity.card.signingKey)).toBe(true);
    const other = platformPrimitives.keyAgreement(systemRng(32));
    expect(read.transport.agree(other.publicKey)).toEqual(other.agree(identity.card.transportKey));
  });

  it('works at the default cost', async () => {
    const read = await readIdentityFile(await written({ scryptLog2: DEFAULT_SCRYPT_LOG2 }), PASSPHRASE);
    expect(read.card).toEqual(identity.card);
  });

  it('takes the passphrase in either Unicode form', async () => {
    const path = await written();
    expect((await readIdentityFile(path, PASSPHRASE.normalize('NFD'))).card).toEqual(identity.card);
  });

  it('says that the passphrase is wrong', async () => {
    expect(await refusal(readIdentityFile(await written(), 'another'))).toContain('passphrase is wrong');
  });

  it.each([0o640, 0o604, 0o620, 0o644, 0o666])('refuses mode %o and says how to change it', async (mode) => {
    const path = await written();
    chmodSync(path, mode);
    expect(await refusal(readIdentityFile(path, PASSPHRASE))).toContain('other users');
    expect(await refusal(readCard(path))).toContain('other users');
    chmodSync(path, 0o400);
    expect((await readCard(path)).name).toBe('bank-a');
  });

  it('refuses a file of which any part was changed', async () => {
    const path = await written();
    const text = readFileSync(path, 'utf8');
    const content = JSON.parse(text) as Record<string, unknown>;
    const otherCard = formatCard(createIdentity(partyId('bank-a'), systemRng, platformPrimitives.keyAgreement).card);
    const flip = (hex: unknown): string => `${String(hex).startsWith('0') ? '1' : '0'}${String(hex).slice(1)}`;
    const changes: readonly Record<string, unknown>[] = [
      { card: otherCard },
      { card: 'nonsense' },
      { scryptLog2: 5 },
      { scryptLog2: 30 },
      { scryptLog2: '4' },
      { salt: flip(content['salt']) },
      { salt: '00' },
      { sealed: flip(content['sealed']) },
      { sealed: '' },
      { format: 'blindflag-identity/2' },
    ];
    for (const change of changes) {
      writeFileSync(path, JSON.stringify({ ...content, ...change }));
      expect(await refusal(readIdentityFile(path, PASSPHRASE))).toMatch(/damaged|was changed/);
    }
    for (const other of ['', 'null', '[]', '{', text.slice(0, -10), 'x'.repeat(5_000)]) {
      writeFileSync(path, other);
      expect(await refusal(readIdentityFile(path, PASSPHRASE))).toContain('damaged');
    }
    writeFileSync(path, text);
    expect((await readIdentityFile(path, PASSPHRASE)).card).toEqual(identity.card);
  });

  it.runIf(process.getuid?.() === 0)('refuses a file that another user owns, who could change it', async () => {
    const path = await written();
    chownSync(path, 12_345, 12_345);
    expect(await refusal(readIdentityFile(path, PASSPHRASE))).toContain('another user owns it');
    chownSync(path, 0, 0);
    expect((await readCard(path)).name).toBe('bank-a');
  });

  it.runIf(process.platform !== 'win32')('refuses a folder and a pipe, without waiting for a writer', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    expect(await refusal(readIdentityFile(pipe, PASSPHRASE))).toContain('damaged');
    expect(await refusal(readIdentityFile(folder, PASSPHRASE))).toContain('damaged');
  });

  it('says that there is no file', async () => {
    expect(await refusal(readIdentityFile(join(folder, 'absent'), PASSPHRASE))).toContain('cannot be read');
  });
});

describe('writeIdentityFile', () => {
  it('writes for the owner alone and holds no secret in clear', async () => {
    const path = await written();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const secrets = identity.exportSecrets();
    const text = readFileSync(path, 'utf8');
    for (const secret of [secrets.subarray(0, 32), secrets.subarray(32)]) {
      expect(text).not.toContain(toHex(secret));
      expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 40));
    }
    expect(text).toContain(toHex(identity.card.signingKey));
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('does not replace a file', async () => {
    const path = await written();
    const before = readFileSync(path, 'utf8');
    const again = writeIdentityFile(path, identity, { passphrase: 'other', rng: systemRng, scryptLog2: 4 });
    expect(await refusal(again)).toContain('already');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('refuses an empty passphrase and a folder that is not there', async () => {
    expect(await refusal(written({ passphrase: '' }))).toContain('empty');
    const nowhere = join(folder, 'no', 'folder.json');
    const attempt = writeIdentityFile(nowhere, identity, { passphrase: 'x', rng: systemRng, scryptLog2: 4 });
    expect(await refusal(attempt)).toContain('cannot be written');
  });
});

describe('Identity', () => {
  it('shows its card and no secret when it is printed', () => {
    const secrets = identity.exportSecrets();
    const shown = [
      JSON.stringify(identity),
      inspect(identity, { depth: 9, showHidden: true }),
      `${identity.card.name}`,
    ].join();
    for (const secret of [secrets.subarray(0, 32), secrets.subarray(32)]) {
      expect(shown).not.toContain(toHex(secret));
      expect(shown).not.toContain(Array.from(secret.subarray(0, 8)).join(', '));
    }
    expect(JSON.stringify(identity)).toContain(formatCard(identity.card));
  });

  it('is the same on both kinds of primitives', () => {
    const twin = new Identity(partyId('bank-a'), identity.exportSecrets(), portablePrimitives.keyAgreement);
    expect(twin.card).toEqual(identity.card);
  });
});

describe('parseCard', () => {
  const line = formatCard(identity.card);

  it('reads what formatCard wrote, with space around it', () => {
    expect(line).toMatch(/^[\x21-\x7e]+$/);
    expect(parseCard(`  ${line}\n`)).toEqual(identity.card);
  });

  it('refuses a line in which any one character is another', () => {
    for (let at = 0; at < line.length; at++) {
      const other = line[at] === '0' ? '1' : '0';
      expect(() => parseCard(line.slice(0, at) + other + line.slice(at + 1))).toThrow(UsageError);
    }
  });

  it('refuses a line that is cut, longer or empty', () => {
    for (let length = 0; length < line.length; length++)
      expect(() => parseCard(line.slice(0, length))).toThrow(UsageError);
    for (const more of ['0', ':', ':x']) expect(() => parseCard(line + more)).toThrow(UsageError);
  });
});
