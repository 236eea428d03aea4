/** The process of one case: `peer-process.js ID [short]`; tells its parent what it measured. */
import { cpuMsSince } from '../../src/measure/job-profile.ts';
import { peerCases } from './cases.ts';
import { caseId, goesOn, type PeerCase, type PeerSample } from './peer-case.ts';

const [id, mode] = process.argv.slice(2);
const found = peerCases.find((candidate) => caseId(candidate) === id);
if (found === undefined) throw new RangeError(`Cannot measure ${id}: no such case`);
const sample = await measure(found, mode === 'short');
process.send?.(sample, () => process.exit());

async function measure(peer: PeerCase, short: boolean): Promise<PeerSample> {
  const prepared = await peer.setUp();
  const cpuMs: number[] = [];
  const wallMs: number[] = [];
  let correct = true;
  let beganMs = performance.now();
  const more = (): boolean =>
    short ? cpuMs.length === 0 : goesOn(peer.samples, { runs: cpuMs.length, spentMs: performance.now() - beganMs });
  for (let k = short ? 0 : -peer.warmUps; k < 0 || more(); k++) {
    const startMs = performance.now();
    const start = process.cpuUsage();
    await prepared.run();
    const spent = [cpuMsSince(start), performance.now() - startMs] as const;
    correct &&= prepared.check();
    if (k < 0) {
      beganMs = performance.now();
      continue;
    }
    cpuMs.push(spent[0]);
    wallMs.push(spent[1]);
  }
  const bytes = prepared.bytes?.();
  return {
    correct,
    cpuMs,
    wallMs,
    peakRssBytes: 1024 * process.resourceUsage().maxRSS,
    ...(bytes === undefined ? {} : { bytes }),
  };
}
