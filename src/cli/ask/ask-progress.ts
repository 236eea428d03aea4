/** What a question does while it is asked: on a terminal one line that is redrawn; else a line for each thing that is new. */
import type { AdminAskEvent } from '../../node/admin/admin-protocol.ts';
import { cutColumns, terminalColumns } from '../screen/display-width.ts';
import type { OutputStream } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

export interface AskProgress {
  event(event: AdminAskEvent): void;
  /** A line that stays. */
  note(text: string): void;
  close(): void;
}

const CLEAR_LINE = '\r\u001B[2K';

export function askProgress(
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
        stream.write(`${CLEAR_LINE}${cutColumns(text, terminalColumns(stream) - 1)}`);
        last = text;
        return;
      }
      // Counts of reading and running go by in hundreds; a log needs what happens, not how far or how long still.
      const key = keyOf(event, text);
      if (key !== last && event.kind !== 'running' && event.kind !== 'reading') stream.write(`${text}\n`);
      last = key;
    },
    note(text) {
      if (!closed) stream.write(`${isTerminal ? CLEAR_LINE : ''}${text}\n`);
    },
    close() {
      if (!closed && isTerminal && last !== '') stream.write(CLEAR_LINE);
      closed = true;
    },
  };
}

/** What is new: a line with the same key as the last one is left out. */
function keyOf(event: AdminAskEvent, text: string): string {
  if (event.kind === 'waiting-for-parties') return `${event.kind} ${event.parties.join(' ')}`;
  return event.kind === 'running' || event.kind === 'reading' ? event.kind : text;
}
