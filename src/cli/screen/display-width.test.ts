import { describe, expect, it } from 'vitest';
import { cutColumns, displayWidth, padEndColumns, padStartColumns, wrapColumns } from './display-width.ts';
import { tableLines } from './text-table.ts';

describe('displayWidth', () => {
  it('counts wide characters twice and combining marks not at all', () => {
    expect(displayWidth('bank-amber')).toBe(10);
    expect(displayWidth('机构')).toBe(4);
    expect(displayWidth('标记：3 个')).toBe(10);
    expect(displayWidth('한국')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('𠮷')).toBe(2);
    expect(displayWidth('iban:DE89…3000')).toBe(14);
  });
});

describe('padding and cutting', () => {
  it('fills up to columns, not to characters, when text is wide', () => {
    expect(padEndColumns('机构', 6)).toBe('机构  ');
    expect(padStartColumns('机构', 6)).toBe('  机构');
    expect(padEndColumns('机构', 3)).toBe('机构');
  });

  it('cuts before a wide character that does not fit', () => {
    expect(cutColumns('机构', 3)).toBe('机');
    expect(cutColumns('abc', 3)).toBe('abc');
  });
});

describe('wrapColumns', () => {
  it('breaks at spaces and keeps words whole', () => {
    expect(wrapColumns('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapColumns('unbreakable', 4)).toEqual(['unbreakable']);
    expect(wrapColumns('', 4)).toEqual(['']);
  });

  it('breaks between wide characters but not before closing punctuation', () => {
    expect(wrapColumns('分值之和，至少', 8)).toEqual(['分值之', '和，至少']);
  });

  it('loses no character and no line is too wide when languages mix', () => {
    const text = '其他 2 家机构中至少 2 家列有 account-number，且分值之和至少为 3';
    const lines = wrapColumns(text, 16);
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    expect(lines.every((line) => displayWidth(line) <= 16)).toBe(true);
  });
});

describe('tableLines', () => {
  it('aligns columns by width when heads are wide', () => {
    const lines = tableLines(
      ['机构', '账户'],
      [
        ['bank-a', '1,000'],
        ['合计', '2'],
      ],
    );
    expect(lines).toEqual(['机构     账户', '-------------', 'bank-a  1,000', '-------------', '合计        2']);
  });
});
