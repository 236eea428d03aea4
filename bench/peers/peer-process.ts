/** The process of one case: `peer-process.js ID full|short QUICKEST`; tells its parent what it measured. QUICKEST: see ComputeYardstick. */
import { cpuMsSince } from '../../src/measure/job-profile.ts';
import { goesOn } from '../../src/measure/repetitions.ts';
import { AT_ONCE, ComputeYardstick } from '../compute-yardstick.ts';
import { peerCases } from './cases.ts';
import { caseId, type PeerCase, type PeerSample, type RoundOptions, roundOf } from './peer-case.ts';

const [id, mode, quickest] = process.argv.slice(2);
const found = peerCases.find((candidate) => caseId(candidate) === id);
if (found === undefined) throw new RangeError(`Cannot measure ${id}: no such case`);
const sample = await measure(found, { short: mode === 'short', quickestMs: Number(quickest) });
process.send?.(sample, () => process.exit());

async function measure(peer: PeerCase, { short, quickestMs }: RoundOptions): Promise<PeerSample> {
  const prepared = await peer.setUp();
  const cpuMs: number[] = [];
  const yardstickMs: number[] = [];
  const wallMs: number[] = [];
  let correct = true;
  for (let k = short ? 0 : peer.warmUps; k > 0; k--) {
    await prepared.run();
    correct &&= prepared.check();
  }
  const round = roundOf(peer.samples, short);
  const yardstick = await ComputeYardstick.start({ quickestMs, ...(short ? AT_ONCE : {}) });
  // Checks count as well: some take longer than what they check. What is not kept does not.
  let spentMs = 0;
  while (goesOn(round, { done: cpuMs.length, spentMs })) {
    const measured = await yardstick.beside(async () => {
      const startMs = performance.now();
      const start = process.cpuUsage();
      await prepared.run();
      const taken = { cpuMs: cpuMsSince(start), wallMs: performance.now() - startMs };
      correct &&= prepared.check();
      return { ...taken, withCheckMs: performance.now() - startMs };
    });
    spentMs += measured.result.withCheckMs;
    cpuMs.push(measured.result.cpuMs);
    wallMs.push(measured.result.wallMs);
    yardstickMs.push(measured.yardstickMs);
  }
  const bytes = prepared.bytes?.();
  return {
    correct,
    samplesMs: { cpu: cpuMs, yardstick: yardstickMs },
    wallMs,
    quickestMs: yardstick.quickestMs,
    peakRssBytes: 1024 * process.resourceUsage().maxRSS,
    ...(bytes === undefined ? {} : { bytes }),
  };
}
