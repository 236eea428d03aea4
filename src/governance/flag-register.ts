/**
 * An institution's register of flags: a pure fold over signed events. What a flag is now follows from all that was said
 * about it; nothing is ever changed in place.
 *
 * One signature per entry, and a hash of the entry before in each: the signature of the last one is over all of them, so
 * reading checks the chain and that one signature.
 */
import { equalBytes, fromHex, toHex } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import type { Verifier } from '../crypto/signature.ts';
import { UsageError } from '../errors.ts';
import {
  decodeFlagEntry,
  type FlagEntry,
  flagEntryHash,
  type FlagEvent,
  flagId,
  type FlagReport,
  type FlagRole,
  REPORTED_STATES,
  type ReportedState,
  signedFlagText,
  type WithdrawalReason,
} from './flag-events.ts';

/** A flag as it stands. */
export interface Flag {
  readonly flag: string;
  readonly account: string;
  readonly scamType: string;
  readonly role: FlagRole;
  readonly state: ReportedState | 'withdrawn';
  /** Tags of different persons who reported. */
  readonly reporters: ReadonlySet<string>;
  /** Somebody contests it, and it was not yet looked into. */
  readonly disputed: boolean;
  /** Of the latest report. */
  readonly evidence: string;
  /** Of the first report. */
  readonly reportedAt: string;
  readonly expires: string;
  readonly withdrawn?: WithdrawalReason;
}

/** Where a register ends: what the next entry continues. */
export interface RegisterHead {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export interface FlagRegisterState {
  readonly institution: string;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly head: RegisterHead;
  readonly flags: ReadonlyMap<string, Flag>;
}

export interface ReadRegisterOptions {
  /** Key of this institution: another's register is refused. undefined: whichever the first line names. */
  readonly key?: Uint8Array | undefined;
  readonly verify: Verifier;
  /** Codes of scam types. */
  readonly scamTypes: ReadonlySet<string>;
}

export const NO_ENTRY: Uint8Array = new Uint8Array(HASH_BYTES);

/**
 * Reads a register from its first line on.
 * @throws UsageError `bad-input` that gives the number of the first line that is wrong
 */
export async function readFlagRegister(
  lines: AsyncIterable<string> | Iterable<string>,
  { key, verify, scamTypes }: ReadRegisterOptions,
): Promise<FlagRegisterState> {
  const flags = new Map<string, Flag>();
  let opened: Extract<FlagEvent, { readonly kind: 'opened' }> | undefined;
  let hash = NO_ENTRY;
  let last: { readonly entry: FlagEntry; readonly signature: string } | undefined;
  for await (const line of lines) {
    const seq = last === undefined ? 0 : last.entry.seq + 1;
    const signed = decodeFlagEntry(line);
    if (signed === undefined) throw damaged(seq, 'it is no entry of a flag register');
    const { entry } = signed;
    if (entry.seq !== seq || entry.prev !== toHex(hash)) throw damaged(seq, 'it does not follow the line before');
    hash = flagEntryHash(entry);
    last = signed;
    if (entry.event.kind === 'opened') {
      const isOwn = key === undefined || entry.event.key === toHex(key);
      if (seq !== 0 || !isOwn) throw damaged(seq, 'it begins the register of another key');
      opened = entry.event;
      continue;
    }
    if (opened === undefined) throw damaged(seq, 'it does not begin a register');
    if (!applies(flags, entry, { salt: fromHex(opened.salt), scamTypes })) {
      throw damaged(seq, 'its event does not follow from those before');
    }
  }
  if (opened === undefined || last === undefined) throw damaged(0, 'it does not begin a register');
  const { seq } = last.entry;
  const signingKey = fromHex(opened.key);
  if (!(await verify(fromHex(last.signature), signedFlagText(hash), signingKey))) {
    throw damaged(seq, 'its signature is not valid under the key of this institution');
  }
  const { institution, salt } = opened;
  return { institution, key: signingKey, salt: fromHex(salt), head: { seq, hash }, flags };
}

/** The flag with this event, or undefined where the event is none that can follow. */
export function nextFlag(
  before: Flag | undefined,
  event: Exclude<FlagEvent, { kind: 'opened' | 'reported' }>,
  at: string,
): Flag | undefined {
  if (before === undefined || before.state === 'withdrawn') return undefined;
  switch (event.kind) {
    case 'withdrawn':
      return { ...before, state: 'withdrawn', disputed: false, withdrawn: event.reason };
    case 'disputed':
      return before.disputed ? undefined : { ...before, disputed: true };
    case 'upheld':
      return before.disputed ? { ...before, disputed: false } : undefined;
    case 'expired':
      return at < before.expires ? { ...before, expires: at } : undefined;
    default:
      return event satisfies never;
  }
}

/** The flag with one more report. A withdrawn one begins anew; a dispute stands until it was looked into. */
export function reportedFlag(before: Flag | undefined, report: FlagReport): Flag {
  const { flag, account, scamType, role, state, reporter, evidence, reportedAt, expires } = report;
  const reporters = reporter === undefined ? [] : [reporter];
  const own = { flag, account, scamType, role, evidence };
  if (before === undefined || before.state === 'withdrawn') {
    return { ...own, state, reporters: new Set(reporters), disputed: false, reportedAt, expires };
  }
  return {
    ...own,
    state: moreCertain(before.state, state),
    reporters: new Set([...before.reporters, ...reporters]),
    disputed: before.disputed,
    reportedAt: before.reportedAt < reportedAt ? before.reportedAt : reportedAt,
    expires: before.expires < expires ? expires : before.expires,
  };
}

function applies(
  flags: Map<string, Flag>,
  { event, at }: FlagEntry,
  { salt, scamTypes }: { readonly salt: Uint8Array; readonly scamTypes: ReadonlySet<string> },
): boolean {
  if (event.kind === 'opened') return false;
  if (event.kind !== 'reported') {
    const next = nextFlag(flags.get(event.flag), event, at);
    if (next !== undefined) flags.set(event.flag, next);
    return next !== undefined;
  }
  for (const report of event.reports) {
    if (!scamTypes.has(report.scamType) || !isWhole(report)) return false;
    if (!equalBytes(fromHex(report.flag), flagId(salt, report))) return false;
    flags.set(report.flag, reportedFlag(flags.get(report.flag), report));
  }
  return event.reports.length > 0;
}

/** A customer's report has a reporter, and no report has ended before it was made. */
export function isWhole({ state, reporter, reportedAt, expires }: FlagReport): boolean {
  return (state !== 'customer-reported' || reporter !== undefined) && reportedAt < expires;
}

function moreCertain(one: ReportedState, other: ReportedState): ReportedState {
  return REPORTED_STATES.indexOf(one) < REPORTED_STATES.indexOf(other) ? other : one;
}

function damaged(seq: number, what: string): UsageError {
  return new UsageError(`Cannot read flag register: line ${seq + 1}: ${what}`, {
    code: 'bad-input',
    phase: 'flag-register',
    remedy: 'restore the register from a backup; a line that was signed is never changed',
  });
}
