/** Splits a stream of bytes into lines of a bounded length. */

export class LineReader {
  readonly #maxBytes: number;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` ends, without their ends. @throws RangeError when a line is too long or no UTF-8 */
  push(chunk: Uint8Array): string[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEW_LINE, start); end !== -1; end = bytes.indexOf(NEW_LINE, start)) {
      lines.push(this.#line(bytes.subarray(start, end)));
      start = end + 1;
    }
    this.#rest = bytes.slice(start);
    if (this.#rest.length > this.#maxBytes) throw new RangeError('Cannot read line: too long');
    return lines;
  }

  #line(bytes: Uint8Array): string {
    if (bytes.length > this.#maxBytes) throw new RangeError('Cannot read line: too long');
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw new RangeError('Cannot read line: no UTF-8');
    }
  }
}

const NEW_LINE = 10;
