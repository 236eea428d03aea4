import { describe, expect, it } from 'vitest';
import { u32le } from '../crypto/bytes.ts';
import { ReplayGuard } from './replay-guard.ts';

const START = 1_000_000;
const HOUR = 3_600_000;

function guard(remembered = 100): ReplayGuard {
  return new ReplayGuard({ startMs: START, windowMs: 120_000, remembered });
}

const at = (sentMs: number, nowMs: number = sentMs): { readonly sentMs: number; readonly nowMs: number } => ({
  sentMs,
  nowMs,
});

describe('ReplayGuard', () => {
  it('takes each message once', () => {
    const seen = guard();
    expect(seen.judge('a', u32le(1), at(START + 5))).toBe('fresh');
    expect(seen.judge('a', u32le(1), at(START + 5, START + 6))).toBe('replayed');
    expect(seen.judge('a', u32le(2), at(START + 5))).toBe('fresh');
    expect(seen.judge('b', u32le(1), at(START + 5))).toBe('fresh');
  });

  it('takes what is inside the window and calls what is outside a wrong clock, once', () => {
    const now = START + 2 * HOUR;
    const seen = guard();
    for (const [key, offMs, verdict] of [
      [1, 120_000, 'fresh'],
      [2, -120_000, 'fresh'],
      [3, 120_001, 'clock-off'],
      [4, -120_001, 'clock-off'],
      [5, HOUR, 'clock-off'],
      [6, -HOUR, 'clock-off'],
    ] as const) {
      expect(seen.judge('a', u32le(key), at(now + offMs, now))).toBe(verdict);
      expect(seen.judge('a', u32le(key), at(now + offMs, now))).toBe('replayed');
    }
  });

  it('counts what is from before its start as replayed, inside the window too', () => {
    const seen = guard();
    expect(seen.judge('a', u32le(1), at(START - 1, START + 10))).toBe('replayed');
    expect(seen.judge('a', u32le(2), at(START - HOUR, START + 10))).toBe('replayed');
    expect(seen.judge('a', u32le(3), at(START, START + 10))).toBe('fresh');
  });

  it('never takes a message again that it has forgotten', () => {
    const seen = guard(10);
    for (let n = 0; n < 50; n++) expect(seen.judge('a', u32le(n), at(START + n))).toBe('fresh');
    for (let n = 0; n < 50; n++) expect(seen.judge('a', u32le(n), at(START + n, START + 50))).toBe('replayed');
    expect(seen.judge('b', u32le(7), at(START + 7))).toBe('fresh');
    expect(seen.judge('a', u32le(1_000), at(START + 60))).toBe('fresh');
  });

  it('lets a peer in again whose clock was an hour ahead for as many attempts as it remembers', () => {
    const seen = guard(30);
    for (let n = 0; n < 29; n++) expect(seen.judge('a', u32le(n), at(START + HOUR + n, START + n))).toBe('clock-off');
    expect(seen.judge('a', u32le(99), at(START + 40))).toBe('fresh');
  });
});
