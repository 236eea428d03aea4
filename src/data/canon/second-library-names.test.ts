/**
 * Names against other people's tables: every common traditional character (Big5, level 1) against chinese-conv, and every
 * common simplified one (GB 2312, level 1) against cnchar. The characters in which they differ are all listed.
 */
import { sify, tify } from 'chinese-conv';
import cnchar from 'cnchar';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEED } from '../../../test/support/second-library.ts';
import { identifierRule } from '../identifiers.ts';

/** Beside another character: some alone stand for no name. */
const SURNAME = '王';

/** One table says that two spellings are one character, and the other keeps them apart: what a clerk may well have done. */
const KEPT_APART =
  '伕吋汍呎沍牠迆釆阬劻玨姪炤祇耑觔倣浬玆珮珪砲祐衹迺偺啣啗屝惇晞勗梱毬傚揹湣甦著隄勦徬搾搆煖瑯痲痺痳睪覜詻慇槃瘉箄跼儅撚撢暱潟' +
  '瞇箠蔆踫踡銲嬝暸燐燄篛濬繈賸櫂繙鎗霤餽簷藷譆櫺瓖籐蘗籥鑤鼇';
/** The same the other way round. */
const JOINED = '吒拚祕捱菸夥摺霑醣薹麴躂贗';
/** The other table has no simplified form, as it came with later standards. */
const SIMPLIFIED_LATER = '訏軏詖鈇錡檮穠騵';
/** Both simplify, to different characters. */
const OTHERWISE = '訢逕勣暘鉋鉅頫諮篠縯顎颺醱儸鑪鹼';

/** pinyin-pro gives a rare reading first; institutions that have the same version have the same one. */
const RARE_READING = '簿貉';
/** Simplified, it is another character with another reading. */
const READ_AS_SIMPLIFIED = '乾';
/** cnchar lacks the usual reading, or has one that is misspelt. */
const NOT_IN_LIBRARY = '斤戌血';

/** All Han characters whose two bytes are in these ranges. */
function charactersOf(
  encoding: string,
  { leads, trails }: { readonly leads: readonly [number, number]; readonly trails: readonly [number, number] },
): readonly string[] {
  const decoder = new TextDecoder(encoding);
  const found: string[] = [];
  for (let lead = leads[0]; lead <= leads[1]; lead++) {
    for (let trail = trails[0]; trail <= trails[1]; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail));
      if (/^\p{Script=Han}$/u.test(character)) found.push(character);
    }
  }
  return found;
}

const traditional = charactersOf('big5', { leads: [0xa4, 0xc6], trails: [0x40, 0xfe] });
const simplified = charactersOf('gb18030', { leads: [0xb0, 0xd7], trails: [0xa1, 0xfe] });
const canonName = await identifierRule('name');
const canonPinyin = await identifierRule('pinyin');

function valueOf(canonical: ReturnType<typeof canonName>): string {
  return 'value' in canonical ? canonical.value.slice(canonical.value.indexOf(':') + 1) : canonical.status;
}

/** Its types say that there is a default export, and there is none. */
const library = cnchar as unknown as { spell(text: string, ...options: readonly string[]): readonly string[] };

/** Letters, without tones, of every reading that the library knows. */
function readingsOf(character: string): readonly string[] {
  const [found] = library.spell(character, 'array', 'poly', 'low');
  return found.replace(/[()]/g, '').replaceAll('ü', 'v').split('|');
}

const sorted = (characters: string): readonly string[] => Array.from(characters).sort();

describe('canon of a name against a second library', () => {
  it('simplifies every common traditional character as the library does, but for those listed', () => {
    expect(traditional).toHaveLength(5401);
    const other = traditional.filter((character) => {
      return valueOf(canonName(SURNAME + character)) !== SURNAME + sify(character);
    });
    expect(other.sort()).toEqual(sorted(KEPT_APART + JOINED + SIMPLIFIED_LATER + OTHERWISE));
    const own = (character: string) => valueOf(canonName(SURNAME + character)).slice(SURNAME.length);
    expect(Array.from(KEPT_APART).filter((character) => own(character) !== character)).toEqual([]);
    expect(Array.from(JOINED + SIMPLIFIED_LATER).filter((character) => sify(character) !== character)).toEqual([]);
  });

  it(`gives one value to a name in both scripts, as the library writes it (seed ${SEED})`, () => {
    const common = new Set(traditional);
    for (const other of KEPT_APART + JOINED + SIMPLIFIED_LATER + OTHERWISE) common.delete(other);
    const character = fc.constantFrom(...simplified).filter((one) => common.has(tify(one)));
    const dots = fc.constantFrom('', ' ', '·', '•', '\u3000');
    let changed = 0;
    fc.assert(
      fc.property(fc.array(character, { minLength: 2, maxLength: 4 }), dots, (characters, dot) => {
        const written = tify(characters.join(''));
        // To turn to traditional characters is a choice among several: what comes back need not be what it was.
        fc.pre(sify(written) === characters.join(''));
        if (written !== characters.join('')) changed++;
        expect(valueOf(canonName(Array.from(written).join(dot)))).toBe(valueOf(canonName(characters.join(''))));
      }),
      { seed: SEED, numRuns: 1000 },
    );
    expect(changed).toBeGreaterThan(300);
  });
});

describe('canon of pinyin against a second library', () => {
  it('reads every common character in a way that the library knows, but for those listed', () => {
    expect(simplified).toHaveLength(3755);
    const other = simplified.filter((character) => {
      const own = valueOf(canonPinyin(SURNAME + character)).slice('wang'.length);
      return !readingsOf(character).includes(own);
    });
    expect(other.sort()).toEqual(sorted(RARE_READING + READ_AS_SIMPLIFIED + NOT_IN_LIBRARY));
  });

  it(`reads names as readings that the library knows, one behind the other (seed ${SEED})`, () => {
    const differing = new Set(RARE_READING + READ_AS_SIMPLIFIED + NOT_IN_LIBRARY);
    const character = fc.constantFrom(...simplified).filter((one) => !differing.has(one));
    fc.assert(
      fc.property(fc.array(character, { minLength: 2, maxLength: 4 }), (characters) => {
        // In front it would be a surname, some of which have a reading of their own.
        const own = valueOf(canonPinyin(SURNAME + characters.join('')));
        const known = new RegExp(`^wang${characters.map((one) => `(${readingsOf(one).join('|')})`).join('')}$`);
        expect(own).toMatch(known);
      }),
      { seed: SEED, numRuns: 1000 },
    );
    // Control: another name of as many characters is not read so.
    expect(valueOf(canonPinyin('王伟'))).not.toMatch(/^zhang/);
  });
});
