import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../node/config/config.ts';
import { isJsonList, type Json, spoiled } from '../../../test/support/spoiled-json.ts';
import { errorInChinese, problemInChinese, sentence, SENTENCES } from './error-zh.ts';

/** Rooms and files whose errors an operator of a node reads. */
const ROOMS = ['src/node', 'src/service', 'src/measure', 'src/kit'];
const NET = ['net-errors', 'identity', 'identity-file', 'listener', 'mux', 'peers'];
const DATA =
  /^(?:table|csv-table|sql-table|open-table|parquet-table|postgres-table|sqlite-table|password-file|account-check|account-source|source)\.ts$/;
const GOVERNANCE = [
  'contract',
  'contract-codec',
  'contract-signatures',
  'strict-json',
  'flag-register',
  'flag-keeping',
  'audit-sections',
  'ledger',
  'ledger-entry',
  'seal',
];
const PROTOCOLS = [
  'committee/seating',
  'flag/parameters',
  'flag/roles',
  'items/distinct-items',
  'items/item-list',
  'items/items',
  'items/rows-on-disk',
  'items/shards',
  'match/plan',
  'overlap/columns',
  'overlap/own-list',
  'overlap/parameters',
  'overlap/plan',
];

/** Texts of these files that are no error, or that no person is shown. */
const NO_ERRORS: readonly (string | RegExp)[] = [
  // Put into words problem by problem.
  /^Cannot use configuration/,
  // Prefixes, values and languages of others.
  'Invalid input',
  'csv, parquet, postgres, sqlite',
  'csv, parquet, postgres, sqlite, register',
  ', register',
  'flag, overlap',
  /^SQLite format 3/,
  'does not support SSL',
  /\b(?:SELECT|CAST|SET|FETCH|DECLARE|BEGIN|PRAGMA)\b.*[(=A-Z]/,
  /default_transaction_read_only/,
  // Reasons that stay inside of a process.
  'the client has gone',
  'not the asker',
  'no policy is set',
  'question or initiator is not on the list',
  'no text list',
  'no list of this name',
  'another process writes this ledger',
  'cpu family',
  'a line does not end',
  /^Two jobs are named/,
  'Cannot take quantile: no samples',
  'Cannot take mean: no samples',
  // Mistakes of a program, not of who runs it.
  /^Cannot (?:make|choose) buckets: /,
  /^Cannot make folder: /,
  /^Cannot compare lists: /,
  /^Cannot compute: a buffer of the input was given up/,
  // Under a key.
  /^blindflag\/1: /,
  'not an own folder',
  // Defaults of a purpose, and names of events with a small probability.
  'screening of own accounts against fraud',
  'comparison of own accounts with another institution’s',
  'an item finds no place in the table',
  'a table of targets cannot be encoded',
  'a bin matches by chance',
  'a shard has no room',
  'a tag is equal by chance',
  'a confirmation is equal by chance',
  'two accounts have one value',
  'two masks of a table are equal',
  'the asker can form the mask of another account',
  // Parts of a list of columns.
  '[hidden: looks like data]',
];
const isNoError = (text: string): boolean =>
  NO_ERRORS.some((known) => (typeof known === 'string' ? known === text : known.test(text)));

const sources = [
  ...ROOMS.flatMap((room) => readdirSync(room, { recursive: true }).map((name) => `${room}/${String(name)}`)),
  ...NET.map((name) => `src/net/${name}.ts`),
  ...readdirSync('src/data').flatMap((name) => (DATA.test(name) ? [`src/data/${name}`] : [])),
  ...readdirSync('src/data/spill').map((name) => `src/data/spill/${name}`),
  ...GOVERNANCE.map((name) => `src/governance/${name}.ts`),
  ...PROTOCOLS.map((name) => `protocols/${name}.ts`),
  'src/errors.ts',
].filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

/** Stands where a value will be: a sentence that there are words for, so that it may be a state as well as a name. */
const SAMPLE = 'it cannot be read';
const VALUE = '\u0000';

/** A source without comments, its literals joined where they are concatenated. */
function textOf(file: string): string {
  return readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/'\s*\+\s*'/g, '');
}

/** The prose in a source: literals of several words, each way that a choice in them may go. */
function proseIn(source: string): readonly string[] {
  const literals = source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g);
  return [...literals]
    .flatMap(([, single, double, template]) =>
      template === undefined ? [(single ?? double).replace(/\\(.)/g, '$1')] : variants(template),
    )
    .filter((text) => /[A-Za-z]{2,}[,;]? [a-z]/.test(text));
}

/** Whether there are words for a text, each value in it being a sentence or a number. */
function hasWords(text: string): boolean {
  if (!text.includes(VALUE)) return sentence(text) !== undefined;
  return [SAMPLE, '7'].some((value) => hasWords(text.replace(VALUE, value)));
}

function variants(template: string): readonly string[] {
  const place = /\$\{((?:[^{}]|\{[^{}]*\})*)\}/.exec(template);
  if (place === null) return [template];
  const choices = [...place[1].matchAll(/'([^']*)'/g)].map(([, text]) => text);
  // A separator of a list is no choice.
  const texts = choices.filter((text) => !/^\W*$/.test(text));
  return (texts.length === 0 ? [VALUE] : texts).flatMap((text) =>
    variants(template.slice(0, place.index) + text + template.slice(place.index + place[0].length)),
  );
}

