/** Watches the event loop of this process from inside: how long its turns take, and how much memory there is. */

export interface LoopReport {
  /** Longest time between two turns, as the clock has it: other processes of the machine are in it. */
  readonly longestWallMs: number;
  /**
   * The same in processor time. The process's, so the collector's own threads are in it: of each turn the smaller of the
   * two times counts, since one thread cannot have worked for longer than either.
   */
  readonly longestWorkMs: number;
  readonly turns: number;
  readonly peakRssBytes: number;
}

/** Starts watching; the returned function ends it. */
export function watchEventLoop(): () => LoopReport {
  const report = { longestWallMs: 0, longestWorkMs: 0, turns: 0, peakRssBytes: process.memoryUsage.rss() };
  let wall = performance.now();
  let cpu = process.cpuUsage();
  let running = true;
  const turn = (): void => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    const workMs = (used.user + used.system) / 1000;
    report.longestWallMs = Math.max(report.longestWallMs, now - wall);
    report.longestWorkMs = Math.max(report.longestWorkMs, Math.min(now - wall, workMs));
    if (now - wall > 40) report.turns++;
    if (report.turns % 16 === 0) report.peakRssBytes = Math.max(report.peakRssBytes, process.memoryUsage.rss());
    if (!running) return;
    // What this turn itself costs is not counted.
    wall = performance.now();
    cpu = process.cpuUsage();
    setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    running = false;
    return { ...report };
  };
}
