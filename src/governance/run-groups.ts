/** Runs under contracts as sums: a request is held against these, however many runs its period has. */
import type { PartyId } from '../kit/party.ts';
import type { LedgerBodies } from './ledger-entry.ts';
import { periodEndMs } from './period.ts';

type Admitted = LedgerBodies['run-admitted'];

/** Runs of one asker that are counted alike. */
export interface RunGroup {
  readonly contract: string;
  readonly asker: PartyId;
  readonly protocol: string;
  readonly target: string;
  readonly period: string;
  readonly periodEndMs: number;
  readonly running: number;
  /** Those that go on, and those that may have opened something. */
  readonly runs: number;
  /** Theirs. */
  readonly rows: number;
}

type Sums = { -readonly [K in keyof RunGroup]: RunGroup[K] };

export class RunGroups {
  /** Of periods that are not over, and of runs that go on. */
  readonly #groups = new Map<string, Sums>();

  where(which: (group: RunGroup) => boolean): readonly RunGroup[] {
    return [...this.#groups.values()].filter(which);
  }

  /** Counts a run that begins; undefined where no contract and period do. */
  join({ contract, period, asker, protocol, contributors, bucket }: Admitted): RunGroup | undefined {
    if (contract === undefined || period === undefined) return undefined;
    const of = { contract, asker, protocol: protocolName(protocol), target: targetOf({ contributors }), period };
    const key = keyOf(of);
    const group = this.#groups.get(key) ?? { ...of, periodEndMs: periodEndMs(period), running: 0, runs: 0, rows: 0 };
    this.#groups.set(key, group);
    group.running++;
    group.runs++;
    group.rows += bucket;
    return group;
  }

  /** A run of the group goes on no longer: what may have opened something is counted until its period is over. */
  leave(
    of: RunGroup,
    { admitted, mayHaveOpened }: { readonly admitted: Admitted; readonly mayHaveOpened: boolean },
  ): void {
    const group = this.#groups.get(keyOf(of));
    if (group === undefined) return;
    group.running--;
    if (mayHaveOpened) return;
    group.runs--;
    group.rows -= admitted.bucket;
    if (group.runs === 0) this.#groups.delete(keyOf(of));
  }

  /** What was counted for periods that are over is dropped. */
  dropOver(timeMs: number): void {
    for (const [key, { running, periodEndMs: endMs }] of this.#groups) {
      if (running === 0 && endMs <= timeMs) this.#groups.delete(key);
    }
  }
}

/** Whom a run asks, as one text. */
export function targetOf({ contributors }: Pick<Admitted, 'contributors'>): string {
  return contributors.join(' ');
}

/** `flag` of `flag/12`: answers of two versions of a protocol can be subtracted from each other as those of one. */
export function protocolName(id: string): string {
  return id.split('/')[0];
}

// Names have no spaces, so that no two groups have one key.
function keyOf(group: Pick<RunGroup, 'contract' | 'asker' | 'protocol' | 'target' | 'period'>): string {
  return [group.contract, group.asker, group.protocol, group.period, group.target].join(' ');
}
