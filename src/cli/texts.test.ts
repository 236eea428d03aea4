import { describe, expect, it } from 'vitest';
import { flag, flagParameters } from '../../protocols/flag/index.ts';
import { chooseLanguage, textsOf } from './texts.ts';

describe('chooseLanguage', () => {
  it('takes --lang first, then LC_ALL, LC_MESSAGES and LANG, else English', () => {
    expect(chooseLanguage([], {})).toBe('en');
    expect(chooseLanguage([], { LANG: 'zh_CN.UTF-8' })).toBe('zh');
    expect(chooseLanguage([], { LANG: 'zh_CN.UTF-8', LC_ALL: 'en_GB.UTF-8' })).toBe('en');
    expect(chooseLanguage([], { LANG: 'de_DE', LC_MESSAGES: 'zh_TW' })).toBe('zh');
    expect(chooseLanguage([], { LC_ALL: '', LANG: 'zh_CN' })).toBe('zh');
    expect(chooseLanguage(['demo', '--lang', 'en'], { LANG: 'zh_CN' })).toBe('en');
    expect(chooseLanguage(['demo', '--lang=zh'], {})).toBe('zh');
    expect(chooseLanguage(['demo', '--lang', 'xx'], { LANG: 'zh_CN' })).toBe('zh');
    expect(chooseLanguage(['demo', '--lang'], {})).toBe('en');
  });
});

describe('texts.protocol', () => {
  const sizes = { asker: 'bank-a', askerItems: 64 };
  const four = { ...sizes, contributors: ['bank-b', 'bank-c', 'bank-d'], contributorItems: [64, 64, 64] };
  const runs = [
    flagParameters({ ...four, score: { threshold: 3, max: 255 } }),
    flagParameters(four),
    flagParameters({ ...four, quorum: 3, acknowledged: ['positive-answer-names-all-contributors'] }),
  ];
  const { spec } = flag;
  const statements = [spec.securityModel, ...runs.flatMap((run) => spec.leakage(run)).map(({ learns }) => learns)];

  it('has Chinese words for every statement that a demo can show', () => {
    for (const statement of statements) expect(textsOf('zh').protocol(statement)).toMatch(/\p{Script=Han}/u);
    expect(textsOf('zh').protocol(statements[1])).toContain('其他 3 家机构中是否至少 2 家列有它，且分值之和至少为 3');
  });

  it('has Chinese words for whom a statement is about, when it is no institution', () => {
    const about = runs.flatMap((run) => spec.leakage(run)).map(({ to }) => to);
    for (const to of about) {
      const words = to.split(', ').at(-1) ?? '';
      if (words !== 'bank-a') expect(textsOf('zh').protocol(words)).toMatch(/\p{Script=Han}/u);
    }
  });

  it('leaves a statement as it is when it has no words for it', () => {
    expect(textsOf('zh').protocol('something new')).toBe('something new');
    expect(textsOf('en').protocol(statements[1])).toBe(statements[1]);
  });
});
