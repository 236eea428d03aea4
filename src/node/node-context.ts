/** What the parts of a node share. */
import type { Rng } from '../crypto/rng.ts';
import type { Signer, Verifier } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import type { Ledger } from '../governance/ledger.ts';
import type { Clock, WallClock } from '../kit/clock.ts';
import type { Compute } from '../kit/compute.ts';
import type { ListDisk } from '../kit/list-disk.ts';
import type { PartyId } from '../kit/party.ts';
import type { BudgetsLeft } from './ledger/budgets-left.ts';
import type { Monitor } from './ledger/monitor.ts';
import type { AuditStore } from './ledger/audit-store.ts';
import type { ActiveRuns } from './runs/active-runs.ts';
import type { ContractBook } from './agreements/contract-book.ts';
import type { Doorway } from './runs/doorway.ts';
import type { EvaluatedAccounts } from './lists/evaluated-accounts.ts';
import type { FrozenLists } from './lists/frozen-lists.ts';
import type { KeptAnswers } from './runs/kept-answers.ts';
import type { Log } from './log.ts';
import type { NodeConfig, QuestionTerms } from './config/node-config.ts';
import type { PeerNetwork } from './peer-network.ts';
import type { NodePolicy } from './agreements/policy.ts';
import type { QuestionKind } from './questions/question.ts';
import type { Refusals } from './agreements/refusals.ts';
import type { RunRecords } from './runs/run-records.ts';

export interface NodeContext {
  readonly config: NodeConfig;
  readonly kinds: readonly QuestionKind[];
  readonly signer: Signer;
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  readonly network: PeerNetwork;
  readonly policy: NodePolicy;
  readonly contracts: ContractBook;
  readonly ledger: Ledger;
  readonly budgets: BudgetsLeft;
  readonly monitor: Monitor;
  /** undefined: runs are not recorded. */
  readonly audits: AuditStore | undefined;
  readonly refusals: Refusals;
  readonly frozen: FrozenLists;
  /** What own questions about new accounts only were answered about; absent where the node has no place for it. */
  readonly evaluated: EvaluatedAccounts | undefined;
  readonly records: RunRecords;
  readonly runs: ActiveRuns;
  readonly answers: KeptAnswers;
  readonly doorway: Doorway;
  readonly log: Log;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly rng: Rng;
  readonly compute: Compute;
  /** For long lists of its runs. */
  readonly disk: ListDisk;
  /** undefined checks Ed25519 by `compute`. */
  readonly verify: Verifier | undefined;
}

/** The kind of a configured question. @throws UsageError `bad-parameter` when this program does not have it */
export function kindOf(kinds: readonly QuestionKind[], terms: QuestionTerms): QuestionKind {
  const kind = kinds.find(({ name }) => name === terms.protocol);
  if (kind !== undefined) return kind;
  throw new UsageError(`Cannot use question '${terms.name}': its protocol is not part of this program`, {
    code: 'bad-parameter',
    phase: 'configuration',
    remedy: `use one of: ${kinds.map(({ name }) => name).join(', ')}`,
  });
}
