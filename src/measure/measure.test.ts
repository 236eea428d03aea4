import { describe, expect, it } from 'vitest';
import { ed25519Signer } from '../crypto/signature.ts';
import { systemClock, systemRng } from '../kit/clock.ts';
import { cooperativeCompute, defineJob } from '../kit/compute.ts';
import { createMemoryNetwork } from '../kit/memory-network.ts';
import { partyId, type PartyId } from '../kit/party.ts';
import { verifyWith } from '../kit/verify.ts';
import { createFlagQuestion } from './flag-question.ts';
import { JobProfile } from './job-profile.ts';
import { measureWarm, type QuestionSummary, type WarmOptions, type Yardstick } from './measure-question.ts';
import { createOverlapQuestion } from './overlap-question.ts';
import type { MeasuredQuestion, PartOutcome, QuestionSettings } from './part.ts';
import type { PartyGroup } from './party-group.ts';
import { quietRuns } from './quiet-runs.ts';
import { sameElements } from './same-elements.ts';

/** One run of all parts in this process; a party may be told other settings than the rest. */
async function runParts(
  question: MeasuredQuestion,
  settings: QuestionSettings,
  settingsOf: (party: PartyId) => QuestionSettings = () => settings,
): Promise<ReadonlyMap<PartyId, PartOutcome>> {
  const { all } = question.parties(settings);
  const network = createMemoryNetwork(all, { clock: systemClock });
  const signers = new Map(all.map((party) => [party, ed25519Signer(systemRng)]));
  const publicKeys = new Map([...signers].map(([party, { publicKey }]) => [party, publicKey]));
  const compute = cooperativeCompute(systemClock);
  const surroundings = { publicKeys, runName: systemRng(16), compute, verify: verifyWith(compute), keep: false };
  const outcomes = await Promise.all(
    [...signers].map(async ([self, signer]) => {
      let stopped = 0;
      const part = await question.part(settingsOf(self), self);
      const outcome = await part.run({ ...surroundings, self, links: network.links(self), signer }, () => stopped++);
      expect(stopped, 'the clock stops once').toBe(1);
      return [self, outcome] as const;
    }),
  );
  return new Map(outcomes);
}

const overlap = { question: 'overlap', engine: 'dh', accounts: 64, institutions: 2 };
const flag = { question: 'flag', engine: 'vole', accounts: 40, institutions: 4 };

describe.each([
  ['overlap', createOverlapQuestion(), overlap],
  ['flag', createFlagQuestion(), flag],
  ['flag asked by another', createFlagQuestion(), { ...flag, asker: 2 }],
] as const)('parts of %s', (_, question, settings) => {
  it('find the answer right at every party', async () => {
    const outcomes = await runParts(question, settings);
    expect([...outcomes.values()].map(({ correct }) => correct)).toEqual([...outcomes].map(() => true));
  });

  it('find the answer wrong at the asker when another has a shorter list', async () => {
    const { asker } = question.parties(settings);
    const shorter = { ...settings, accounts: settings.accounts - 8 };
    const outcomes = await runParts(question, settings, (party) => (party === asker ? settings : shorter));
    expect(outcomes.get(asker)?.correct).toBe(false);
  });
});

describe('quietRuns', () => {
  it('counts those beside which the slowest core was within a tenth of the quickest time', () => {
    expect(quietRuns([10.9, 14, 10, 12, 10.5, 11.1, 10.2], 10)).toEqual([0, 2, 4, 6]);
  });

  it('counts the three quietest at least, however loud they are, and all where there are no more', () => {
    expect(quietRuns([16, 13, 15, 14, 17], 10)).toEqual([1, 2, 3]);
    expect(quietRuns([20, 10], 10)).toEqual([0, 1]);
  });
});

/** Fresh runs take 30 ms of CPU, then 60, then 90; kept ones 20, then 40, then 60. */
function processes(): Pick<PartyGroup, 'run'> {
  let runs = 0;
  const party = { party: partyId('bank-a'), roles: [], sentBytes: 1, receivedBytes: 1, mostToOneBytes: 1, wallMs: 1 };
  const about = { protocol: 'p', securityModel: 's', rounds: 1, failureLog2: -40, correct: true, wallMs: 1 };
  const run: PartyGroup['run'] = (_, { keep }) => {
    const cpuMs = (keep ? 20 : 30) * (1 + Math.floor(runs / 2));
    return Promise.resolve({ ...about, parties: [{ ...party, cpuMs, peakRssBytes: ++runs }] });
  };
  return { run };
}

/** Beside each run takes 10 ms, or what is said: once in all cores, and on the slowest of them. */
function yardstickOf(times: readonly (number | readonly [mean: number, slowest: number])[]): Yardstick {
  const left = [...times];
  return {
    beside: async (once) => {
      const own = left.shift() ?? 10;
      const [yardstickMs, slowestMs] = typeof own === 'number' ? [own, own] : own;
      return { result: await once(), yardstickMs, slowestMs, quickestMs: 10 };
    },
  };
}

