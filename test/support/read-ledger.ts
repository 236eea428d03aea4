/** A test node's ledger as its file has it, folded by hand: the oracle of what nodes count. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkLedger, type LedgerVerdict } from '../../src/governance/ledger-check.ts';
import { verifyEd25519 } from '../../src/crypto/signature.ts';
import { partyId } from '../../src/kit/party.ts';
import { LEDGER_FILE, readLedgerFile } from '../../src/node/ledger/ledger-file.ts';
import type { NodeFolders } from './node-folders.ts';

export interface LedgerRun {
  readonly name: string;
  readonly asker: string;
  readonly bucket: number;
  isRunning: boolean;
  mayHaveOpened: boolean;
}

export interface ReadLedger {
  readonly verdict: LedgerVerdict;
  readonly runs: readonly LedgerRun[];
  /** What lies in the folder of the store and has no place there. */
  readonly otherFiles: readonly string[];
}

/** Store, ledger, lists of the period, what is kept for an audit, and what was evaluated; nothing unfinished. */
const KNOWN = /^(?:node\.mdb(?:-lock)?|ledger\.jsonl|spill|(?:periods|audit|evaluated)(?:\/[\w.:-]+)?)$/;
const UNFINISHED = /\.(?:unfinished|partial|tmp)$/;

export async function ledgerOf(folders: NodeFolders, bank: string): Promise<ReadLedger> {
  const store = join(folders.folder(bank), 'store');
  const keys = new Map([...folders.identities].map(([name, { card }]) => [name, card.signingKey]));
  const runs = new Map<string, LedgerRun>();
  const party = partyId(bank);
  const verdict = await checkLedger(readLedgerFile(join(store, LEDGER_FILE)), {
    party,
    publicKey: keys.get(party) ?? new Uint8Array(0),
    verify: verifyEd25519,
    peerKeys: keys,
    onEntry({ kind, body }) {
      if (kind === 'run-admitted') {
        const { run: name, asker, bucket } = body;
        runs.set(name, { name, asker, bucket, isRunning: true, mayHaveOpened: false });
      }
      const run =
        kind === 'run-opening' || kind === 'run-ended' || kind === 'failed-start' ? runs.get(body.run) : undefined;
      if (run === undefined) return;
      if (kind === 'run-opening') run.mayHaveOpened = true;
      else run.isRunning = false;
    },
  });
  const names = readdirSync(store, { recursive: true }).map(String);
  const otherFiles = names.filter((name) => !KNOWN.test(name) || UNFINISHED.test(name));
  return { verdict, runs: [...runs.values()], otherFiles };
}
