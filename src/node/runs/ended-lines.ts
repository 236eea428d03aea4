/** The lines of a file that only grows: those with an end. What a crash left of one without is not there. */
import type { FileHandle } from 'node:fs/promises';
import { concatBytes } from '../../crypto/bytes.ts';

const PIECE_BYTES = 65_536;
const LINE_END = 0x0a;
/** No entry is so long: what has no end within it is no line that a crash cut short. */
const MAX_LINE_BYTES = 1_048_576;

/** Whole lines from the start of the file; `onEnd` gets where the last one ends. */
export async function* endedLines(file: FileHandle, onEnd: (bytes: number) => void): AsyncGenerator<string> {
  const piece = new Uint8Array(PIECE_BYTES);
  // What is not the bytes that were written must not become the text that was.
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest: Uint8Array = new Uint8Array(0);
  let position = 0;
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, piece.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    rest = concatBytes(rest, piece.subarray(0, bytesRead));
    let from = 0;
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END, from)) {
      yield text.decode(rest.subarray(from, end));
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > MAX_LINE_BYTES) throw new Error('a line does not end');
  }
  onEnd(position - rest.length);
}
