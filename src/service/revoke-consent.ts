/** Consent that is taken back where no node runs: the entry is in the ledger when the next one starts. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { toHex } from '../crypto/bytes.ts';
import { contractHash } from '../governance/contract.ts';
import { decodeContractFile } from '../governance/contract-codec.ts';
import { Ledger } from '../governance/ledger.ts';
import { readEntry } from '../governance/ledger-entry.ts';
import { systemRng, type WallClock } from '../kit/clock.ts';
import { platformVerify } from '../net/platform-signature.ts';
import { holdFolder } from '../node/admin/held-folder.ts';
import { contractToRevoke, grantToRevoke, type RevokedConsent } from '../node/agreements/consent.ts';
import { contractFolder } from '../node/agreements/contract-folder.ts';
import { readConfig } from '../node/config/config.ts';
import type { NodeConfig } from '../node/config/node-config.ts';
import { LEDGER_FILE, openLedgerFile, readLedgerFile } from '../node/ledger/ledger-file.ts';
import { CONFIG_FILE, openIdentity } from './start-node.ts';

/** A question whose contract, or an entry under allow whose grant, is revoked. */
export type ConsentToRevoke = { readonly question: string } | { readonly grant: string };

export interface RevokeOptions {
  /** Of the institution's identity. */
  readonly passphrase: string;
  readonly wallClock: WallClock;
}

/**
 * Durable when it resolves; no run ended by it. The folder is held meanwhile, so that no node starts with the ledger as it was before.
 * @throws UsageError where there is nothing to revoke, a node runs, or the ledger is damaged
 */
export async function revokeWithoutNode(
  folder: string,
  what: ConsentToRevoke,
  { passphrase, wallClock }: RevokeOptions,
): Promise<RevokedConsent> {
  const home = resolve(folder);
  const config = await readConfig(join(home, CONFIG_FILE));
  const { signer } = await openIdentity(config, passphrase);
  const held = await holdFolder(home);
  try {
    const store = await openLedgerFile(join(config.store, LEDGER_FILE));
    const options = { party: config.name, signer, store, wallClock, rng: systemRng, verify: platformVerify };
    const ledger = await Ledger.open(options).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    try {
      if ('question' in what) {
        const contract = await contractOf(what.question, home);
        return { runs: 0, head: await ledger.append('contract-revoked', { ...what, contract }) };
      }
      const { question } = grantToRevoke(what.grant, config);
      return { runs: 0, head: await ledger.append('grant-revoked', { ...what, question }) };
    } finally {
      await ledger.close();
    }
  } finally {
    await held.close();
  }
}

async function contractOf(question: string, folder: string): Promise<string> {
  const text = contractToRevoke(await contractFolder(folder).read(question));
  return toHex(contractHash(decodeContractFile(text).contract));
}

/**
 * Contracts that the ledger says were revoked here, by their hashes. Signatures and chain are not checked: the node does
 * that when it starts, and `ledger verify`. None where there is no ledger yet.
 */
export async function revokedContracts({ store }: Pick<NodeConfig, 'store'>): Promise<ReadonlySet<string>> {
  const revoked = new Set<string>();
  const path = join(store, LEDGER_FILE);
  if (!existsSync(path)) return revoked;
  for await (const line of readLedgerFile(path)) {
    const entry = line.includes('"contract-revoked"') ? readEntry(line)?.entry : undefined;
    if (entry?.kind === 'contract-revoked') revoked.add(entry.body.contract);
  }
  return revoked;
}
