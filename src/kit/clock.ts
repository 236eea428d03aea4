/** Time as a parameter, and the one place that reads the platform's clocks and randomness. */
import type { Rng } from '../crypto/rng.ts';

/** Monotonic time. Everything that waits goes through here, so tests can make time pass at once. */
export interface Clock {
  /** Milliseconds since an arbitrary start. */
  now(): number;
  /**
   * Calls `task` once after `delayMs`, when the event loop has read what arrived meanwhile; the returned function cancels. A process
   * that was suspended would otherwise take its own pause for the silence of a peer.
   */
  timer(delayMs: number, task: () => void, options?: TimerOptions): () => void;
  /** Calls `task` in a later turn of the event loop. */
  soon(task: () => void): void;
}

export interface TimerOptions {
  /** Whether a process with nothing else to do goes on until then. Default: true. */
  readonly keepsProcess?: boolean;
}

/** The time of day as a parameter: days of limits, expiry of answers and keys, handshakes. Never used to measure time. */
export interface WallClock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
}

/**
 * How far two parties' clocks may differ. Clocks that a time service keeps differ by less than a second; two minutes also
 * forgive one that was set by hand.
 */
export const MAX_CLOCK_DIFFERENCE_MS: number = 2 * 60_000;

/** The time as the system knows it now: a monotonic clock would miss its corrections. */
export const systemWallClock: WallClock = { now: () => new Date().getTime() };

export const systemClock: Clock = {
  now: () => performance.now(),
  timer(delayMs, task, { keepsProcess = true } = {}) {
    let cancelled = false;
    const handle = setTimeout(() => systemClock.soon(() => cancelled || task()), delayMs);
    // In browsers a handle is a number, and a page goes on anyway.
    if (!keepsProcess && typeof handle === 'object') handle.unref();
    return () => {
      cancelled = true;
      clearTimeout(handle);
    };
  },
  soon: typeof setImmediate === 'function' ? (task) => void setImmediate(task) : browserSoon(),
};

/** Browsers have no setImmediate; a message to oneself is the turn that timers do not throttle. */
function browserSoon(): (task: () => void) => void {
  const queue: (() => void)[] = [];
  let port: MessagePort | undefined;
  return (task) => {
    if (port === undefined) {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => queue.shift()?.();
      port = channel.port2;
    }
    queue.push(task);
    port.postMessage(0);
  };
}

/** The platform's cryptographic randomness (Web Crypto; at most 65,536 bytes a call there). */
export const systemRng: Rng = (length) => {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    globalThis.crypto.getRandomValues(out.subarray(at, Math.min(length, at + 65_536)));
  }
  return out;
};
