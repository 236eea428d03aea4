/**
 * How many sockets an address may open: so many a second, so many at a time, and so many a second over all addresses. One
 * bucket per IPv4 address or IPv6 network of 64 bits; a bounded number of buckets, so that addresses cost no memory.
 */
import type { Clock } from '../kit/clock.ts';

export interface AddressLimits {
  readonly perSecond: number;
  /** Sockets at once after a quiet time. */
  readonly burst: number;
  /** Sockets on their way to become a connection. */
  readonly halfOpen: number;
  /** Over all addresses. */
  readonly totalPerSecond: number;
  /** Addresses remembered. */
  readonly addresses: number;
}

/** A node has about ten peers, each of which dials once and then with growing pauses. */
export const DEFAULT_ADDRESS_LIMITS: AddressLimits = {
  perSecond: 20,
  burst: 60,
  halfOpen: 60,
  totalPerSecond: 200,
  addresses: 4_096,
};

class Bucket {
  tokens: number;
  atMs: number;
  halfOpen = 0;

  constructor(tokens: number, atMs: number) {
    this.tokens = tokens;
    this.atMs = atMs;
  }

  refill(nowMs: number, perSecond: number, most: number): void {
    this.tokens = Math.min(most, this.tokens + ((nowMs - this.atMs) / 1000) * perSecond);
    this.atMs = nowMs;
  }
}

export class AddressLimiter {
  readonly #limits: AddressLimits;
  readonly #clock: Pick<Clock, 'now'>;
  /** The least recently seen first. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #total: Bucket;

  constructor(limits: AddressLimits, clock: Pick<Clock, 'now'>) {
    this.#limits = limits;
    this.#clock = clock;
    this.#total = new Bucket(limits.totalPerSecond, clock.now());
  }

  /** Whether an address may open another socket now; every admitted one is to be released once. */
  admit(address: string): boolean {
    const nowMs = this.#clock.now();
    const { perSecond, burst, halfOpen, totalPerSecond } = this.#limits;
    const bucket = this.#bucket(networkOf(address), nowMs);
    bucket.refill(nowMs, perSecond, burst);
    if (bucket.tokens < 1 || bucket.halfOpen >= halfOpen) return false;
    this.#total.refill(nowMs, totalPerSecond, totalPerSecond);
    if (this.#total.tokens < 1) return false;
    bucket.tokens--;
    bucket.halfOpen++;
    this.#total.tokens--;
    return true;
  }

  /** The socket became a connection or ended. */
  release(address: string): void {
    const bucket = this.#buckets.get(networkOf(address));
    if (bucket !== undefined && bucket.halfOpen > 0) bucket.halfOpen--;
  }

  #bucket(network: string, nowMs: number): Bucket {
    const bucket = this.#buckets.get(network) ?? new Bucket(this.#limits.burst, nowMs);
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    if (this.#buckets.size > this.#limits.addresses) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}

/** An IPv4 address as it is, also where it comes as `::ffff:`; of an IPv6 address the first four groups. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1];
  if (!address.includes(':')) return address;
  const [head, tail] = address.split('%')[0].split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4).join(':');
}
