/** Settings of V8 for processes that are this package's own; whoever embeds it decides for its process itself. */
import { setFlagsFromString } from 'node:v8';

/**
 * Whole collections happen in one piece. Else V8 begins to mark as soon as 64 MB of array buffers were made since the last
 * collection, before it has looked which of them died young, and takes a step of milliseconds at every further buffer. A
 * party of flag 5 x 100,000 then collects its whole heap four times as often, and code that was compiled for objects that
 * died is compiled again: five parties take 4.6 s of CPU with it and 3.0 s without (2026-11, loaded 2-core server). The
 * price is one longer pause instead of many: with lists in packed arrays the heap is some 30 MB.
 */
export function collectInOnePiece(): void {
  setFlagsFromString('--no-incremental-marking');
}
