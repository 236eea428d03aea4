/**
 * An institution's ledger: what it answered, asked, refused and agreed to, in an order that cannot be changed later. An
 * entry counts from the moment of `append`, so that whoever checks a budget and appends in one turn does both at once; it
 * is durable when the promise resolves, and nothing that an entry allows happens before that.
 */
import { fromHex, toHex } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import type { Rng } from '../crypto/rng.ts';
import { type Signer, type Verifier, verifyEd25519 } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import type { WallClock } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import { Budgets } from './budgets.ts';
import {
  isOfOtherVersion,
  type LedgerBodies,
  type LedgerEntry,
  type LedgerHead,
  type LedgerKind,
  ledgerStart,
  readEntry,
  SALT_BYTES,
  signedText,
  writeEntry,
} from './ledger-entry.ts';
import { LedgerState } from './ledger-state.ts';

/** Durable lines in order. Implementations share one list of tests. */
export interface LedgerStore {
  /** All lines from the first on, without their ends. What a crash left of a line that was never durable is not one. */
  lines(): AsyncIterable<string>;
  /** Resolves when the line and all before it are durable: neither a kill nor a power cut undoes it. */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

export interface LedgerOptions {
  readonly party: PartyId;
  readonly signer: Signer;
  readonly store: LedgerStore;
  readonly wallClock: WallClock;
  readonly rng: Rng;
  /** Told of every entry once it is durable; `isNew` is false for those that were there when it was opened. */
  readonly onEntry?: ((entry: LedgerEntry, isNew: boolean) => void) | undefined;
  /** undefined checks Ed25519. */
  readonly verify?: Verifier | undefined;
}

export class Ledger {
  readonly party: PartyId;
  readonly budgets: Budgets = new Budgets();
  readonly state: LedgerState = new LedgerState();
  readonly #options: LedgerOptions;
  readonly #start: string;
  readonly #hashes = new HashList();
  #durable: LedgerHead | undefined;
  #failed: unknown;

  private constructor(options: LedgerOptions) {
    this.#options = options;
    this.party = options.party;
    this.#start = ledgerStart(options.party, options.signer.publicKey);
  }

  /** Reads all entries and checks their chain. @throws UsageError `bad-input` that names the first bad entry */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const ledger = new Ledger(options);
    const { store, signer, verify = verifyEd25519 } = options;
    let last: ReturnType<typeof readEntry>;
    for await (const line of store.lines()) {
      last = readEntry(line);
      const seq = ledger.#hashes.count;
      if (last === undefined) throw isOfOtherVersion(line) ? ofOtherVersion(seq) : damaged(seq);
      if (!ledger.#follows(last.entry)) throw damaged(seq);
      ledger.#add(last.entry, last.hash);
      options.onEntry?.(last.entry, false);
    }
    // Its signature covers every hash before it.
    ledger.#durable = ledger.head;
    const isOwn = last === undefined || (await verify(last.signature, signedText(last.hash), signer.publicKey));
    if (last !== undefined && !isOwn) throw damaged(last.entry.seq);
    return ledger;
  }

  /** The latest entry; undefined in an empty ledger. */
  get head(): LedgerHead | undefined {
    const { count } = this.#hashes;
    return count === 0 ? undefined : { seq: count - 1, hash: this.#hashes.at(count - 1) };
  }

  /** The latest entry that neither a kill nor a power cut undoes: the one to tell others of. */
  get durableHead(): LedgerHead | undefined {
    return this.#durable;
  }

  /** Is the entry of this number the one with this hash? */
  contains({ seq, hash }: LedgerHead): boolean {
    return seq < this.#hashes.count && this.#hashes.at(seq) === hash;
  }

  /** The place of the entry. @throws UsageError `resource-limit` when it cannot be made durable; then nothing more can */
  async append<K extends LedgerKind>(kind: K, body: LedgerBodies[K]): Promise<LedgerHead> {
    if (this.#failed !== undefined) throw notWritten(this.#failed);
    const { store, signer, wallClock, rng } = this.#options;
    const at = new Date(wallClock.now()).toISOString();
    const place = { seq: this.#hashes.count, prev: this.head?.hash ?? this.#start };
    const entry = { ...place, at, salt: toHex(rng(SALT_BYTES)), kind, body } as LedgerEntry;
    const { line, hash } = writeEntry(entry, signer);
    this.#add(entry, hash);
    const head = { seq: entry.seq, hash };
    try {
      await store.append(line);
      // Behind a line that is not there this one says nothing, whatever became of it.
      if (this.#failed !== undefined) throw this.#failed;
      // Lines become durable in the order of the calls.
      this.#durable = head;
    } catch (error) {
      // What was counted may not be on the disk: from here on this ledger says nothing any more.
      this.#failed ??= error;
      throw notWritten(error);
    }
    this.#options.onEntry?.(entry, true);
    return head;
  }

  /** False when an entry could not be written: whoever decides from it has to refuse. */
  get isWhole(): boolean {
    return this.#failed === undefined;
  }

  close(): Promise<void> {
    return this.#options.store.close();
  }

  #follows({ seq, prev }: LedgerEntry): boolean {
    return seq === this.#hashes.count && prev === (this.head?.hash ?? this.#start);
  }

  #add(entry: LedgerEntry, hash: string): void {
    this.#hashes.push(hash);
    this.budgets.apply(entry);
    this.state.apply(entry);
  }
}

/** Hashes of all entries, packed: a ledger of a million has 32 MB of them. */
class HashList {
  #bytes = new Uint8Array(64 * HASH_BYTES);
  count = 0;

  push(hash: string): void {
    const from = this.count * HASH_BYTES;
    if (from === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(fromHex(hash), from);
    this.count++;
  }

  at(index: number): string {
    return toHex(this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
  }
}

function ofOtherVersion(seq: number): UsageError {
  return new UsageError(`Cannot open ledger: entry ${seq} is of another version of the software`, {
    code: 'bad-input',
    phase: 'ledger',
    remedy: 'open it with the version that wrote it; without that this institution can go on under another name alone',
  });
}

function damaged(seq: number): UsageError {
  return new UsageError(`Cannot open ledger: entry ${seq} is damaged, or not the one that was written there`, {
    code: 'bad-input',
    phase: 'ledger',
    remedy: "see what 'ledger verify' says, and put the newest whole copy of the ledger in its place",
  });
}

function notWritten(cause: unknown): UsageError {
  return new UsageError('Cannot write ledger: the file system refused', {
    code: 'resource-limit',
    phase: 'ledger',
    remedy: 'check the free space and the state of the disk under the ledger, then start the node again',
    cause,
  });
}
