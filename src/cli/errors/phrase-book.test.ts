import { describe, expect, it } from 'vitest';
import { PhraseBook } from './phrase-book.ts';

const book = new PhraseBook([
  ['the door is closed', 'die Tür ist zu'],
  ["row {1#}, column '{2}': {3*}", "Zeile {1}, Spalte '{2}': {3}"],
  ['{1} before {2}', '{2} nach {1}'],
]);
const words = (text: string): string | undefined => book.find(text, words);

describe('PhraseBook', () => {
  it.each([
    ['the door is closed', 'die Tür ist zu'],
    ["row 7, column 'x': the door is closed", "Zeile 7, Spalte 'x': die Tür ist zu"],
    // Places may change their order, and hold names.
    ['a.csv before the door is closed', 'die Tür ist zu nach a.csv'],
    ["row seven, column 'x': the door is closed", undefined],
    ["row 7, column 'x': the door is open", undefined],
    ['The door is closed', undefined],
    ['the door is closed.', undefined],
  ])('puts %j into words', (text, expected) => {
    expect(words(text)).toBe(expected);
  });

  it('takes signs of patterns as they are', () => {
    const signs = new PhraseBook([['a (b) [c] {1}? $', 'x {1}']]);
    expect(signs.find('a (b) [c] 1? $', () => undefined)).toBe('x 1');
    expect(signs.find('a b c 1 ', () => undefined)).toBeUndefined();
  });
});
