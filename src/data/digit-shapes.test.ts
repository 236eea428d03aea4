import { describe, expect, it } from 'vitest';
import { DigitShapes } from './digit-shapes.ts';
import { TextColumn } from './text-column.ts';

const shapesOf = (texts: readonly string[]): DigitShapes => {
  const shapes = new DigitShapes();
  shapes.addAll(
    TextColumn.of(texts),
    texts.map((_, at) => at + 2),
  );
  return shapes;
};
const padded = Array.from({ length: 100 }, (_, k) => String(k * 13_579).padStart(8, '0'));

describe('DigitShapes', () => {
  it('finds ids that lost their leading zeros, by their rows', () => {
    const lost = Array.from({ length: 100 }, (_, k) => String((k % 10 === 3 ? 1_234_567 : 12_345_678) + k));
    expect(shapesOf(lost).lostLeadingZeros()).toEqual({
      count: 10,
      rows: [5, 15, 25, 35, 45, 55, 65, 75, 85, 95],
    });
  });

  it('finds the same with space around, beside other cells, and in 16 bits a unit', () => {
    const lost = Array.from({ length: 40 }, (_, k) => String((k % 10 === 3 ? 1_234_567 : 12_345_678) + k));
    const found = { count: 4, rows: [5, 15, 25, 35] };
    expect(shapesOf(lost).lostLeadingZeros()).toEqual(found);
    expect(
      shapesOf(lost.map((text, k) => [text, ` ${text}`, `${text}\t`, `\u3000${text} `][k % 4])).lostLeadingZeros(),
    ).toEqual(found);
    expect(shapesOf([...lost, '账户', '', ' ', '12A', '1 2', '1.5', 'x'.repeat(50)]).lostLeadingZeros()).toEqual(found);
    expect(shapesOf(lost.map((text, k) => (k === 3 ? `${text}账` : text))).lostLeadingZeros()).toEqual({
      count: 3,
      rows: [15, 25, 35],
    });
  });

  it.each([
    ['some have a leading zero', padded],
    ['all have one length', padded.map((text) => `1${text}`)],
    ['there are few', ['12345678', '1234567']],
    ['they are counters', Array.from({ length: 1000 }, (_, k) => String(k))],
    ['they have many lengths', Array.from({ length: 100 }, (_, k) => '7'.repeat(6 + (k % 10)))],
    ['they are no numbers', padded.map((text) => `A${Number(text)}`)],
  ])('says nothing of lost zeros where %s', (_, texts) => {
    expect(shapesOf(texts).lostLeadingZeros()).toBeUndefined();
  });

  it('finds 18-digit ids whose last digits a spreadsheet made zeros', () => {
    const rounded = Array.from({ length: 50 }, (_, k) => `${110_101_199_003_070 + k}000`);
    expect(shapesOf(rounded).roundedDigits()).toMatchObject({ count: 50, rows: expect.arrayContaining([2, 11]) });
    const whole = Array.from({ length: 50 }, (_, k) => `110101199003${String(70_123 + k * 37).padStart(6, '0')}`);
    expect(shapesOf(whole).roundedDigits()).toBeUndefined();
    expect(shapesOf(rounded.slice(0, 2)).roundedDigits()).toBeUndefined();
  });
});
