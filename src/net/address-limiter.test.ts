import { describe, expect, it } from 'vitest';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { AddressLimiter, DEFAULT_ADDRESS_LIMITS, networkOf } from './address-limiter.ts';
import { Backoff } from './backoff.ts';

interface Gate {
  readonly limiter: AddressLimiter;
  readonly clock: { nowMs: number };
}

/** A limiter and a clock that the test sets. */
function limiter(limits: Partial<typeof DEFAULT_ADDRESS_LIMITS> = {}): Gate {
  const clock = { nowMs: 0 };
  return { clock, limiter: new AddressLimiter({ ...DEFAULT_ADDRESS_LIMITS, ...limits }, { now: () => clock.nowMs }) };
}

function admitted(state: Gate, address: string, tries: number): number {
  let count = 0;
  for (let n = 0; n < tries; n++) {
    if (!state.limiter.admit(address)) continue;
    count++;
    state.limiter.release(address);
  }
  return count;
}

describe('AddressLimiter', () => {
  it('admits a burst, then so many a second, of one address, and leaves others alone', () => {
    const state = limiter();
    const { burst, perSecond } = DEFAULT_ADDRESS_LIMITS;
    expect(admitted(state, '10.0.0.1', 1_000)).toBe(burst);
    expect(admitted(state, '10.0.0.2', 5)).toBe(5);
    state.clock.nowMs += 1_000;
    expect(admitted(state, '10.0.0.1', 1_000)).toBe(perSecond);
    state.clock.nowMs += 3_600_000;
    expect(admitted(state, '10.0.0.1', 1_000)).toBe(burst);
  });

  it('bounds the sockets of an address that are not settled', () => {
    const { limiter: gate } = limiter({ halfOpen: 3 });
    expect([1, 2, 3, 4].map(() => gate.admit('10.0.0.1'))).toEqual([true, true, true, false]);
    gate.release('10.0.0.1');
    expect([gate.admit('10.0.0.1'), gate.admit('10.0.0.1'), gate.admit('10.0.0.2')]).toEqual([true, false, true]);
  });

  it('bounds all addresses together', () => {
    const state = limiter({ totalPerSecond: 50 });
    let total = 0;
    for (let n = 0; n < 500; n++) total += admitted(state, `10.0.${n >> 8}.${n & 255}`, 1);
    expect(total).toBe(50);
  });

  it('remembers so many addresses, the last seen ones', () => {
    const state = limiter({ addresses: 10, burst: 1, totalPerSecond: 1e9 });
    expect(admitted(state, 'first', 1)).toBe(1);
    for (let n = 0; n < 9; n++) admitted(state, `other-${n}`, 1);
    expect(admitted(state, 'first', 1)).toBe(0);
    for (let n = 0; n < 10; n++) admitted(state, `more-${n}`, 1);
    expect(admitted(state, 'first', 1)).toBe(1);
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('Backoff', () => {
  it('waits half to all of a time that doubles up to the bound, and starts anew', () => {
    const backoff = new Backoff({ firstMs: 500, maxMs: 60_000 }, insecureSeededRng('backoff'));
    const waits = Array.from({ length: 12 }, () => backoff.next());
    for (const [n, ms] of waits.entries()) {
      const fullMs = Math.min(60_000, 500 * 2 ** n);
      expect(ms).toBeGreaterThanOrEqual(fullMs / 2);
      expect(ms).toBeLessThan(fullMs);
    }
    backoff.reset();
    expect(backoff.next()).toBeLessThan(500);
  });

  it('differs between nodes', () => {
    const waits = [1, 2, 3, 4].map((n) => new Backoff({ firstMs: 500, maxMs: 60_000 }, insecureSeededRng(n)).next());
    expect(new Set(waits).size).toBe(4);
  });
});
