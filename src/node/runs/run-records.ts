/** What is kept of every run that this node took part in: who, what, when, how it ended, how much; never an item. */
import { toHex } from '../../crypto/bytes.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import { type Log, loggable } from '../log.ts';
import type { Store, StoredValue } from '../store/store.ts';

export interface RunRecord {
  /** The run's name on the links: 32 hexadecimal digits. */
  readonly run: string;
  /** The run id, once the parties had agreed on one. */
  readonly sid?: string;
  readonly question: string;
  readonly protocol: string;
  readonly initiator: string;
  readonly parties: readonly string[];
  /** Declared sizes: the asker's, then by contributor as the terms say. */
  readonly askerBucket: number;
  /** Names of what the terms acknowledge, where there are any. */
  readonly disclosures?: readonly string[];
  readonly startedAt: string;
  readonly endedAt?: string;
  /** False where the run ended before its parties had agreed on an id: nothing of anyone's data was used. */
  readonly opened?: false;
  /** `running`, `done`, `interrupted` (this process ended), or the code of the error. */
  readonly outcome: string;
  readonly phase?: string;
  /** Whose side it was. */
  readonly party?: string;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

export interface StartedRun {
  readonly runName: Uint8Array;
  readonly question: string;
  readonly protocol: string;
  readonly initiator: PartyId;
  readonly parties: readonly PartyId[];
  readonly askerBucket: number;
  readonly disclosures: readonly string[];
}

export interface EndedRun {
  readonly outcome: string;
  /** Default true. */
  readonly opened?: boolean;
  readonly sid?: Uint8Array;
  readonly phase?: string;
  readonly party?: string;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/** A record has some 500 bytes. Attempts that never became runs make room first, then the oldest of all. */
const MAX_RECORDS = 10_000;
const PRUNED_AT_ONCE = 100;

export class RunRecords {
  readonly #store: Store;
  readonly #wallClock: WallClock;
  #count: number;

  constructor(store: Store, wallClock: WallClock) {
    this.#store = store;
    this.#wallClock = wallClock;
    this.#count = store.entries('run/').length;
  }

  /** Marks what a former process left unfinished. */
  async markInterrupted(log: Log): Promise<void> {
    const count = await this.#store.transaction((writer) => {
      const running = writer.entries('run/').filter(([, value]) => asRecord(value)?.outcome === 'running');
      for (const [key, value] of running) writer.put(key, { ...(value as object), outcome: 'interrupted' });
      return running.length;
    });
    if (count > 0) log.write('warn', 'runs-interrupted', { count });
  }

  /** The key under which the run's end is to be written. */
  async started(run: StartedRun): Promise<string> {
    const startedAt = new Date(this.#wallClock.now()).toISOString();
    const name = toHex(run.runName);
    const key = `run/${startedAt}/${name}`;
    const { disclosures, question, protocol, initiator, parties, askerBucket } = run;
    const what = { run: name, question, protocol, initiator, parties, askerBucket };
    const record = { ...what, ...(disclosures.length === 0 ? {} : { disclosures }), startedAt, outcome: 'running' };
    await this.#store.transaction((writer) => {
      writer.put(key, record);
      if (++this.#count <= MAX_RECORDS) return;
      const attempts = writer.entries('run/').filter(([, value]) => asRecord(value)?.opened === false);
      const spare =
        attempts.length > 0 ? attempts.slice(0, PRUNED_AT_ONCE) : writer.entries('run/', { limit: PRUNED_AT_ONCE });
      for (const [old] of spare) writer.remove(old);
      this.#count -= spare.length;
    });
    return key;
  }

  async ended(key: string, { sid, opened = true, phase, ...end }: EndedRun): Promise<void> {
    const endedAt = new Date(this.#wallClock.now()).toISOString();
    await this.#store.transaction((writer) => {
      const record = writer.get(key);
      if (typeof record !== 'object' || record === null) return;
      writer.put(key, {
        ...record,
        ...end,
        // A peer's abort says where: what it says is kept by the same rule as in the log.
        ...(phase === undefined ? {} : { phase: loggable('phase', phase) }),
        ...(sid === undefined ? {} : { sid: toHex(sid) }),
        ...(opened ? {} : { opened }),
        endedAt,
      });
    });
  }

  /** Newest first. */
  list(limit: number): readonly RunRecord[] {
    return this.#store
      .entries('run/', { reverse: true, limit })
      .map(([, value]) => asRecord(value))
      .filter((record) => record !== undefined);
  }
}

function asRecord(value: StoredValue): RunRecord | undefined {
  // Written by `started` and `ended` alone, so the shape is theirs.
  return typeof value === 'object' && value !== null && 'outcome' in value
    ? (value as unknown as RunRecord)
    : undefined;
}
