/** The process of one case: `peer-process.js ID [short]`; tells its parent what it measured. */
import { cpuMsSince } from '../../src/measure/job-profile.ts';
import { goesOn } from '../../src/measure/repetitions.ts';
import { ComputeYardstick } from './compute-yardstick.ts';
import { peerCases } from './cases.ts';
import { caseId, type PeerCase, type PeerSample, roundOf } from './peer-case.ts';

const [id, mode] = process.argv.slice(2);
const found = peerCases.find((candidate) => caseId(candidate) === id);
if (found === undefined) throw new RangeError(`Cannot measure ${id}: no such case`);
const sample = await measure(found, mode === 'short');
process.send?.(sample, () => process.exit());

async function measure(peer: PeerCase, short: boolean): Promise<PeerSample> {
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
  const yardstick = new ComputeYardstick(short ? { warmUps: 0 } : {});
  const beganMs = performance.now();
  // Checks count as well: some take longer than what they check.
  while (goesOn(round, { done: cpuMs.length, spentMs: performance.now() - beganMs })) {
    const startMs = performance.now();
    const start = process.cpuUsage();
    await prepared.run();
    cpuMs.push(cpuMsSince(start));
    wallMs.push(performance.now() - startMs);
    yardstickMs.push(yardstick.beside(cpuMs[cpuMs.length - 1]));
    correct &&= prepared.check();
  }
  const bytes = prepared.bytes?.();
  return {
    correct,
    cpuMs,
    yardstickMs,
    wallMs,
    peakRssBytes: 1024 * process.resourceUsage().maxRSS,
    ...(bytes === undefined ? {} : { bytes }),
  };
}
