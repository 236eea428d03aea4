/** Canonical values of a column of accounts: as strings, or as bytes for whoever counts them and needs no string for each. */
import type { AccountType } from '../identifiers.ts';
import type { CodeUnits, PackedCells, TextColumn } from '../text-column.ts';
import { UNKNOWN } from './plain-account.ts';

const LETTER_A = 0x41;
const CARD = asciiWord('card');
const IBAN = asciiWord('iban');
const COLON = 0x3a;
/** The fourth byte is written over. */
const ID = asciiWord('id:\0');
const ID_BYTES = 3;
const LONGEST_PREFIX_BYTES = 5;
/** Words are written over the end of a key. */
const SLACK_BYTES = 3;

export interface FoundAccounts {
  readonly kind: AccountType;
  /** By the short way. */
  readonly found: Uint8Array;
  /** Values of the cells that are unknown to it, as far as they have one. */
  readonly others: ReadonlyMap<number, string>;
}

export function plainStrings({ cells }: TextColumn, { kind, found, others }: FoundAccounts): readonly string[] {
  return cells.map((cell, k) => {
    if (found[k] === UNKNOWN) return others.get(k) ?? '';
    if (kind === 'plain') return `id:${cell}`;
    return cell.charCodeAt(0) < LETTER_A ? `card:${cell}` : `iban:${cell}`;
  });
}

/**
 * Makes keys always in the same room, as buffers for each batch of a large file would have all of the heap marked again and
 * again.
 */
export class PlainKeys {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #bounds = new Uint32Array(0);

  /** They are there until others are made. */
  of({ units, starts, ends }: PackedCells, { kind, found, others }: FoundAccounts): PackedCells {
    const bytes = this.#room({ starts, ends }, others);
    const view = new DataView(bytes.buffer);
    const bounds = this.#bounds.subarray(0, found.length + 1);
    const copyTo = copierTo(view, units);
    let end = 0;
    for (let k = 0; k < found.length; k++) {
      if (found[k] !== UNKNOWN) {
        if (kind === 'plain') {
          view.setUint32(end, ID);
          end += ID_BYTES;
        } else {
          view.setUint32(end, units[starts[k]] < LETTER_A ? CARD : IBAN);
          bytes[end + LONGEST_PREFIX_BYTES - 1] = COLON;
          end += LONGEST_PREFIX_BYTES;
        }
        end = copyTo(end, starts[k], ends[k]);
      } else {
        // Such values are ASCII.
        const other = others.get(k) ?? '';
        for (let at = 0; at < other.length; at++) bytes[end++] = other.charCodeAt(at);
      }
      bounds[k + 1] = end;
    }
    return { units: bytes.subarray(0, end), starts: bounds.subarray(0, found.length), ends: bounds.subarray(1) };
  }

  #room(
    { starts, ends }: Pick<PackedCells, 'starts' | 'ends'>,
    others: ReadonlyMap<number, string>,
  ): Uint8Array<ArrayBuffer> {
    let room = SLACK_BYTES;
    for (let k = 0; k < starts.length; k++) room += LONGEST_PREFIX_BYTES + ends[k] - starts[k];
    for (const value of others.values()) room += value.length;
    if (this.#bytes.length < room) this.#bytes = new Uint8Array(2 * room);
    if (this.#bounds.length <= starts.length) this.#bounds = new Uint32Array(starts.length + 1);
    return this.#bytes;
  }
}

/** Copies a cell of ASCII to a place, four bytes at once where it can, and gives the end there. */
function copierTo(to: DataView, units: CodeUnits): (place: number, from: number, end: number) => number {
  if (units instanceof Uint16Array) {
    return (place, from, end) => {
      for (let at = from; at < end; at++) to.setUint8(place + at - from, units[at]);
      return place + end - from;
    };
  }
  const view = new DataView(units.buffer, units.byteOffset, units.length);
  return (place, from, end) => {
    let at = from;
    for (; at < end && at + 4 <= units.length; at += 4) to.setInt32(place + at - from, view.getInt32(at));
    for (; at < end; at++) to.setUint8(place + at - from, units[at]);
    return place + end - from;
  };
}

function asciiWord(text: string): number {
  return Array.from(text).reduce((word, letter) => word * 256 + letter.charCodeAt(0), 0);
}
