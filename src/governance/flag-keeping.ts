/** Adds to a register: every event is checked against what is there, signed, and durable before it counts. */
import { toHex } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import { type Signer, verifyEd25519 } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import type { WallClock } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import {
  encodeFlagEntry,
  flagEntryHash,
  type FlagEntry,
  type FlagEvent,
  flagId,
  type FlagReport,
  type FlagRole,
  MAX_REPORTS,
  type ReportedState,
  reporterTag,
  SALT_BYTES,
  signedFlagText,
} from './flag-events.ts';
import {
  type Flag,
  isWhole,
  nextFlag,
  NO_ENTRY,
  readFlagRegister,
  type RegisterHead,
  reportedFlag,
} from './flag-register.ts';

/** Where the lines of a register are. One writer at a time is the implementation's to see to. */
export interface FlagStore {
  /** Whole lines, from the first on. */
  lines(): AsyncIterable<string>;
  /** Resolves when they are durable; all of them or none. */
  append(lines: readonly string[]): Promise<void>;
}

export interface KeepingOptions {
  readonly institution: PartyId;
  readonly signer: Signer;
  readonly wallClock: WallClock;
  readonly rng: Rng;
  /** Codes of scam types. */
  readonly scamTypes: ReadonlySet<string>;
}

/** A report as it is given: nothing of it is hashed yet. */
export interface NewReport {
  readonly account: string;
  readonly scamType: string;
  readonly role: FlagRole;
  readonly state: ReportedState;
  /** The institution's own reference of the person who reported; needed for a customer's report. */
  readonly reporter?: string | undefined;
  /** 64 hexadecimal digits. */
  readonly evidence: string;
  readonly reportedAtMs: number;
  readonly expiresMs: number;
}

/** What may happen to a flag that is there. */
export type FlagChange = Exclude<FlagEvent, { readonly kind: 'opened' | 'reported' }>;

export class FlagKeeper {
  readonly #store: FlagStore;
  readonly #options: KeepingOptions;
  readonly #salt: Uint8Array;
  readonly #flags: Map<string, Flag>;
  #head: RegisterHead;

  private constructor(
    store: FlagStore,
    options: KeepingOptions,
    state: { readonly salt: Uint8Array; readonly flags: ReadonlyMap<string, Flag>; readonly head: RegisterHead },
  ) {
    this.#store = store;
    this.#options = options;
    this.#salt = state.salt;
    this.#flags = new Map(state.flags);
    this.#head = state.head;
  }

  /** Begins an empty register. */
  static async create(store: FlagStore, options: KeepingOptions): Promise<FlagKeeper> {
    const { institution, signer, rng } = options;
    const salt = rng(SALT_BYTES);
    const keeper = new FlagKeeper(store, options, { salt, flags: new Map(), head: { seq: -1, hash: NO_ENTRY } });
    await keeper.#append([{ kind: 'opened', institution, key: toHex(signer.publicKey), salt: toHex(salt) }]);
    return keeper;
  }

  /** @throws UsageError `bad-input` for a register that was changed, or is another's */
  static async open(store: FlagStore, options: KeepingOptions): Promise<FlagKeeper> {
    const { signer, scamTypes } = options;
    const state = await readFlagRegister(store.lines(), { key: signer.publicKey, verify: verifyEd25519, scamTypes });
    return new FlagKeeper(store, options, state);
  }

  get flags(): ReadonlyMap<string, Flag> {
    return this.#flags;
  }

  /** The flags that the reports belong to, in their order. @throws UsageError `bad-input` by the report's place */
  async report(reports: readonly NewReport[]): Promise<readonly string[]> {
    const made = reports.map((report, at) => this.#reportOf(report, at));
    const events: FlagEvent[] = [];
    for (let from = 0; from < made.length; from += MAX_REPORTS) {
      events.push({ kind: 'reported', reports: made.slice(from, from + MAX_REPORTS) });
    }
    await this.#append(events);
    for (const report of made) this.#flags.set(report.flag, reportedFlag(this.#flags.get(report.flag), report));
    return made.map(({ flag }) => flag);
  }

  /** @throws UsageError `bad-input` where the flag is not there, or in no state in which this can happen to it */
  async change(change: FlagChange): Promise<Flag> {
    const before = this.#flags.get(change.flag);
    const next = nextFlag(before, change, this.#now());
    if (next === undefined) throw cannotChange(before, change.kind);
    await this.#append([change]);
    this.#flags.set(change.flag, next);
    return next;
  }

  #reportOf({ reporter, reportedAtMs, expiresMs, ...report }: NewReport, at: number): FlagReport {
    const made = {
      ...report,
      flag: toHex(flagId(this.#salt, report)),
      ...(reporter === undefined ? {} : { reporter: toHex(reporterTag(this.#salt, report.account, reporter)) }),
      reportedAt: new Date(reportedAtMs).toISOString(),
      expires: new Date(expiresMs).toISOString(),
    };
    if (isWhole(made) && this.#options.scamTypes.has(made.scamType)) return made;
    throw new UsageError(`Cannot add flag: report ${at + 1} lacks its reporter, or ends before it begins`, {
      code: 'bad-input',
      phase: 'flag-register',
      remedy: "give a reporter with 'customer-reported', and an expiry after the day of the report",
    });
  }

  async #append(events: readonly FlagEvent[]): Promise<void> {
    const { signer } = this.#options;
    const at = this.#now();
    const lines: string[] = [];
    let head = this.#head;
    for (const event of events) {
      const entry: FlagEntry = { seq: head.seq + 1, prev: toHex(head.hash), at, event };
      const hash = flagEntryHash(entry);
      lines.push(encodeFlagEntry({ entry, signature: toHex(signer.sign(signedFlagText(hash))) }));
      head = { seq: entry.seq, hash };
    }
    await this.#store.append(lines);
    this.#head = head;
  }

  #now(): string {
    return new Date(this.#options.wallClock.now()).toISOString();
  }
}

function cannotChange(flag: Flag | undefined, to: FlagChange['kind']): UsageError {
  return new UsageError(`Cannot change flag: ${whyNot(flag, to)}`, {
    code: 'bad-input',
    phase: 'flag-register',
    remedy: "compare with 'blindflag flags list'",
  });
}

function whyNot(flag: Flag | undefined, to: FlagChange['kind']): string {
  if (flag === undefined) return 'the register has none of this number';
  if (flag.state === 'withdrawn') return 'it was withdrawn';
  if (to === 'disputed') return 'it is disputed already';
  return to === 'upheld' ? 'nobody disputes it' : 'it has expired';
}
