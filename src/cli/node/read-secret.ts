/** Reads a line from a terminal without showing it. */
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import type { OutputStream } from '../surroundings.ts';

const ENTER = /[\r\n]/;
const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const ERASE = /[\b\u007f]/;
const ERASE_LINE = '\u0015';

/**
 * The line, or '' when the input ended. In raw mode the terminal sends no SIGINT for Ctrl-C: `interrupt` is called in its
 * place, and the line is given up.
 */
export function readSecret(
  input: ReadStream,
  {
    output,
    prompt,
    interrupt,
  }: { readonly output: OutputStream; readonly prompt: string; readonly interrupt: () => void },
): Promise<string> {
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    let line: readonly string[] = [];
    const finish = (result: string): void => {
      input.off('data', take);
      input.off('end', end);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      resolve(result);
    };
    const end = (): void => finish('');
    const take = (chunk: Uint8Array): void => {
      for (const character of decoder.write(chunk)) {
        if (ENTER.test(character)) return finish(line.join(''));
        if (character === INTERRUPT) {
          interrupt();
          return end();
        }
        if (character === END_OF_INPUT) return end();
        if (character === ERASE_LINE) line = [];
        else if (ERASE.test(character)) line = line.slice(0, -1);
        else line = [...line, character];
      }
    };
    // First raw, then the prompt: who types at once is not shown either.
    input.setRawMode(true);
    output.write(prompt);
    input.on('data', take);
    input.on('end', end);
    input.resume();
  });
}
