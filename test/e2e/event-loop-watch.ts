/** Watches the event loop of this process from inside: how long its turns take, and how much memory there is. */
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface LoopReport {
  readonly turns: number;
  /** Longest time between two turns, as the clock has it: other processes of the machine are in it. */
  readonly longestWallMs: number;
  /**
   * The same as work: of each turn the smaller of its time and the process's processor time in it, since one thread
   * cannot have worked for longer than either; other processes are out of it.
   */
  readonly longestWorkMs: number;
  /** The same without the pauses of the garbage collector, which come when V8 wants: what code here has done. */
  readonly longestCodeMs: number;
  readonly peakRssBytes: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Turns that are looked at for collections; shorter ones cannot be the longest that matters. */
const NOTABLE_MS = 5;

/** Starts watching; the returned function ends it, some turns later. */
export function watchEventLoop(): () => Promise<LoopReport> {
  const notable: (Span & { readonly workMs: number })[] = [];
  const collections: Span[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      collections.push({ fromMs: startTime, toMs: startTime + duration });
    }
  });
  observer.observe({ entryTypes: ['gc'] });

  let turns = 0;
  let peakRssBytes = process.memoryUsage.rss();
  let fromMs = performance.now();
  let cpu = process.cpuUsage();
  let running = true;
  const turn = (): void => {
    const toMs = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const workMs = Math.min(toMs - fromMs, (user + system) / 1000);
    if (toMs - fromMs > NOTABLE_MS) notable.push({ fromMs, toMs, workMs });
    turns++;
    if (turns % 16 === 0) peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
    if (!running) return;
    // What this turn itself costs is not counted.
    fromMs = performance.now();
    cpu = process.cpuUsage();
    setImmediate(turn);
  };
  setImmediate(turn);

  return async () => {
    running = false;
    // The last turn ends, and the observer gets what is still on its way.
    for (let k = 0; k < 3; k++) await nextTurn();
    observer.disconnect();
    const collecting = (span: Span): number =>
      collections.reduce(
        (sum, { fromMs: from, toMs: to }) => sum + Math.max(0, Math.min(to, span.toMs) - Math.max(from, span.fromMs)),
        0,
      );
    const longest = (measure: (span: (typeof notable)[number]) => number): number =>
      notable.reduce((most, span) => Math.max(most, measure(span)), 0);
    return {
      turns,
      peakRssBytes,
      longestWallMs: longest(({ fromMs: from, toMs: to }) => to - from),
      longestWorkMs: longest(({ workMs }) => workMs),
      longestCodeMs: longest((span) => Math.min(span.workMs, span.toMs - span.fromMs - collecting(span))),
    };
  };
}
