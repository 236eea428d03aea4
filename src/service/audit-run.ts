/** The audit of a run by the folder of its node: record, ledger and public keys, and no passphrase. */
import { join, resolve } from 'node:path';
import { readCard } from '../net/identity-file.ts';
import { platformVerify } from '../net/platform-signature.ts';
import { type AuditedRun, auditRecordedRun } from '../node/ledger/audit-run.ts';
import { AUDIT_FOLDER, openRunRecord } from '../node/ledger/audit-store.ts';
import { readConfig } from '../node/config/config.ts';
import { listDisk } from '../node/lists/list-disk.ts';
import { LEDGER_FILE, readLedgerFile } from '../node/ledger/ledger-file.ts';
import { pinnedPeer } from './pinned-peer.ts';
import { CONFIG_FILE, nodeQuestions } from './start-node.ts';

/**
 * `run`: its name on the links, or the first digits of it.
 * @throws UsageError where there is no such record, or record or ledger are damaged
 */
export async function auditRunOf(
  folder: string,
  run: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<AuditedRun> {
  const config = await readConfig(join(resolve(folder), CONFIG_FILE));
  const own = await readCard(config.identity);
  const peers = config.peers.map(pinnedPeer).map(({ name, signingKey }) => [name, signingKey] as const);
  const record = await openRunRecord(join(config.store, AUDIT_FOLDER), run);
  try {
    return await auditRecordedRun({
      signal,
      bytes: record.bytes,
      ledger: readLedgerFile(join(config.store, LEDGER_FILE)),
      party: config.name,
      publicKeys: new Map([...peers, [config.name, own.signingKey]]),
      kinds: nodeQuestions(),
      disk: listDisk(config),
      verify: platformVerify,
    });
  } finally {
    await record.close();
  }
}
