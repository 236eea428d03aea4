import { describe, expect, it } from 'vitest';
import { LARGEST_SCORE, parseAmount, parsedScores, parseOffset, parseScamType, parseTime } from './cells.ts';
import { SCAM_TYPES } from './scam-types.ts';
import { TextColumn } from './text-column.ts';

describe('parsedScores', () => {
  const score = (text: string, maxScore = LARGEST_SCORE): number | undefined => {
    const { values, bad } = parsedScores(TextColumn.of([text]), maxScore);
    return bad.length === 0 ? values[0] : undefined;
  };

  it.each([
    ['0', 0],
    [' 7 ', 7],
    ['007', 7],
    ['3.0', 3],
    ['3.000', 3],
    ['4294967295', LARGEST_SCORE],
  ])('reads %j', (text, expected) => {
    expect(score(text)).toBe(expected);
  });

  it.each(['', ' ', '-1', '1.5', '3.', '0x10', '1e3', '4294967296', '1,000', 'NaN', '１', '1 2', '/', ':'])(
    'finds no score in %j',
    (text) => {
      expect(score(text)).toBeUndefined();
    },
  );

  it('takes the largest score and none above', () => {
    expect(score('7', 7)).toBe(7);
    expect(score('8', 7)).toBeUndefined();
    expect(score('7.0', 7)).toBe(7);
    expect(score('8.0', 7)).toBeUndefined();
  });

  it('names the places of cells that are none, whatever stands beside them', () => {
    expect(parsedScores(TextColumn.of(['1', 'x', '2.0', '', '分', '3']), 10)).toEqual({
      values: Float64Array.of(1, 0, 2, 0, 0, 3),
      bad: [1, 3, 4],
    });
  });
});

describe('parseScamType', () => {
  it('knows every type by its code and both its names, and 0 as none', () => {
    for (const [index, { code, chinese, english }] of SCAM_TYPES.entries())
      for (const name of [code, chinese, ` ${english} `]) expect(parseScamType(name)).toBe(index + 1);
    expect(parseScamType(' ')).toBe(0);
    expect(parseScamType('lottery')).toBeUndefined();
  });
});

describe('parseAmount', () => {
  it.each([
    ['0', 0],
    ['12', 1200],
    ['12.3', 1230],
    ['12.34', 1234],
    ['12.3400', 1234],
    ['12.', 1200],
    [' +0.05 ', 5],
    ['-0.05', -5],
    ['-0.00', 0],
    ['9999999999999.99', 999_999_999_999_999],
  ])('reads %j exactly', (text, hundredths) => {
    expect(parseAmount(text)).toBe(hundredths);
  });

  it.each(['', '12.345', '1,000.00', '1e3', '.5', '12.3.4', '99999999999999', '¥12', '1 000'])(
    'finds no amount in %j',
    (text) => {
      expect(parseAmount(text)).toBeUndefined();
    },
  );
});

describe('parseTime', () => {
  const utc = (text: string): number => Date.parse(text);

  it.each([
    ['2026-01-02', '2026-01-02T00:00:00Z'],
    ['2026-01-02T03:04', '2026-01-02T03:04:00Z'],
    ['2026-01-02 03:04:05', '2026-01-02T03:04:05Z'],
    ['2026-01-02 03:04:05.678901', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02 03:04:05+00', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05+08:00', '2026-01-01T19:04:05Z'],
    ['2026-01-02T03:04:05-0330', '2026-01-02T06:34:05Z'],
    ['2026/1/2 3:04', '2026-01-02T03:04:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
  ])('reads %j', (text, iso) => {
    expect(parseTime(text, 0)).toBe(utc(iso));
  });

  it('takes the offset of the configuration where the text has none', () => {
    expect(parseTime('2026-01-02 03:04', 480)).toBe(utc('2026-01-01T19:04:00Z'));
    expect(parseTime('2026-01-02T03:04Z', 480)).toBe(utc('2026-01-02T03:04:00Z'));
  });

  it.each([
    '',
    '2026',
    '01/02/2026',
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-01-02T25:00',
    '2026-01/02',
    '20260102',
    '2026-01-02T03:04+99:00',
    'now',
  ])('finds no time in %j', (text) => {
    expect(parseTime(text, 0)).toBeUndefined();
  });
});

describe('parseOffset', () => {
  it.each([
    ['Z', 0],
    ['+08:00', 480],
    ['+08', 480],
    ['-0330', -210],
    ['+14:00', 840],
  ])('reads %s', (text, minutes) => {
    expect(parseOffset(text)).toBe(minutes);
  });

  it.each(['', '8', '+8', '+15:00', '+08:60', 'UTC'])('finds none in %j', (text) => {
    expect(parseOffset(text)).toBeUndefined();
  });
});
