/**
 * What this institution answers from under a contract, as it was when it was first used in a period: a run that is repeated
 * is then the same function of the same rows. The ledger has its salted root before anything is answered from it, and a
 * copy that no longer has that root is not used. Copies go when their period is over.
 */
import { toHex } from '../../crypto/bytes.ts';
import { HASH_BYTES } from '../../crypto/hash.ts';
import type { Rng } from '../../crypto/rng.ts';
import type { AccountBatch, Source } from '../../data/source.ts';
import { UsageError } from '../../errors.ts';
import type { Ledger } from '../../governance/ledger.ts';
import type { LedgerBodies } from '../../governance/ledger-entry.ts';
import { ListRoot, readRowLine, rowLine, saltLine } from '../../governance/row-lines.ts';
import type { WallClock } from '../../kit/clock.ts';
import { endOfNamed, periodName } from '../period-name.ts';
import { platformHash } from '../platform-hash.ts';

/** Lists by name, durable and for this institution alone. */
export interface ListFiles {
  /** Durable when it resolves, and not there at all when it rejects. */
  write(name: string, lines: AsyncIterable<string>): Promise<void>;
  /** @throws where there is none of this name, or it cannot be read */
  read(name: string): AsyncIterable<string>;
  /** All that are there, also what a process that died left of a list that was being written. */
  names(): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
}

/** Which list, for whom and when. */
export type FrozenName = Pick<LedgerBodies['snapshot'], 'contract' | 'question' | 'period' | 'dataset' | 'bucket'>;

export interface FrozenSource extends Source {
  /** With the rows it gives the root that the ledger has; undefined before the first row was read. */
  readonly salt: string | undefined;
}

export interface FrozenListsOptions {
  readonly files: ListFiles;
  readonly ledger: Ledger;
  readonly wallClock: WallClock;
  readonly rng: Rng;
}

export class FrozenLists {
  readonly #options: FrozenListsOptions;
  /** Lists that are being written, so that two runs at once make one. */
  readonly #freezing = new Map<string, Promise<string>>();
  /** One for each reader of a list, also while that is being written. */
  readonly #readers = new Set<{ readonly file: string }>();

  constructor(options: FrozenListsOptions) {
    this.#options = options;
  }

  /** Removes what is over and nobody reads or writes. */
  async sweep(): Promise<void> {
    const { files, wallClock } = this.#options;
    const names = await files.names();
    const over = names.filter((name) => !this.#isInUse(name) && endOf(name) <= wallClock.now());
    await Promise.all(over.map((name) => files.remove(name)));
  }

  /** Of a list that is being written, the file may have more behind its name. */
  #isInUse(name: string): boolean {
    return [...this.#readers].some(({ file }) => name.startsWith(file));
  }

  /** The list as it is in the period; `source` is read where it was not frozen yet. */
  source(name: FrozenName, source: Source): FrozenSource {
    let salt: string | undefined;
    const onSalt = (found: string): void => void (salt = found);
    return {
      [Symbol.asyncIterator]: () => this.#batches(name, source, onSalt),
      get salt() {
        return salt;
      },
    };
  }

  async *#batches(name: FrozenName, source: Source, onSalt: (salt: string) => void): AsyncGenerator<AccountBatch> {
    const reader = { file: fileName(name) };
    this.#readers.add(reader);
    try {
      yield* this.#read(reader.file, name, { source, onSalt });
    } finally {
      this.#readers.delete(reader);
    }
  }

  async *#read(
    file: string,
    name: FrozenName,
    { source, onSalt }: { readonly source: Source; readonly onSalt: (salt: string) => void },
  ): AsyncGenerator<AccountBatch> {
    const { files, ledger } = this.#options;
    const root = ledger.state.snapshot(name)?.root ?? (await this.#freeze(file, name, source));
    const hash = new ListRoot(platformHash);
    try {
      for await (const line of files.read(file)) {
        hash.add(line);
        const read = readRowLine(line);
        if ('salt' in read) onSalt(read.salt);
        else yield read;
      }
    } catch (cause) {
      throw await this.#changed(name, cause);
    }
    // At the end is early enough: a party reads all of its list before it sends anything.
    if (hash.hex() !== root) throw await this.#changed(name, undefined);
  }

  #freeze(file: string, name: FrozenName, source: Source): Promise<string> {
    const before = this.#freezing.get(file);
    if (before !== undefined) return before;
    const frozen = this.#write(file, name, source).finally(() => this.#freezing.delete(file));
    this.#freezing.set(file, frozen);
    return frozen;
  }

  async #write(file: string, name: FrozenName, source: Source): Promise<string> {
    const { files, ledger, rng } = this.#options;
    const hash = new ListRoot(platformHash);
    const salt = toHex(rng(HASH_BYTES));
    const hashed = async function* (): AsyncGenerator<string> {
      for await (const line of linesOf(salt, source)) {
        hash.add(line);
        yield line;
      }
    };
    await files.write(file, hashed());
    const root = hash.hex();
    await ledger.append('snapshot', { ...name, root });
    return root;
  }

  async #changed({ question }: FrozenName, cause: unknown): Promise<UsageError> {
    const { ledger } = this.#options;
    const alert = { alert: 'snapshot-changed', question } as const;
    if (!ledger.state.hasAlert(alert)) await ledger.append('alert', alert);
    return new UsageError('Cannot answer: the list that was frozen for this period is not what it was', {
      code: 'unreadable-source',
      phase: 'snapshot',
      remedy: 'put the copy back from before the change; without it this question waits for the next period',
      cause,
    });
  }
}

/** `day_2027-01-15.evidence.CONTRACT` */
function fileName({ period, dataset, contract }: FrozenName): string {
  return `${periodName(period)}.${dataset}.${contract}`;
}

/** What is no name of a whole list is over. */
function endOf(file: string): number {
  const [, period] = /^([a-z]+_[\d-]+)\.(?:evidence|holdings)\.[0-9a-f]{64}$/.exec(file) ?? [];
  return endOfNamed(period) ?? -Infinity;
}

async function* linesOf(salt: string, source: Source): AsyncGenerator<string> {
  yield saltLine(salt);
  for await (const batch of source) yield rowLine(batch);
}
