/** Compares an identifier rule with another library's, and names the classes in which the two differ. */
import fc from 'fast-check';
import type { Canonical } from '../../src/data/canon/canonical.ts';
import { type IdentifierRule, identifierRule, type IdentifierType } from '../../src/data/identifiers.ts';

export const SEED = 20_261_128;
const TEXTS = 6000;
/** Texts that both take, and that both refuse, at least. */
const FEWEST = 300;

/** Texts that one of the two takes and the other refuses. */
export interface Difference {
  readonly why: string;
  readonly takenBy: 'us' | 'library';
  readonly among: (text: string, own: Canonical) => boolean;
}

export interface Comparison {
  readonly type: IdentifierType;
  readonly region?: string;
  readonly texts: fc.Arbitrary<string>;
  readonly library: (text: string) => boolean;
  readonly differences: readonly Difference[];
}

/** Spellings that a cell may have are tested elsewhere: both are given the text as every rule gets it. */
const asRulesGetIt = (text: string): string => text.normalize('NFKC').trim();

/** What is wrong, in words; undefined where nothing is. */
export async function disagreement({
  type,
  region,
  texts,
  library,
  differences,
}: Comparison): Promise<string | undefined> {
  const rule: IdentifierRule = await identifierRule(type, region);
  const seen = new Set<Difference>();
  const both = { taken: 0, refused: 0 };
  for (const raw of fc.sample(texts, { seed: SEED, numRuns: TEXTS })) {
    const text = asRulesGetIt(raw);
    const own = rule(raw);
    const isTaken = own.status === 'ok';
    if (isTaken === library(text)) {
      both[isTaken ? 'taken' : 'refused']++;
      continue;
    }
    const known = differences.find(({ takenBy, among }) => (takenBy === 'us') === isTaken && among(text, own));
    if (known === undefined) return `${JSON.stringify(raw)} is ${own.status} to us and not to the library`;
    seen.add(known);
  }
  const unseen = differences.find((difference) => !seen.has(difference));
  if (unseen !== undefined) return `no text shows this: ${unseen.why}`;
  return Math.min(both.taken, both.refused) < FEWEST ? `too few that both know: ${JSON.stringify(both)}` : undefined;
}

export const characters = (set: string, count: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...set), { minLength: count, maxLength: count }).map((found) => found.join(''));

/** As it is, or with a character lost, added or changed, in small letters, full-width, or with space around it. */
export function dirty(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.integer({ min: 0, max: 11 }), fc.nat(), fc.constantFrom(...'0123456789ABCIOSVXZxz -:._#@'))
    .map(([text, fault, place, character]) => {
      const at = place % Math.max(1, text.length);
      const [before, after] = [text.slice(0, at), text.slice(at + 1)];
      switch (fault) {
        case 0:
          return before + after;
        case 1:
          return before + character + text.slice(at);
        case 2:
          return before + character + after;
        case 3:
          return text.toLowerCase();
        case 4:
          return `\u00a0${text} `;
        case 5:
          return text.replace(/[0-9A-Za-z]/, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
        default:
          return text;
      }
    });
}
