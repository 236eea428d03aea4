import { describe, expect, it } from 'vitest';
import { flag, flagParameters } from '../../protocols/flag/index.ts';
import {
  neededOverlapDisclosures,
  overlap,
  type OverlapOptions,
  overlapParameters,
} from '../../protocols/overlap/index.ts';
import { disclosureText } from './ask/disclosure-text.ts';
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
    expect(chooseLanguage(['up'], { LANG: 'zh_CN' }, 'en')).toBe('en');
    expect(chooseLanguage(['up', '--lang', 'zh'], {}, 'en')).toBe('zh');
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
    const departures = statements.filter((statement) => statement.startsWith('who listed an account'));
    for (const statement of departures) expect(textsOf('zh').protocol(statement)).toContain(' 1305 个账户');
    expect(departures.map((statement) => textsOf('zh').protocol(statement).includes('得知各家的分值'))).toEqual(
      departures.map((statement) => statement.includes('by altered scores')),
    );
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

describe('texts of overlap', () => {
  const column = { name: 'risk', bytes: 4 };
  const modes = [
    { mode: 'receiver', columns: [] },
    { mode: 'both', columns: [column] },
    { mode: 'size-only', columns: [] },
  ] as const;
  const sizes = { receiver: 'bank-a', holder: 'bank-b', receiverItems: 64, holderItems: 64 };
  /** Each leaves something else to a party whose software departs. */
  const variants: readonly Partial<OverlapOptions>[] = [
    {},
    { security: 'semi-honest' },
    { engine: 'dh' },
    { engine: 'dh', shardRows: 64 },
  ];
  const leakage = [
    ...modes.map((rule) => ({ ...rule, acknowledged: neededOverlapDisclosures(rule) })),
    ...variants.map((change) => ({ ...modes[0], acknowledged: neededOverlapDisclosures(modes[0]), ...change })),
  ].flatMap((rule) => overlap.spec.leakage(overlapParameters({ ...sizes, ...rule })));

  it('has Chinese words for everything that a run declares, and keeps the names of disclosures and columns', () => {
    const { node } = textsOf('zh');
    for (const statement of [overlap.spec.securityModel, ...leakage.map(({ learns }) => learns)]) {
      expect(textsOf('zh').protocol(statement), statement).toMatch(/\p{Script=Han}/u);
    }
    const shown = leakage.map(({ to, learns }) => node.learns(to, learns));
    for (const text of shown) expect(text).not.toMatch(/\b(?:if|the|which|both)\b/);
    const departures = leakage.filter(({ to }) => to.includes('if its software departs'));
    expect(new Set(departures.map(({ learns }) => learns)).size).toBe(5);
    // Numbers stay what they are.
    for (const { learns } of departures) {
      const numbers = (text: string): string[] => text.match(/\d+/g) ?? [];
      expect(numbers(textsOf('zh').protocol(learns))).toEqual(numbers(learns));
    }
    for (const rule of modes) for (const name of neededOverlapDisclosures(rule)) expect(shown.join()).toContain(name);
    expect(shown.join()).toContain('risk');
  });

  it.each(['en', 'zh'] as const)('says each disclosure in words, with its name and who learns, in %s', (language) => {
    const texts = textsOf(language);
    const names = new Set(modes.flatMap((rule) => neededOverlapDisclosures(rule)));
    expect(names.size).toBe(4);
    for (const name of names) {
      const text = disclosureText(name, { receiver: 'bank-a', holder: 'bank-b' }, texts);
      expect(text).toContain(name);
      expect(text).toContain(name.startsWith('holder') ? 'bank-b' : 'bank-a');
      expect(disclosureText(name, { receiver: undefined, holder: undefined }, texts)).not.toContain('undefined');
    }
    const ofFlag = disclosureText(
      'any-two-parties-learn-everything',
      { receiver: undefined, holder: undefined },
      texts,
    );
    expect(ofFlag).toMatch(language === 'en' ? /any two of the institutions/ : /任意两家/);
    expect(disclosureText('something-new', { receiver: undefined, holder: undefined }, texts)).toMatch(
      /something-new$/,
    );
  });
});
