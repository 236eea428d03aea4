/** What the ledger says that is no budget: revocations, names of runs, frozen lists, countersigned heads, refusals counted, alerts. */
import type { PartyId } from '../kit/party.ts';
import type { AlertKind, LedgerBodies, LedgerEntry, Seal } from './ledger-entry.ts';
import { periodEndMs } from './period.ts';

type Snapshot = LedgerBodies['snapshot'];
type SnapshotName = Pick<Snapshot, 'contract' | 'period' | 'dataset'>;

export class LedgerState {
  /** Contract to who approved it. */
  readonly #signed = new Map<string, string | undefined>();
  readonly #revoked = new Set<string>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #seals = new Map<PartyId, Seal>();
  /** Of all times: what entries say of a run is of one run alone. */
  readonly #runs = new Set<string>();
  /** Of the latest day. */
  readonly #refused = new Map<string, number>();
  readonly #alerts = new Set<string>();
  #day = '';
  #rolledBack = false;

  apply({ at, kind, body }: LedgerEntry): void {
    this.#turnTo(at.slice(0, 'yyyy-mm-dd'.length), Date.parse(at));
    switch (kind) {
      case 'contract-signed':
        this.#signed.set(body.contract, body.operator);
        return;
      case 'contract-revoked':
        this.#revoked.add(`contract ${body.contract}`);
        return;
      case 'grant-revoked':
        this.#revoked.add(`grant ${body.grant}`);
        return;
      case 'run-admitted':
        this.#runs.add(body.run);
        return;
      case 'snapshot':
        this.#snapshots.set(snapshotKey(body), body);
        return;
      case 'refused':
        this.#refused.set(refusalKey(body), body.count);
        return;
      case 'alert':
        this.#alerts.add(alertKey(body));
        if (body.alert === 'own-rollback') this.#rolledBack = true;
        return;
      case 'heads-countersigned': {
        const { peers, ...of } = body;
        for (const seal of peers) keepLatestSeal(this.#seals, { ...of, ...seal });
        return;
      }
      default:
    }
  }

  /** This ledger ends before what its institution has signed: what it counts is not what was used. */
  get rolledBack(): boolean {
    return this.#rolledBack;
  }

  isContractSigned(contract: string): boolean {
    return this.#signed.has(contract);
  }

  /** The operator who approved a contract; undefined where there was no list of operators. */
  approverOf(contract: string): string | undefined {
    return this.#signed.get(contract);
  }

  isContractRevoked(contract: string): boolean {
    return this.#revoked.has(`contract ${contract}`);
  }

  isGrantRevoked(grant: string): boolean {
    return this.#revoked.has(`grant ${grant}`);
  }

  snapshot(which: SnapshotName): Snapshot | undefined {
    return this.#snapshots.get(snapshotKey(which));
  }

  /** Was a run of this name admitted, whatever became of it? */
  hasRun(run: string): boolean {
    return this.#runs.has(run);
  }

  /** Heads that this institution and the peer signed for each other, with the latest one of the peer's. */
  sealWith(peer: PartyId): Seal | undefined {
    return this.#seals.get(peer);
  }

  /** Those with all peers as they are now. */
  seals(): ReadonlyMap<PartyId, Seal> {
    return new Map(this.#seals);
  }

  /** Refusals of today that the ledger shows. */
  refusals(which: Pick<LedgerBodies['refused'], 'peer' | 'reason' | 'question'>): number {
    return this.#refused.get(refusalKey(which)) ?? 0;
  }

  /** Was this said today? */
  hasAlert(which: { readonly alert: AlertKind; readonly peer?: PartyId; readonly question?: string }): boolean {
    return this.#alerts.has(alertKey(which));
  }

  #turnTo(day: string, timeMs: number): void {
    if (day <= this.#day) return;
    this.#day = day;
    this.#refused.clear();
    this.#alerts.clear();
    for (const [key, { period }] of this.#snapshots) if (periodEndMs(period) <= timeMs) this.#snapshots.delete(key);
  }
}

/**
 * Keeps of each peer the seal with its latest head: runs that go on side by side may end in another order than that in which they were
 * sealed.
 */
export function keepLatestSeal<S extends Pick<Seal, 'peer' | 'theirs'>>(seals: Map<PartyId, S>, seal: S): void {
  const before = seals.get(seal.peer);
  if (before === undefined || seal.theirs.seq >= before.theirs.seq) seals.set(seal.peer, seal);
}

const snapshotKey = ({ contract, period, dataset }: SnapshotName): string => `${contract} ${period} ${dataset}`;
const refusalKey = ({
  peer,
  reason,
  question = '',
}: Pick<LedgerBodies['refused'], 'peer' | 'reason' | 'question'>): string => `${peer} ${reason} ${question}`;
const alertKey = ({
  alert,
  peer = '',
  question = '',
}: {
  alert: AlertKind;
  peer?: string;
  question?: string;
}): string => `${alert} ${peer} ${question}`;
