/** A node's folder whose evidence is a register of flags: configuration and identity, and no flags yet. */
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemRng } from '../../src/kit/clock.ts';
import { partyId } from '../../src/kit/party.ts';
import { createIdentity } from '../../src/net/identity.ts';
import { writeIdentityFile } from '../../src/net/identity-file.ts';
import { platformPrimitives } from '../../src/net/platform-primitives.ts';

/** A passphrase's guess may be cheap here. */
const SCRYPT_LOG2 = 4;

export async function initialisedFolder(root: string, passphrase: string): Promise<string> {
  const folder = mkdtempSync(join(root, 'node-'));
  const identity = createIdentity(partyId('bank-a'), systemRng, platformPrimitives.keyAgreement);
  const file = join(folder, 'identity.json');
  await writeIdentityFile(file, identity, { passphrase, rng: systemRng, scryptLog2: SCRYPT_LOG2 });
  const config = {
    name: 'bank-a',
    identity: 'identity.json',
    listen: { host: '127.0.0.1', port: 0 },
    peers: [],
    datasets: { evidence: { type: 'register', file: 'flags.jsonl', identifier: 'plain' } },
    questions: [],
    allow: [],
    store: 'store',
  };
  writeFileSync(join(folder, 'node.json'), JSON.stringify(config));
  return folder;
}

export function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
