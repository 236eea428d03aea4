/** Where an answer is written: to standard output, or to a new file that is there whole or not at all. */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import type { AnswerOutput } from './answer-output.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import type { Surroundings } from '../surroundings.ts';
import type { FaultTexts, Texts } from '../texts.ts';

const DEFAULT_COLUMNS = 100;

/** @throws ArgumentError where a file of this name is there already */
export function refuseOldFile(out: string | undefined, faults: FaultTexts): void {
  if (out !== undefined && existsSync(out)) throw new ArgumentError(faults.node.outExists(out));
}

/** Calls `work` with the place to write to; what it wrote to a file stays only when it ends well. */
export async function withAnswerOutput(
  out: string | undefined,
  { surroundings: { stdout, stderr }, texts }: { readonly surroundings: Surroundings; readonly texts: Texts },
  work: (output: AnswerOutput) => Promise<void>,
): Promise<void> {
  const columns = Math.min(stdout.columns ?? DEFAULT_COLUMNS, DEFAULT_COLUMNS);
  if (out === undefined) {
    await work({ write: (text) => void stdout.write(text), texts, columns });
    return;
  }
  const file = new NewFile(out, texts.faults);
  try {
    await work({ write: (text) => file.write(text), texts, columns });
    file.finish();
  } finally {
    file.discard();
  }
  stderr.write(`${texts.node.written(out)}\n`);
}

/** For this user alone, and never in the place of another file. */
class NewFile {
  readonly #path: string;
  readonly #partial: string;
  readonly #faults: FaultTexts;
  readonly #descriptor: number;

  constructor(path: string, faults: FaultTexts) {
    this.#path = path;
    this.#partial = `${path}.${randomUUID()}.partial`;
    this.#faults = faults;
    this.#descriptor = this.#attempt(() => openSync(this.#partial, 'wx', 0o600));
  }

  write(text: string): void {
    this.#attempt(() => {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    });
  }

  finish(): void {
    this.#attempt(() => linkSync(this.#partial, this.#path));
  }

  /** Takes the partial file away; what was finished stays. */
  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#partial, { force: true });
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch {
      throw new ArgumentError(this.#faults.node.notWritable(this.#path));
    }
  }
}
