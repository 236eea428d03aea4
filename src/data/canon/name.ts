/**
 * Names of persons and firms, as weak keys: many people share one, and one person has several spellings. Use them in a
 * composite key only, beside something that is not a name.
 *
 * Traditional characters become simplified ones (OpenCC's tables, character by character in effect for names); Latin
 * letters lose case and marks; spaces and the dots of foreign names go.
 */
import { Converter } from 'opencc-js/t2cn';
import { pinyin } from 'pinyin-pro';
import { type Canonical, isScientific, malformed, ok } from './canonical.ts';

const NAME_CHARACTERS_MAX = 128;
/** What clerks write where there is no name. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  '无',
  '不详',
  '未知',
  '空',
  '佚名',
  '匿名',
  '测试',
  'null',
  'none',
  'na',
  'nil',
  'unknown',
  'test',
  'anonymous',
]);

type Conversion = (text: string) => string;
let conversion: Conversion | undefined;

/** Traditional to simplified; the tables are built when they are first used. */
function simplify(text: string): string {
  const convert: Conversion = conversion ?? Converter({ from: 't', to: 'cn' });
  conversion = convert;
  return convert(text);
}

export function canonicalName(text: string): Canonical {
  const plain = text
    .normalize('NFKD')
    .replace(/(\p{Script=Latin})\p{Mn}+/gu, '$1')
    .normalize('NFKC')
    .toLowerCase()
    // Spaces, hyphens and apostrophes, and every dot that is written in foreign names.
    .replace(/[\s\-'’`.·•‧・]/gu, '');
  const name = simplify(plain);
  if (name === '') return malformed('empty');
  if (isScientific(text)) return malformed('bad-format');
  if (PLACEHOLDERS.has(name)) return malformed('placeholder');
  if (!/^[\p{L}\p{N}&()]+$/u.test(name) || !/\p{L}/u.test(name)) return malformed('bad-format');
  return Array.from(name).length > NAME_CHARACTERS_MAX ? malformed('bad-length') : ok(`name:${name}`);
}

/** Pinyin without tones of a Chinese name: for lists that were written down in Latin letters. */
export function canonicalPinyin(text: string): Canonical {
  const name = canonicalName(text);
  if (name.status !== 'ok') return name;
  const syllables = pinyin(name.value.slice('name:'.length), { toneType: 'none', type: 'array', surname: 'head' });
  const letters = syllables.join('').toLowerCase().replaceAll('ü', 'v');
  return /^[a-z0-9&()]+$/.test(letters) ? ok(`pinyin:${letters}`) : malformed('bad-format');
}
