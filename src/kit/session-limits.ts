/** How much a session lets wait, and how long it waits itself. */

export interface SessionLimits {
  /** Bytes that may be under way on one channel before the receiver has taken them. */
  readonly windowBytes: number;
  /** Silence after which a peer that is waited for is asked whether it still lives. */
  readonly stallMs: number;
  /** Time a live peer has to answer that question. */
  readonly graceMs: number;
  /** Time for the whole run. */
  readonly deadlineMs: number;
}

export const DEFAULT_LIMITS: SessionLimits = {
  windowBytes: 4 * 2 ** 20,
  stallMs: 20_000,
  graceMs: 5_000,
  deadlineMs: 30 * 60_000,
};
