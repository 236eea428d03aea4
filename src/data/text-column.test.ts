import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinedUnits, TextColumn, textOf, unitsOf, wideUnits } from './text-column.ts';

const texts = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\ufeff', '账户')));

describe('TextColumn', () => {
  it('gives the cells back whose places it was given, with anything between them', () => {
    fc.assert(
      fc.property(texts, texts, (cells, between) => {
        const starts: number[] = [];
        const ends: number[] = [];
        let text = '';
        for (const [k, cell] of cells.entries()) {
          text += between[k] ?? ',';
          starts.push(text.length);
          text += cell;
          ends.push(text.length);
        }
        const packed = { units: unitsOf(text), starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) };
        expect(TextColumn.packed(packed).cells).toEqual(cells);
      }),
    );
  });

  it('packs strings so that its places are theirs', () => {
    fc.assert(
      fc.property(texts, (cells) => {
        const column = TextColumn.of(cells);
        expect(column.length).toBe(cells.length);
        expect(TextColumn.packed(column.packed).cells).toEqual(cells);
      }),
    );
  });
});

describe('unitsOf', () => {
  it('is bytes where all of a text is ASCII, and textOf gives the text again', () => {
    for (const text of ['', 'a,"b"\r\n\0\x7f', '\x80', '账a', '\ufeffa', '😀']) {
      expect(textOf(unitsOf(text))).toBe(text);
      expect(textOf(wideUnits(text))).toBe(text);
      expect(textOf(new TextEncoder().encode(text))).toBe(text);
      expect(unitsOf(text) instanceof Uint8Array, JSON.stringify(text)).toBe(/^[\0-\x7f]*$/.test(text));
    }
    expect([...unitsOf('é😀')]).toEqual([0xe9, 0xd83d, 0xde00]);
  });

  it('joins with others, bytes or not', () => {
    for (const [a, b] of [
      ['a', 'b'],
      ['a', '账'],
      ['账', 'b'],
      ['', '账'],
    ]) {
      expect(textOf(joinedUnits(unitsOf(a), unitsOf(b)))).toBe(a + b);
    }
  });
});