describe('sentence', () => {
  it.each(sources)('has Chinese words for every error text of %s', (file) => {
    const prose = proseIn(textOf(file)).filter((text) => !isNoError(text));
    expect(prose.filter((text) => !hasWords(text))).toEqual([]);
  });

  it('is found to lack words where it does', () => {
    const source = "throw new UsageError(`Cannot ask: the ${colour === undefined ? 'moon' : 'sun'} is too red`, {";
    expect(proseIn(source)).toEqual(['Cannot ask: the moon is too red', 'Cannot ask: the sun is too red']);
    expect(proseIn(source).map(hasWords)).toEqual([false, false]);
    expect(sources.flatMap((file) => proseIn(textOf(file))).length).toBeGreaterThan(300);
  });

  it('leaves nothing in English where only a part has words', () => {
    expect(sentence('Cannot start: $.peers[0].card: its card is damaged')).toBe(
      '无法启动：$.peers[0].card：其名片已损坏',
    );
    expect(sentence('Cannot start: $.peers[0].card: its card is green')).toBeUndefined();
    expect(sentence('Cannot dance: its card is damaged')).toBeUndefined();
    expect(sentence("Cannot read /data/list.csv: row 7, column 'score': it is not an integer from 0 to 255")).toBe(
      "无法读取 /data/list.csv：第 7 行，列 'score'：不是 0 至 255 的整数",
    );
    expect(
      sentence(
        "Cannot start: $.questions[0] allows 'bank-b' to ask what cannot run: Cannot form committee: it needs three different parties",
      ),
    ).toBe("无法启动：$.questions[0] 允许 'bank-b' 进行无法运行的查询：无法组成计算委员会：需要三个不同的参与方");
  });

  it('has no words for what nothing says any more', () => {
    const all = sources.map((file) => textOf(file)).join('\n');
    const phrases = SENTENCES.map(([english]) => english);
    expect(new Set(phrases).size, 'each once').toBe(phrases.length);
    const whole = phrases.filter((english) => !english.includes('{') && english.includes(' '));
    expect(whole.filter((english) => !all.includes(english))).toEqual([]);
  });
});

/** A configuration with every part, and the ways to spoil each value in it. */
const COMPLETE = {
  name: 'bank-a',
  listen: { host: '127.0.0.1', port: 7400 },
  peers: ['bank-b', 'bank-c', 'bank-d'].map((name) => ({ name, url: 'ws://h:1', card: 'card-of-a-peer-0123456789' })),
  datasets: {
    accounts: { type: 'csv', file: 'a.csv', columns: { account: 'account' }, identifier: 'plain' },
    evidence: { type: 'csv', file: 'e.csv', columns: { account: 'account', score: 's' }, identifier: 'plain' },
  },
  questions: [
    {
      name: 'flags',
      protocol: 'flag',
      agreement: 'configured',
      contributors: ['bank-a', 'bank-b', 'bank-c', 'bank-d'],
      committee: ['bank-b', 'bank-c', 'bank-d'],
      quorum: 2,
      score: { threshold: 3, max: 255 },
      buckets: {
        smallest: 1024,
        asker: 1024,
        evidence: { 'bank-a': 1024, 'bank-b': 1024, 'bank-c': 1024, 'bank-d': 1024 },
      },
      purpose: 'test',
    },
  ],
  allow: [{ question: 'flags', askers: ['bank-b'], maxItems: 1024, perDay: 10 }],
  limits: { deadlineSeconds: 60, retries: 1 },
  store: 'store',
  log: { level: 'info' },
  language: 'zh',
};

/** What makes the configuration wrong in one place. */
function wrongFor(value: Json): readonly Json[] {
  const any = [null, 'a b', '', -1, 1e12, 0.5, true, [], {}];
  if (typeof value === 'string') return [...any, 'x'.repeat(20_000)];
  return isJsonList(value) ? [...any, [...value, ...value], Array.from({ length: 2000 }, () => value[0])] : any;
}

describe('problemInChinese', () => {
  it('leaves no English sentence, whatever is wrong in a configuration', () => {
    expect(() => parseConfig(JSON.stringify(COMPLETE), 'node.json')).not.toThrow();
    const found = new Set<string>();
    const inEnglish = new Set<string>();
    for (const wrong of [
      ...[...spoiled(COMPLETE, wrongFor)].map((value) => JSON.stringify(value)),
      'no JSON',
      '{"a": 1,}',
      '',
    ]) {
      try {
        parseConfig(wrong, 'node.json');
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const problem of error.problems) {
          found.add(problem.code);
          const { path, text, allowed, remedy } = problem;
          const parts = [text, remedy, ...(allowed === undefined || allowed === '' ? [] : [allowed])];
          // What is allowed may be a list of values or names: those are the same in every language.
          const isList = (part: string): boolean => /^[\w.-]+(?:, [\w.-]+)*$/.test(part);
          for (const part of parts) if (sentence(part) === undefined && !isList(part)) inEnglish.add(part);
          expect(problemInChinese(problem).startsWith(`${path}：`)).toBe(true);
        }
      }
    }
    expect([...inEnglish]).toEqual([]);
    expect([...found].toSorted()).toEqual([
      'bad-format',
      'duplicate',
      'missing-key',
      'not-json',
      'out-of-range',
      'unknown-key',
      'unknown-name',
      'wrong-type',
    ]);
  });

  it('stands in the error as one line for each problem', () => {
    const config = { ...COMPLETE, colour: 'red', listen: { host: '127.0.0.1', port: 'x' } };
    const error = ((): unknown => {
      try {
        return parseConfig(JSON.stringify(config), 'node.json');
      } catch (thrown) {
        return thrown;
      }
    })();
    if (!(error instanceof ConfigError)) throw new Error('no problem was found');
    expect(errorInChinese(error)).toBe(
      '无法使用配置 node.json：\n' +
        '  $.listen.port：类型有误（wrong-type）；可用：0 至 65535 的整数——请更正\n' +
        '  $.colour：此处没有这个键（unknown-key）——请删除它，或更正拼写' +
        '［阶段 configuration］（bad-parameter）——请更正文件后重新启动；没有发送任何内容',
    );
  });
});