describe('measureWarm', () => {
  const measured = (
    options: Partial<WarmOptions> = {},
    times: Parameters<typeof yardstickOf>[0] = [],
  ): Promise<readonly QuestionSummary[]> => {
    const settings = { question: 'overlap', engine: 'vole', accounts: 8, institutions: 2 };
    return measureWarm(processes(), settings, { threads: 0, runs: 2, yardstick: yardstickOf(times), ...options });
  };

  it('sets the runs that count against the yardstick beside them', async () => {
    const [fresh, kept] = await measured({}, [10, 10, 11, 10]);
    expect([fresh.proportion, kept.proportion]).toEqual([4.286, 3]);
    expect(fresh.samplesMs).toEqual({ cpu: [30, 60], yardstick: [10, 11], slowest: [10, 11], quickestMs: 10 });
  });

  it('counts the times of runs with quiet cores, and the memory of all', async () => {
    // Of five fresh runs the second and the fourth are beside others' work, one of them on one core alone.
    const [fresh, kept] = await measured({ runs: 5 }, [10, 10, [10.8, 11.5], 10, 10, 10, 14, 10, 10]);
    expect([fresh.runs, kept.runs]).toEqual([3, 5]);
    expect(fresh.cpuMs).toEqual({ median: 90, min: 30, max: 150 });
    expect(fresh.parties.map(({ cpuMs, peakRssBytes }) => [cpuMs, peakRssBytes])).toEqual([[90, 9]]);
    expect(fresh.samplesMs?.cpu).toEqual([30, 60, 90, 120, 150]);
  });

  it('has no proportion where a core was not quiet beside a run that counts', async () => {
    const [fresh, kept] = await measured({ runs: 3 }, [12, 10]);
    expect([fresh.runs, fresh.proportion, kept.proportion]).toEqual([3, undefined, 4]);
    expect(fresh.samplesMs?.slowest).toEqual([12, 10, 10]);
  });

  it('counts all runs where there is no yardstick, and says nothing of one', async () => {
    const summaries = await measured({ runs: 5, yardstick: undefined });
    expect(summaries.map(({ runs }) => runs)).toEqual([5, 5]);
    expect(summaries.map(({ proportion, samplesMs }) => proportion ?? samplesMs)).toEqual([undefined, undefined]);
  });

  it('goes on as long as there is time, and up to as many runs as there may be', async () => {
    // Two runs of a millisecond each time.
    const runsOf = async (most: number, withinMs: number): Promise<readonly number[]> =>
      (await measured({ more: { most, withinMs } })).map(({ runs }) => runs);
    expect(await runsOf(9, 4)).toEqual([2, 2]);
    expect(await runsOf(9, 5)).toEqual([3, 3]);
    expect(await runsOf(4, 1000)).toEqual([4, 4]);
  });
});

describe('sameElements', () => {
  it('compares lengths and all elements, and none with none', () => {
    expect(sameElements([1, 2], Uint8Array.of(1, 2))).toBe(true);
    expect(sameElements(undefined, undefined)).toBe(true);
    for (const other of [[1, 3], [1], [1, 2, 3], undefined]) expect(sameElements([1, 2], other)).toBe(false);
  });
});

describe('JobProfile', () => {
  it('gives the results of jobs and sums up their CPU time by the first part of their names', async () => {
    const profile = new JobProfile(cooperativeCompute(systemClock));
    const burn = (name: string, rounds: number): ReturnType<typeof defineJob<number, number>> =>
      defineJob(name, function* (start: number) {
        let sum = start;
        for (let k = 0; k < rounds; k++) {
          sum += Math.sqrt(k);
          if (k % 100_000 === 0) yield;
        }
        return Math.floor(sum);
      });
    const { signal } = new AbortController();
    const [long, short] = await Promise.all([
      profile.run(burn('heavy/a', 3_000_000), 1, signal),
      profile.run(burn('light/b', 10), 5, signal),
    ]);
    expect(long).toBeGreaterThan(short);
    const { heavy, light } = profile.cpuMsByJob;
    expect(heavy).toBeGreaterThan(light);
  });

  it('ends a job that is cancelled, so that it gives back what it holds', async () => {
    const turns: (() => void)[] = [];
    // Time stands still but for what the job takes, which is longer than a slice.
    let nowMs = 0;
    const profile = new JobProfile(cooperativeCompute({ now: () => nowMs, soon: (task) => void turns.push(task) }));
    let isGivenBack = false;
    const endless = defineJob('endless', function* () {
      try {
        for (;;) {
          nowMs += 100;
          yield;
        }
      } finally {
        isGivenBack = true;
      }
    });
    const controller = new AbortController();
    const outcome = expect(profile.run(endless, undefined, controller.signal)).rejects.toThrow('stop');
    turns.shift()?.();
    expect(isGivenBack).toBe(false);
    controller.abort(new Error('stop'));
    turns.shift()?.();
    await outcome;
    expect(isGivenBack).toBe(true);
  });
});
