/**
 * The node's log: one JSON object a line, of a closed set of fields. There is no field for free text, so no account, key
 * or peer's message has a place to stand; a value that does not look like its field is withheld.
 */
import { toHex } from '../crypto/bytes.ts';
import { MpcError } from '../errors.ts';
import type { AlertKind } from '../governance/ledger-entry.ts';
import type { WallClock } from '../kit/clock.ts';
import { PARTY_NAME } from '../kit/party.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export type LogEvent =
  | 'node-started'
  | 'node-stopping'
  | 'node-stopped'
  | 'run-offered'
  | 'run-refused'
  | 'run-joined'
  | 'run-started'
  | 'run-progress'
  | 'run-retried'
  | 'run-ended'
  | 'run-failed'
  | 'ledger-failed'
  | 'alert'
  | 'runs-interrupted'
  | 'answer-kept'
  | 'evaluated-not-kept'
  | 'contract-not-ready'
  | 'contract-signed'
  | 'contract-revoked'
  | 'grant-revoked'
  | 'expires-soon'
  | 'sweep-failed'
  | 'link-refused'
  | 'admin-request'
  | 'admin-failed';

export interface LogFields {
  /** The run's name on the links, 16 bytes. */
  readonly run?: Uint8Array;
  /** The peer at the other end. */
  readonly peer?: string;
  readonly question?: string;
  /** Names of what the terms of the question acknowledge. */
  readonly disclosures?: readonly string[];
  readonly phase?: string;
  /** The party whose side it is. */
  readonly party?: string;
  readonly error?: string;
  readonly alert?: AlertKind;
  readonly remedy?: string;
  /** Where in an own list the error is, in the configuration's own words: see `dataset-location.ts`. */
  readonly dataset?: 'accounts' | 'evidence' | 'holdings';
  readonly file?: string;
  readonly row?: number;
  readonly line?: number;
  readonly column?: string;
  readonly seconds?: number;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
  readonly done?: number;
  readonly total?: number;
  readonly attempt?: number;
  readonly count?: number;
  readonly days?: number;
}

export interface Log {
  write(level: LogLevel, event: LogEvent, fields?: LogFields): void;
}

export const silentLog: Log = { write: () => undefined };

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

export interface JsonLogOptions {
  /** The least important level that is written. */
  readonly level: LogLevel;
  readonly wallClock: WallClock;
  /** Takes one line without its end. */
  readonly line: (text: string) => void;
}

/** Writes one line per entry. */
export function jsonLog({ level, wallClock, line }: JsonLogOptions): Log {
  const most = LEVELS.indexOf(level);
  return {
    write(entryLevel, event, fields = {}) {
      if (LEVELS.indexOf(entryLevel) > most) return;
      const time = new Date(wallClock.now()).toISOString();
      line(JSON.stringify({ time, level: entryLevel, event, ...shownFields(fields) }));
    },
  };
}

const CODE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
// The path of a channel, as the wire allows it; remedies are sentences of this package.
const PHASE = /^[a-z0-9:/._-]{0,300}$/;
// Names that the operator gave: any writing, but no control characters.
const GIVEN_NAME = /^[^\p{Cc}]{1,1024}$/u;
const SENTENCE = /^[\x20-\x7e’]{0,300}$/;
// No phase or remedy has so many digits in a row; a card or account number has.
const DIGITS = /[0-9]{9}/;

const TEXT_RULES: Readonly<Record<string, RegExp>> = {
  peer: PARTY_NAME,
  party: PARTY_NAME,
  question: PARTY_NAME,
  disclosures: CODE,
  error: CODE,
  alert: CODE,
  phase: PHASE,
  remedy: SENTENCE,
  dataset: /^(?:accounts|evidence|holdings)$/,
  file: GIVEN_NAME,
  column: GIVEN_NAME,
};

function shownFields(fields: LogFields): Record<string, string | number | readonly string[]> {
  const shown: Record<string, string | number | readonly string[]> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Uint8Array) shown[name] = toHex(value.subarray(0, 16));
    else if (typeof value === 'number') shown[name] = value;
    else if (typeof value === 'string') shown[name] = loggable(name, value);
    else if (Array.isArray(value)) shown[name] = value.map((text) => loggable(name, String(text)));
  }
  return shown;
}

/** A text as it may be kept under this field's name: itself, or that it was withheld. */
export function loggable(name: string, text: string): string {
  const rule = TEXT_RULES[name];
  return rule !== undefined && rule.test(text) && !DIGITS.test(text) ? text : '[withheld]';
}

/** What of an error may be logged: its code, place, side and remedy; never its text or cause. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof MpcError)) return { error: 'internal' };
  const { code, phase, party, remedy } = error;
  return {
    error: code,
    ...(phase === undefined ? {} : { phase }),
    ...(party === undefined ? {} : { party }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
