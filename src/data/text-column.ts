/**
 * A column of cells as places in one text. Digits are read from it in a third of the time that a string for each cell
 * takes; strings are made where somebody asks for them.
 */
import { concatBytes } from '../crypto/bytes.ts';

/** UTF-16 code units: bytes where all are ASCII. */
export type CodeUnits = Uint8Array | Uint16Array;

export const LARGEST_ASCII = 0x7f;
/** What stands in place of bytes that are no text. */
export const REPLACEMENT = 0xfffd;

export interface PackedCells {
  /** Cells are parts of it, ascending, with anything between them. */
  readonly units: CodeUnits;
  /** Where each cell is. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

const encoder = new TextEncoder();
/** Has no state: every call is by itself. */
const ASCII = new TextDecoder();
const UTF_16 = new TextDecoder('utf-16le', { ignoreBOM: true });

export class TextColumn {
  readonly length: number;
  #cells: readonly string[] | undefined;
  #packed: PackedCells | undefined;

  private constructor(
    length: number,
    { cells, packed }: { readonly cells?: readonly string[]; readonly packed?: PackedCells },
  ) {
    this.length = length;
    this.#cells = cells;
    this.#packed = packed;
  }

  static of(cells: readonly string[]): TextColumn {
    return new TextColumn(cells.length, { cells });
  }

  static packed(packed: PackedCells): TextColumn {
    return new TextColumn(packed.starts.length, { packed });
  }

  get cells(): readonly string[] {
    return (this.#cells ??= unpacked(this.packed));
  }

  get packed(): PackedCells {
    return (this.#packed ??= packedCells(this.cells));
  }
}

/** The text of code units. */
export function textOf(units: CodeUnits): string {
  return units instanceof Uint8Array ? ASCII.decode(units) : UTF_16.decode(units);
}

/** The code units of a text, most likely one in ASCII. */
export function unitsOf(text: string): CodeUnits {
  const bytes = encoder.encode(text);
  // Every other character takes more bytes than UTF-16 units.
  return bytes.length === text.length ? bytes : unitsOfAny(text);
}

/** The same of a text that is most likely another. */
export function unitsOfAny(text: string): CodeUnits {
  const units = new Uint16Array(text.length);
  let seen = 0;
  for (let at = 0; at < units.length; at++) {
    const unit = text.charCodeAt(at);
    units[at] = unit;
    seen |= unit;
  }
  return seen > LARGEST_ASCII ? units : Uint8Array.from(units);
}

export function joinedUnits(a: CodeUnits, b: CodeUnits): CodeUnits {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return concatBytes(a, b);
  const joined = new Uint16Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function unpacked({ units, starts, ends }: PackedCells): readonly string[] {
  const count = starts.length;
  if (count === 0) return [];
  const from = starts[0];
  const text = textOf(units.subarray(from, ends[count - 1]));
  const cells: string[] = [];
  for (let k = 0; k < count; k++) cells.push(text.slice(starts[k] - from, ends[k] - from));
  return cells;
}

function packedCells(cells: readonly string[]): PackedCells {
  const bounds = new Uint32Array(cells.length + 1);
  for (let k = 0; k < cells.length; k++) bounds[k + 1] = bounds[k] + cells[k].length;
  return { units: unitsOf(cells.join('')), starts: bounds.subarray(0, cells.length), ends: bounds.subarray(1) };
}
