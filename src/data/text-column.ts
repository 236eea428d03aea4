/**
 * A column of cells as places in one text. Digits are read from it in a third of the time that a string for each cell
 * takes; strings are made where somebody asks for them.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { concatBytes } from '../crypto/bytes.ts';

/** UTF-8, or UTF-16 as units of 16 bits. */
export type CodeUnits = Uint8Array | Uint16Array;

export const LARGEST_ASCII = 0x7f;
/** Of four bytes for one character in UTF-8, which are two units in UTF-16. */
const FIRST_OF_FOUR = 0xf0;

export interface PackedCells {
  /** Cells are parts of it, ascending, with anything between them. */
  readonly units: CodeUnits;
  /** Where each cell is. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** The two forms of a column. */
interface TextForms {
  readonly cells: () => readonly string[];
  readonly packed: () => PackedCells;
}

const encoder = new TextEncoder();
/** They have no state: every call is by itself. */
const UTF_8 = new TextDecoder('utf-8', { ignoreBOM: true });
const UTF_16 = new TextDecoder('utf-16le', { ignoreBOM: true });

export class TextColumn {
  readonly length: number;
  readonly #make: TextForms;
  #cells: readonly string[] | undefined;
  #packed: PackedCells | undefined;

  private constructor(length: number, make: TextForms) {
    this.length = length;
    this.#make = make;
  }

  static of(cells: readonly string[]): TextColumn {
    return new TextColumn(cells.length, { cells: () => cells, packed: () => packedCells(cells) });
  }

  static packed(packed: PackedCells): TextColumn {
    return new TextColumn(packed.starts.length, { cells: () => unpacked(packed), packed: () => packed });
  }

  /** Of which each form is made when it is asked for, from something else than the other. */
  static made(length: number, make: TextForms): TextColumn {
    return new TextColumn(length, make);
  }

  get cells(): readonly string[] {
    return (this.#cells ??= this.#make.cells());
  }

  get packed(): PackedCells {
    return (this.#packed ??= this.#make.packed());
  }
}

/** The text of code units. */
export function textOf(units: CodeUnits): string {
  return units instanceof Uint8Array ? UTF_8.decode(units) : UTF_16.decode(units);
}

/** A text as units: UTF-8 where it is ASCII. */
export function unitsOf(text: string): CodeUnits {
  const bytes = encoder.encode(text);
  // Every other character takes more bytes than UTF-16 units.
  return bytes.length === text.length ? bytes : wideUnits(text);
}

export function wideUnits(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < units.length; at++) units[at] = text.charCodeAt(at);
  return units;
}

/** Whether U+FFFD is in a text, which stands in place of bytes that are none. */
export function hasReplacement(units: CodeUnits): boolean {
  if (units instanceof Uint16Array) return units.includes(0xfffd);
  if (isAscii(units)) return false;
  let at = units.indexOf(0xef);
  while (at !== -1 && (units[at + 1] !== 0xbf || units[at + 2] !== 0xbd)) at = units.indexOf(0xef, at + 1);
  return at !== -1;
}

export function joinedUnits(a: CodeUnits, b: CodeUnits): CodeUnits {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return concatBytes(a, b);
  return wideUnits(textOf(a) + textOf(b));
}

function unpacked({ units, starts, ends }: PackedCells): readonly string[] {
  const count = starts.length;
  if (count === 0) return [];
  const from = starts[0];
  const range = units.subarray(from, ends[count - 1]);
  if (range instanceof Uint8Array && !isAscii(range)) return unpackedUtf8(units, starts, ends);
  const text = textOf(range);
  const cells: string[] = [];
  for (let k = 0; k < count; k++) cells.push(text.slice(starts[k] - from, ends[k] - from));
  return cells;
}

/** Where bytes are not as many as characters: perhaps only between the cells, whose text is often ASCII and far less. */
function unpackedUtf8(bytes: CodeUnits, starts: Uint32Array, ends: Uint32Array): readonly string[] {
  let length = 0;
  for (let k = 0; k < starts.length; k++) length += ends[k] - starts[k];
  const own = new Uint8Array(length);
  // Where each cell ends in the text: valid UTF-8 has a unit for each first byte of a character, and two for one of four bytes.
  const bounds = new Uint32Array(starts.length + 1);
  let characters = 0;
  for (let k = 0, out = 0; k < starts.length; k++) {
    for (let at = starts[k], end = ends[k]; at < end; at++) {
      const byte = bytes[at];
      own[out++] = byte;
      if ((byte & 0xc0) !== 0x80) characters += byte < FIRST_OF_FOUR ? 1 : 2;
    }
    bounds[k + 1] = characters;
  }
  // Bytes that are no text have other lengths as text: then each cell is read by itself.
  const isText = isUtf8(own);
  const text = isText ? textOf(own) : '';
  const cells: string[] = [];
  for (let k = 0; k < starts.length; k++) {
    cells.push(isText ? text.slice(bounds[k], bounds[k + 1]) : textOf(bytes.subarray(starts[k], ends[k])));
  }
  return cells;
}

function packedCells(cells: readonly string[]): PackedCells {
  const bounds = new Uint32Array(cells.length + 1);
  for (let k = 0; k < cells.length; k++) bounds[k + 1] = bounds[k] + cells[k].length;
  return { units: unitsOf(cells.join('')), starts: bounds.subarray(0, cells.length), ends: bounds.subarray(1) };
}
