/**
 * Frames: what goes between two parties of a run. On the wire a frame is one MessagePack array of positional fields,
 *
 *     data    [version, 1, run, channel, sequence, name, last, body]
 *     credit  [version, 2, run, channel, bytes]
 *     abort   [version, 3, run, code, phase, party]
 *     probe   [version, 4, run]
 *     status  [version, 5, run, [waiting ...]]
 *
 * in the one canonical encoding that `encode.ts` writes and `decode.ts` accepts. Frames are neither encrypted nor
 * authenticated here: the transport does that.
 */

/** A message or a part of one; `sequence` counts the frames of (run, channel, direction) from 0. */
export interface DataFrame {
  readonly kind: 'data';
  readonly run: Uint8Array;
  readonly channel: string;
  readonly sequence: number;
  readonly name: string;
  /** The message ends with this frame. */
  readonly last: boolean;
  readonly body: Uint8Array;
}

/** The receiver took data frames of `bytes` bytes in total, each counted with its encoded length. */
export interface CreditFrame {
  readonly kind: 'credit';
  readonly run: Uint8Array;
  readonly channel: string;
  readonly bytes: number;
}

/** The run is over; `party` is who is to blame, '' when nobody is. */
export interface AbortFrame {
  readonly kind: 'abort';
  readonly run: Uint8Array;
  readonly code: string;
  readonly phase: string;
  readonly party: string;
}

/** Asks whether the peer's side of the run lives. */
export interface ProbeFrame {
  readonly kind: 'probe';
  readonly run: Uint8Array;
}

/** Answers a probe: the parties that the sender's roles wait for. */
export interface StatusFrame {
  readonly kind: 'status';
  readonly run: Uint8Array;
  readonly waiting: readonly string[];
}

export type Frame = DataFrame | CreditFrame | AbortFrame | ProbeFrame | StatusFrame;

/** Raised with every change of the layout above. */
export const wireVersion: number = 1;

/** Numbers and field counts of the kinds, as in the table above. */
export const frameKinds: Readonly<Record<Frame['kind'], { readonly number: number; readonly fieldCount: number }>> = {
  data: { number: 1, fieldCount: 8 },
  credit: { number: 2, fieldCount: 5 },
  abort: { number: 3, fieldCount: 6 },
  probe: { number: 4, fieldCount: 3 },
  status: { number: 5, fieldCount: 4 },
};

/** The name of a run on its links: 128 bits, so that random names of unrelated runs do not meet. */
export const runBytes: number = 16;

/** 1 MiB: the most that one frame makes a receiver hold before anything in it is checked. */
export const maxFrameBytes: number = 2 ** 20;

/**
 * All of a data frame but its body, at most: array, version and kind 1 byte each, run 2 + 16, channel 2 + 200,
 * sequence 9, name 2 + 64, last 1, body header 5.
 */
export const maxDataOverheadBytes: number = 304;

/** Any body up to here fits a frame, whatever its channel, name and sequence. */
export const maxBodyBytes: number = maxFrameBytes - maxDataOverheadBytes;

/** Sequence and credit numbers: below 2^48, so that sums of 2^5 of them stay exact in a double (2^53). */
export const maxCounter: number = 2 ** 48 - 1;

/** Parties a status may name: runs have about ten, and a status must not become a large frame. */
export const maxWaiting: number = 16;

/** ASCII text: `pattern` admits only ASCII, so that bytes and characters are one to one. */
export interface TextRule {
  readonly maxBytes: number;
  readonly pattern: RegExp;
}

/**
 * The text fields. All are lower-case paths and names without control characters or spaces, so that a peer cannot write
 * sentences or terminal escapes into a log here. `__proto__` and `constructor` are valid: key a Map with them.
 */
export const textRules: Readonly<Record<'channel' | 'name' | 'code' | 'phase' | 'party' | 'waiting', TextRule>> = {
  // Nested sub-protocols and a pair of party names (2 x 32) fit; a peer opens many channels, so their keys stay short.
  channel: { maxBytes: 200, pattern: /^[a-z0-9:/._-]+$/ },
  name: { maxBytes: 64, pattern: /^[a-z0-9-]+$/ },
  // An ErrorCode of the sender's version, which need not be one here.
  code: { maxBytes: 32, pattern: /^[a-z0-9]+(?:-[a-z0-9]+)*$/ },
  // A channel, a message name and what joins them; '' when the error has no phase.
  phase: { maxBytes: 300, pattern: /^[a-z0-9:/._-]*$/ },
  party: { maxBytes: 32, pattern: /^(?:[a-z0-9][a-z0-9-]*)?$/ },
  waiting: { maxBytes: 32, pattern: /^[a-z0-9][a-z0-9-]*$/ },
};

/** Whether a text may stand in a frame; its length is checked before its characters. */
export function obeys(rule: TextRule, text: string): boolean {
  return text.length <= rule.maxBytes && rule.pattern.test(text);
}
