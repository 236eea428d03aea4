/** Sentences of one language to another, by templates with numbered places: `row {1}: {2*}`. */

/**
 * `{1}` takes any text and puts it into words where it knows them (a name stays); `{1*}` fits only what there are words
 * for, so that no sentence comes out half in one language and half in the other; `{1#}` fits a whole number.
 */
export type Phrase = readonly [from: string, to: string];

interface Template {
  readonly pattern: RegExp;
  /** Numbers of the places, in the order of the pattern. */
  readonly places: readonly { readonly number: string; readonly kind: string }[];
  readonly to: string;
}

const PLACE = /\{(\d)([*#]?)\}/g;

export class PhraseBook {
  readonly #whole: ReadonlyMap<string, string>;
  readonly #templates: readonly Template[];

  /** The first template that fits counts: special ones stand before general ones. */
  constructor(phrases: readonly Phrase[]) {
    const hasPlaces = ([from]: Phrase): boolean => from.search(PLACE) >= 0;
    this.#whole = new Map(phrases.filter((phrase) => !hasPlaces(phrase)));
    this.#templates = phrases.filter(hasPlaces).map(templateOf);
  }

  /** `words` puts what stands in a place into words. undefined where nothing fits. */
  find(text: string, words: (piece: string) => string | undefined): string | undefined {
    const whole = this.#whole.get(text);
    if (whole !== undefined) return whole;
    for (const template of this.#templates) {
      const filled = fill(template, text, words);
      if (filled !== undefined) return filled;
    }
    return undefined;
  }
}

function templateOf([from, to]: Phrase): Template {
  const places = [...from.matchAll(PLACE)].map(([, number, kind]) => ({ number, kind }));
  const fixed = from.split(/\{\d[*#]?\}/).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = fixed.reduce(
    (before, text, index) => `${before}${places[index - 1].kind === '#' ? '(\\d+)' : '(.+?)'}${text}`,
  );
  return { pattern: new RegExp(`^${pattern}$`, 's'), places, to };
}

function fill(
  { pattern, places, to }: Template,
  text: string,
  words: (piece: string) => string | undefined,
): string | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const pieces = new Map<string, string>();
  for (const [index, { number, kind }] of places.entries()) {
    const piece = words(found[index + 1]);
    if (piece === undefined && kind === '*') return undefined;
    pieces.set(number, piece ?? found[index + 1]);
  }
  return to.replace(PLACE, (_place, number: string) => pieces.get(number) ?? '');
}
