/** `blindflag ask flag`: a question through the running node of a folder. */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';
import { adminClient } from '../node/admin-client.ts';
import type { AdminAskEvent } from '../node/admin-protocol.ts';
import { answerWriter } from './answer-output.ts';
import { ArgumentError } from './argument-error.ts';
import { cutColumns, terminalColumns } from './display-width.ts';
import { EXIT } from './exit-code.ts';
import type { AskFlagOptions } from './node-arguments.ts';
import { withRunningNode } from './running-node.ts';
import type { OutputStream, Surroundings } from './surroundings.ts';
import type { FaultTexts, Texts } from './texts.ts';

const DEFAULT_COLUMNS = 100;

export function runAsk(options: AskFlagOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  return withRunningNode(options.folder, texts.faults, () => ask(options, surroundings, texts));
}

async function ask(options: AskFlagOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  const { stdout, stderr, signal, env } = surroundings;
  const client = adminClient(options.folder);
  const { out, format } = options;
  if (out !== undefined && existsSync(out)) throw new ArgumentError(texts.faults.node.outExists(out));
  const question = options.question ?? onlyQuestion((await client.status()).questions, texts.faults);
  const file = out === undefined ? undefined : new NewFile(out, texts.faults);
  const progress = askProgress(stderr, { texts, isTerminal: stderr.isTTY === true && env['TERM'] !== 'dumb' });
  try {
    const writer = answerWriter(format, {
      write: (text) => void (file === undefined ? stdout.write(text) : file.write(text)),
      texts,
      columns: Math.min(stdout.columns ?? DEFAULT_COLUMNS, DEFAULT_COLUMNS),
    });
    const summary = await client.ask(question, {
      signal,
      onEvent: (event) => progress.event(event),
      onRows: (rows) => {
        progress.close();
        writer.rows(rows);
      },
    });
    progress.close();
    writer.end(summary);
    file?.finish();
    if (out !== undefined) stderr.write(`${texts.node.written(out)}\n`);
    return EXIT.ok;
  } finally {
    progress.close();
    file?.discard();
  }
}

function onlyQuestion(questions: readonly string[], faults: FaultTexts): string {
  if (questions.length === 1) return questions[0];
  throw new ArgumentError(faults.node.chooseQuestion(questions));
}

/** An answer is there whole or not at all, for this user alone, and never in the place of another file. */
class NewFile {
  readonly #path: string;
  readonly #partial: string;
  readonly #faults: FaultTexts;
  readonly #descriptor: number;
  #isOpen = true;

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
    if (!this.#isOpen) return;
    this.#isOpen = false;
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

interface AskProgress {
  event(event: AdminAskEvent): void;
  close(): void;
}

/** On a terminal one line that is redrawn; else a line for each thing that is new. */
function askProgress(
  stream: OutputStream,
  { texts, isTerminal }: { readonly texts: Texts; readonly isTerminal: boolean },
): AskProgress {
  let closed = false;
  let last = '';
  return {
    event(event) {
      if (closed) return;
      const text = texts.node.askEvent(event);
      if (isTerminal) {
        stream.write(`\r\u001B[2K${cutColumns(text, terminalColumns(stream) - 1)}`);
        last = text;
        return;
      }
      // Counts of reading and running go by in hundreds; a log needs what happens, not how far.
      const key = event.kind === 'running' || event.kind === 'reading' ? event.kind : text;
      if (key !== last && event.kind !== 'running' && event.kind !== 'reading') stream.write(`${text}\n`);
      last = key;
    },
    close() {
      if (!closed && isTerminal && last !== '') stream.write('\r\u001B[2K');
      closed = true;
    },
  };
}
