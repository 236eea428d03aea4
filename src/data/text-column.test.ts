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

  it('gives the cells of UTF-8 back, and only those, whatever stands between them', () => {
    const encoder = new TextEncoder();
    // Every length of a character, and one half of a pair never alone: that is no UTF-8.
    const whole = fc.array(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a', '\x7fé', '账户', '😀é账')),
    );
    fc.assert(
      fc.property(whole, fc.constantFrom(',', '账', '😀', '\ufeff'), (cells, between) => {
        const starts: number[] = [];
        const ends: number[] = [];
        let text = '';
        for (const cell of cells) {
          text += between;
          starts.push(encoder.encode(text).length);
          text += cell;
          ends.push(encoder.encode(text).length);
        }
        const units = encoder.encode(text);
        const column = TextColumn.packed({ units, starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) });
        expect(column.cells).toEqual(cells);
      }),
    );
  });

  it('shifts no cell where bytes of another are no text', () => {
    const units = Uint8Array.of(0x61, 0x2c, 0x80, 0xf0, 0x2c, 0xe9, 0x2c, 0xc3, 0xa9, 0x62, 0x63);
    const column = TextColumn.packed({
      units,
      starts: Uint32Array.of(0, 2, 5, 7, 10),
      ends: Uint32Array.of(1, 4, 6, 10, 11),
    });
    expect(column.cells).toEqual(['a', '\ufffd\ufffd', '\ufffd', 'éb', 'c']);
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
