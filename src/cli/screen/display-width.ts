/**
 * Text in terminal columns: East Asian wide and full-width characters take two (UAX #11, classes W and F), combining
 * marks none. Ambiguous characters count as one, as terminals show them unless told otherwise.
 */

/** First and last code points of the W and F ranges that the texts of this package can contain; no emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], // Hangul Jamo
  [0x2e80, 0x303e], // CJK radicals, ideographic punctuation
  [0x3041, 0x33ff], // Kana, Bopomofo, CJK compatibility
  [0x3400, 0x4dbf], // CJK extension A
  [0x4e00, 0x9fff], // CJK unified ideographs
  [0xa000, 0xa4cf], // Yi
  [0xac00, 0xd7a3], // Hangul syllables
  [0xf900, 0xfaff], // CJK compatibility ideographs
  [0xfe30, 0xfe6f], // CJK compatibility forms
  [0xff00, 0xff60], // full-width forms
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd], // supplementary ideographs
];

const COMBINING = /\p{M}/u;
/** Punctuation that a line must not start with. */
const CLOSING = /^[，。；：、？！）》”’]/u;

function isWide(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return WIDE.some(([first, last]) => code >= first && code <= last);
}

/** Columns that `text` takes; it must not contain control characters. */
export function displayWidth(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (isWide(character)) columns += 2;
    else if (!COMBINING.test(character)) columns += 1;
  }
  return columns;
}

export function padEndColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

export function padStartColumns(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text;
}

/** The longest start of `text` that fits. */
export function cutColumns(text: string, columns: number): string {
  let out = '';
  let width = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns) break;
    out += character;
  }
  return out;
}

/** Breaks at spaces and beside wide characters; a word longer than a line stays whole. */
export function wrapColumns(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text)) {
    if (line !== '' && displayWidth(line) + displayWidth(piece.trimEnd()) > columns) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** Words with the space after them; wide characters one by one, with the punctuation that follows. */
function pieces(text: string): readonly string[] {
  const out: string[] = [];
  let open = false;
  for (const character of text) {
    const wide = isWide(character);
    if (CLOSING.test(character) && out.length > 0) {
      out[out.length - 1] += character;
      open = false;
    } else if (open && !wide) out[out.length - 1] += character;
    else out.push(character);
    if (!CLOSING.test(character)) open = !wide && character !== ' ';
  }
  return out;
}

const USUAL_COLUMNS = 80;

/** Width of a terminal; one that does not know its own says 0 or nothing. */
export function terminalColumns({ columns }: { readonly columns?: number | undefined }): number {
  return columns === undefined || columns === 0 ? USUAL_COLUMNS : columns;
}
