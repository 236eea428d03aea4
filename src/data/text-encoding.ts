/**
 * Bytes of a text file to text, chunk by chunk: a byte order mark decides, else the configuration, else the bytes. The
 * first bytes outside of ASCII tell UTF-8 from GB18030: text of some length in the one is not valid in the other.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { concatBytes } from '../crypto/bytes.ts';
import { type CodeUnits, joinedUnits, wideUnits } from './text-column.ts';

/** GB18030 contains GBK and GB2312. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface TextEncoding {
  readonly name: Encoding;
  /** A file in ASCII alone is given as UTF-8 by its bytes. */
  readonly by: 'byte-order-mark' | 'configuration' | 'its bytes';
}

/** Bytes from the first one outside of ASCII on that are looked at before a decision; less where the file ends. */
const EVIDENCE_BYTES = 1 << 16;
const BOM_BYTES = 3;
/** The longest character: four bytes in UTF-8 and in GB18030. */
const LONGEST_CHARACTER = 4;

/** Decodes one file. Bytes that are no text become U+FFFD and never take a delimiter or line break with them. */
export class TextDecoding {
  readonly #given: Encoding | undefined;
  #encoding: TextEncoding | undefined;
  #decoder: TextDecoder | undefined;
  /** Not yet decided on, or too short for a byte order mark. */
  #held: Uint8Array = new Uint8Array(0);
  #started = false;
  /** The decoder may hold the begin of a character. */
  #isMidway = false;

  constructor(given: Encoding | undefined) {
    this.#given = given;
  }

  /** As far as it is known. */
  get encoding(): TextEncoding {
    return this.#encoding ?? { name: 'utf-8', by: 'its bytes' };
  }

  /** Bytes of whole characters in UTF-8 stay what they are. @throws RangeError where this build of Node does not have the encoding */
  decode(chunk: Uint8Array): CodeUnits {
    const bytes = this.#held.length === 0 ? chunk : concatBytes(this.#held, chunk);
    this.#held = new Uint8Array(0);
    if (!this.#started && bytes.length < BOM_BYTES) return this.#hold(bytes);
    this.#start(bytes);
    return this.#encoding === undefined ? this.#undecided(bytes, false) : this.#decided(bytes);
  }

  end(): CodeUnits {
    const bytes = this.#held;
    this.#held = new Uint8Array(0);
    this.#start(bytes);
    const units = this.#encoding === undefined ? this.#undecided(bytes, true) : this.#decided(bytes);
    return joinedUnits(units, wideUnits(this.#decoder?.decode() ?? ''));
  }

  #start(bytes: Uint8Array): void {
    if (this.#started) return;
    this.#started = true;
    const marked = byteOrderMark(bytes);
    if (marked !== undefined) this.#decide({ name: marked, by: 'byte-order-mark' });
    else if (this.#given !== undefined) this.#decide({ name: this.#given, by: 'configuration' });
    else {
      const wide = utf16By(bytes);
      if (wide !== undefined) this.#decide({ name: wide, by: 'its bytes' });
    }
  }

  #undecided(bytes: Uint8Array, isEnd: boolean): CodeUnits {
    const from = firstOutsideAscii(bytes);
    const evidence = bytes.subarray(from);
    if (evidence.length > 0 && (isEnd || evidence.length >= EVIDENCE_BYTES)) {
      this.#decide({ name: isGb18030(evidence) ? 'gb18030' : 'utf-8', by: 'its bytes' });
      return this.#decided(bytes);
    }
    this.#hold(evidence);
    return bytes.subarray(0, from);
  }

  #decided(bytes: Uint8Array): CodeUnits {
    const name = this.#encoding?.name;
    // GB18030 has digits inside of characters, so not after it.
    if (!this.#isMidway && (name === 'gb18030' ? isAscii(bytes) : name === 'utf-8' && isUtf8(bytes))) return bytes;
    this.#isMidway = name !== 'utf-8' || (bytes.at(-1) ?? 0) >= 0x80;
    return wideUnits(this.#decoder?.decode(bytes, { stream: true }) ?? '');
  }

  #decide(encoding: TextEncoding): void {
    this.#encoding = encoding;
    this.#decoder = new TextDecoder(encoding.name);
    // The decoder takes a byte order mark away; the short way for ASCII cannot see one.
    this.#isMidway = true;
  }

  #hold(bytes: Uint8Array): Uint8Array {
    this.#held = Uint8Array.from(bytes);
    return new Uint8Array(0);
  }
}

function byteOrderMark(bytes: Uint8Array): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/**
 * Digits, delimiters and line breaks have a zero byte in UTF-16, always on the same side. Other text has none, but for
 * a stray one: so there have to be two, and one in twenty bytes.
 */
function utf16By(bytes: Uint8Array): Encoding | undefined {
  const begin = bytes.subarray(0, 4096);
  const zeros = [0, 0];
  for (const [at, byte] of begin.entries()) if (byte === 0) zeros[at % 2]++;
  const least = Math.max(2, begin.length / 20);
  if (zeros[0] === 0 && zeros[1] >= least) return 'utf-16le';
  return zeros[1] === 0 && zeros[0] >= least ? 'utf-16be' : undefined;
}

function firstOutsideAscii(bytes: Uint8Array): number {
  if (isAscii(bytes)) return bytes.length;
  return bytes.findIndex((byte) => byte >= 0x80);
}

function isGb18030(bytes: Uint8Array): boolean {
  const ends = Array.from({ length: Math.min(LONGEST_CHARACTER, bytes.length) }, (_, cut) => bytes.length - cut);
  // The bytes may end inside a character.
  if (ends.some((end) => isUtf8(bytes.subarray(0, end)))) return false;
  const decoder = new TextDecoder('gb18030', { fatal: true });
  return ends.some((end) => {
    try {
      decoder.decode(bytes.subarray(0, end));
      return true;
    } catch {
      // No text in this encoding, which is all that was asked.
      return false;
    }
  });
}
