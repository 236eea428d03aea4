/**
 * Tells a first handshake message that is new from one that somebody recorded and sends again. Noise §11.4 leaves this
 * to the application, since the first message of IK is the same however often it comes.
 *
 * Per peer it remembers the ephemeral keys of messages that authenticated. What it can no longer know (from before this
 * process started, or pushed out by newer ones) counts as a replay, so a peer whose clock is behind waits that long
 * after a restart here, and one whose clock was far ahead for thousands of attempts until that time has come. A message outside the window that is certainly no replay is `clock-off`: its sender may be told.
 */
import { toHex } from '../crypto/bytes.ts';

export type Freshness = 'fresh' | 'clock-off' | 'replayed';

export interface ReplayGuardOptions {
  /** When this process began to remember, in milliseconds since 1970. */
  readonly startMs: number;
  /** How far a peer's clock may be off in either direction. */
  readonly windowMs: number;
  /** Keys remembered per peer. */
  readonly remembered: number;
}

/** A peer that connects once a minute fills it in two days; about half a megabyte a peer then. */
export const DEFAULT_REMEMBERED = 2_880;

interface Memory {
  /** Ephemeral key to its time, oldest arrival first. */
  readonly seen: Map<string, number>;
  /** Messages from before are not remembered. */
  horizonMs: number;
}

export class ReplayGuard {
  readonly #options: ReplayGuardOptions;
  readonly #peers = new Map<string, Memory>();

  constructor(options: ReplayGuardOptions) {
    this.#options = options;
  }

  /** Judges a message that authenticated as the peer's, and remembers it. */
  judge(peer: string, ephemeral: Uint8Array, times: { readonly sentMs: number; readonly nowMs: number }): Freshness {
    const { windowMs } = this.#options;
    const memory = this.#memory(peer);
    const key = toHex(ephemeral);
    if (times.sentMs < memory.horizonMs || memory.seen.has(key)) return 'replayed';
    memory.seen.set(key, times.sentMs);
    this.#forget(memory);
    return Math.abs(times.sentMs - times.nowMs) <= windowMs ? 'fresh' : 'clock-off';
  }

  #memory(peer: string): Memory {
    let memory = this.#peers.get(peer);
    if (memory === undefined) {
      memory = { seen: new Map(), horizonMs: this.#options.startMs };
      this.#peers.set(peer, memory);
    }
    return memory;
  }

  #forget(memory: Memory): void {
    if (memory.seen.size <= this.#options.remembered) return;
    // The one with the lowest time goes, so that the horizon moves as little as it can.
    let oldest: readonly [string, number] | undefined;
    for (const entry of memory.seen) if (oldest === undefined || entry[1] < oldest[1]) oldest = entry;
    if (oldest === undefined) return;
    memory.seen.delete(oldest[0]);
    memory.horizonMs = Math.max(memory.horizonMs, oldest[1] + 1);
  }
}
