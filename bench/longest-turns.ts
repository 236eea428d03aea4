import { cpuMsSince } from '../src/measure/job-profile.ts';
import { rounded } from '../src/measure/statistics.ts';
import type { CaseResult } from './results.ts';

/**
 * Runs once and gives the longest turn of the event loop: by the clock, and what of it this process worked, whoever else held the
 * processor. Watching makes the loop turn without end, also where a run waits, so that the CPU time of this run says nothing.
 */
export async function longestTurns(
  run: () => void | Promise<void>,
): Promise<Required<Pick<CaseResult, 'longestHoldMs' | 'longestHoldCpuMs'>>> {
  let longestHoldMs = 0;
  let longestHoldCpuMs = 0;
  let turnMs = performance.now();
  let turnCpu = process.cpuUsage();
  const endTurn = (): void => {
    const wallMs = performance.now() - turnMs;
    longestHoldMs = Math.max(longestHoldMs, wallMs);
    // CPU time counts V8's helper threads too, so it may exceed the turn.
    longestHoldCpuMs = Math.max(longestHoldCpuMs, Math.min(wallMs, cpuMsSince(turnCpu)));
    turnMs += wallMs;
    turnCpu = process.cpuUsage();
  };
  const watch = (): void => {
    endTurn();
    next = setImmediate(watch);
  };
  let next = setImmediate(watch);
  try {
    await run();
  } finally {
    clearImmediate(next);
    endTurn();
  }
  return { longestHoldMs: rounded(longestHoldMs), longestHoldCpuMs: rounded(longestHoldCpuMs) };
}
