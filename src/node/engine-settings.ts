/** Settings of V8 for processes that are this package's own; whoever embeds it decides for its process itself. */
import { setFlagsFromString } from 'node:v8';

/** All of them, before anything else is loaded. */
export function tuneEngine(): void {
  collectInOnePiece();
  scavengeAlone();
  optimizeLater();
}

/**
 * Whole collections happen in one piece. Else V8 begins to mark as soon as 64 MB of array buffers were made since the last
 * collection, before it has looked which of them died young, and takes a step of milliseconds at every further buffer. A
 * party of flag 5 x 100,000 then collects its whole heap four times as often, and code that was compiled for objects that
 * died is compiled again: five parties take 4.6 s of CPU with it and 3.0 s without (2026-11, loaded 2-core server). The
 * price is one longer pause instead of many: with lists in packed arrays the heap is some 30 MB.
 */
function collectInOnePiece(): void {
  setFlagsFromString('--no-incremental-marking');
}

/**
 * What died young is collected by the thread that made it. Little of it is alive then, a list's batch of names or nothing, and
 * to share that out among threads, which all processes of a machine start at once, takes longer than to move it: flag
 * 5 x 100,000 takes a sixteenth less CPU without on a loaded machine, a hundredth on an idle one (2026-11, 2-core server).
 */
function scavengeAlone(): void {
  setFlagsFromString('--no-parallel-scavenge');
}

/** Bytes of bytecode that a function runs before V8 of Node 20 optimises it, by default. */
const DEFAULT_BUDGET = 67_584;

/**
 * Functions are optimised after eight times as much use. Most of those of a run are used a few thousand times, and to compile
 * them takes longer than they save; what is hot, the kernels, is WebAssembly. Runs of flag 5 x 100,000, after eight small ones,
 * take 2.1 s of CPU with it and 2.3 s without, those of overlap 2 x 131,072 take 0.51 s and 0.58 s, and first runs a twentieth
 * less (2026-11, loaded 2-core server). Later versions of V8 count otherwise, and say on standard error that they do not know
 * the flag.
 */
function optimizeLater(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString(`--interrupt-budget=${8 * DEFAULT_BUDGET}`);
}
