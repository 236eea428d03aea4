import { describe, expect, it } from 'vitest';
import type { Clock } from '../../kit/clock.ts';
import { displayWidth } from '../screen/display-width.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';
import { plainProgress, terminalProgress } from './run-progress.ts';
import { type Language, textsOf } from '../texts.ts';

const NAMES = ['bank-amber', 'bank-birch', 'bank-cedar'];
const RESULT = { flagged: 2, accounts: 1000, seconds: 1.5 };

/** A clock that only a test moves. */
class HandClock implements Clock {
  nowMs = 0;
  readonly timers = new Set<() => void>();

  now(): number {
    return this.nowMs;
  }
  timer(_delayMs: number, task: () => void): () => void {
    this.timers.add(task);
    return () => void this.timers.delete(task);
  }
  soon(task: () => void): void {
    task();
  }
  fire(afterMs: number): void {
    this.nowMs += afterMs;
    for (const task of this.timers) {
      this.timers.delete(task);
      task();
      return;
    }
  }
}

function onTerminal(columns: number, language: Language = 'en') {
  const surroundings = recordedSurroundings({ stderrColumns: columns });
  const clock = new HandClock();
  const { progress } = textsOf(language);
  const shown = terminalProgress(surroundings.stderr, { names: NAMES, texts: progress, runSeconds: 2, clock });
  return { surroundings, clock, shown };
}

/** What a terminal would show: lines, overwritten where the cursor moved up. */
function terminalLines(written: string): readonly string[] {
  const lines: string[] = [];
  let at = 0;
  for (const part of written.split('\u001B[2K').filter((text) => text !== '')) {
    const [text, move] = part.split('\n');
    if (part.endsWith('\n')) lines[at++] = text;
    else if (move !== undefined) lines[at++] = text;
    const up = part.split('\u001B[')[1];
    if (up !== undefined) at -= Number.parseInt(up, 10);
  }
  return lines;
}

describe('terminalProgress', () => {
  it('keeps one line per institution and redraws it in place', () => {
    const { surroundings, clock, shown } = onTerminal(80);
    shown.started(0);
    shown.moved(0.5);
    clock.fire(1000);
    expect(terminalLines(surroundings.err())).toEqual([
      '  bank-amber  [##########..........] asks, 1 s, about 1 s left',
      '  bank-birch  waits',
      '  bank-cedar  waits',
    ]);
    shown.finished(0, RESULT);
    shown.started(1);
    const second = terminalLines(surroundings.err())[1];
    expect(second, 'how far it is, is not known yet').toBe('  bank-birch  asks, 0 s, about 2 s left');
    shown.moved(0);
    clock.fire(0);
    expect(terminalLines(surroundings.err())).toEqual([
      '  bank-amber  done in 1.5 s: 2 of 1,000 accounts flagged',
      '  bank-birch  [....................] asks, 0 s, about 2 s left',
      '  bank-cedar  waits',
    ]);
  });

  it('never writes a line wider than the terminal, in either language', () => {
    for (const language of ['en', 'zh'] as const) {
      const { surroundings, shown } = onTerminal(30, language);
      shown.started(0);
      for (const line of terminalLines(surroundings.err())) expect(displayWidth(line)).toBeLessThan(30);
    }
  });

  it('leaves no timer when it is closed', () => {
    const { surroundings, clock, shown } = onTerminal(80);
    shown.started(0);
    expect(clock.timers.size).toBe(1);
    shown.close();
    const before = surroundings.err();
    clock.fire(1000);
    expect(clock.timers.size).toBe(0);
    expect(surroundings.err()).toBe(before);
  });
});

describe('plainProgress', () => {
  it('writes one line per answer, with what is left', () => {
    const surroundings = recordedSurroundings();
    const shown = plainProgress(surroundings.stderr, { names: NAMES, texts: textsOf('en').progress });
    shown.started(0);
    shown.moved(0.5);
    shown.finished(0, RESULT);
    shown.finished(2, RESULT);
    expect(surroundings.err()).toBe(
      'bank-amber: done in 1.5 s: 2 of 1,000 accounts flagged (2 more to ask, about 3 s)\n' +
        'bank-cedar: done in 1.5 s: 2 of 1,000 accounts flagged\n',
    );
  });
});
