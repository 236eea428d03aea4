import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { errorFields, jsonLog, type LogFields, type LogLevel } from './log.ts';

function written(level: LogLevel, fields: LogFields, at: LogLevel = 'info'): Record<string, unknown> | undefined {
  const lines: string[] = [];
  const log = jsonLog({ level, wallClock: { now: () => Date.UTC(2027, 0, 1) }, line: (text) => void lines.push(text) });
  log.write(at, 'run-failed', fields);
  return lines.length === 0 ? undefined : (JSON.parse(lines[0]) as Record<string, unknown>);
}

describe('jsonLog', () => {
  it('writes one line with time, level, event and the given fields', () => {
    expect(
      written('info', { run: new Uint8Array(16).fill(7), peer: 'bank-b', phase: 'flag/match:bank-b', count: 3 }),
    ).toEqual({
      time: '2027-01-01T00:00:00.000Z',
      level: 'info',
      event: 'run-failed',
      run: '07'.repeat(16),
      peer: 'bank-b',
      phase: 'flag/match:bank-b',
      count: 3,
    });
  });

  it('writes names that the operator gave to files and columns, in any writing', () => {
    const fields = { dataset: 'evidence', file: '/数据/名单.csv', row: 7, column: '账户' } as const;
    expect(written('info', fields)).toMatchObject(fields);
  });

  it('writes in how many days something ends', () => {
    expect(written('info', { question: 'fraud-flags', days: 12 })).toMatchObject({ question: 'fraud-flags', days: 12 });
  });

  it.each<[LogLevel, LogLevel, boolean]>([
    ['error', 'error', true],
    ['error', 'warn', false],
    ['info', 'debug', false],
    ['debug', 'debug', true],
    ['warn', 'error', true],
  ])('at level %s, writes %s entries: %s', (level, at, expected) => {
    expect(written(level, {}, at) !== undefined).toBe(expected);
  });

  it.each<[keyof LogFields, string]>([
    ['peer', 'Bank B'],
    ['question', 'x\ny'],
    ['error', 'Something happened'],
    ['phase', 'with a space'],
    ['phase', 'flag/6222021234567890123'],
    ['remedy', 'ask about 6222021234567890123'],
    ['remedy', `a sentence${'!'.repeat(400)}`],
    ['remedy', 'terminal \u001b[31m'],
    ['dataset', 'customers'],
    ['file', '/data/6222021234567890123.csv'],
    ['file', 'two\nlines'],
    ['column', 'terminal \u001b[31m'],
  ])('withholds a %s that does not look like one: %j', (field, value) => {
    expect(written('info', { [field]: value })?.[field]).toBe('[withheld]');
  });

  it('withholds a field that does not exist, and has none for free text', () => {
    expect(written('info', { message: 'hello' } as LogFields)?.message).toBe('[withheld]');
  });
});

describe('errorFields', () => {
  it('takes code, phase, party and remedy, never text or cause', () => {
    const error = new ProtocolError('text with acct-1', {
      code: 'bad-message',
      phase: 'open',
      party: 'bank-c',
      remedy: 'look',
      cause: new Error('acct-2'),
    });
    expect(errorFields(error)).toEqual({ error: 'bad-message', phase: 'open', party: 'bank-c', remedy: 'look' });
    expect(errorFields(new Error('acct-3'))).toEqual({ error: 'internal' });
    expect(errorFields('acct-4')).toEqual({ error: 'internal' });
  });
});
