import { describe, expect, it } from 'vitest';
import { maskAccount } from './mask-account.ts';

describe('maskAccount', () => {
  it('shows the type, four first and four last characters when the number is long', () => {
    expect(maskAccount('iban:DE89370400440532013000')).toBe('iban:DE89…3000');
    expect(maskAccount('card:622848001234')).toBe('card:6228…1234');
  });

  it('shows two characters at most when the number is short', () => {
    expect(maskAccount('id:19999')).toBe('id:…99');
    expect(maskAccount('id:123')).toBe('id:…23');
    expect(maskAccount('id:12')).toBe('id:…');
    expect(maskAccount('id:1')).toBe('id:…');
  });

  it('never shows a whole number when it has 1 to 64 characters', () => {
    for (let length = 1; length <= 64; length++) {
      const number = 'abcdefghij'.repeat(7).slice(0, length);
      expect(maskAccount(`id:${number}`)).not.toContain(number);
    }
  });
});
