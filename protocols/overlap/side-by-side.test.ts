import { describe, expect, it } from 'vitest';
import { type Compute, cooperativeCompute } from '../../src/kit/compute.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { IdleClock } from '../../src/testing.ts';
import { bare, compare, heldBy, names, RECEIVER } from '../../test/support/overlap-run.ts';

/** Jobs that are called `later` begin when one that is called `first` has ended. */
function holdingBack(later: string, first: string, clock: IdleClock): Compute {
  const compute = cooperativeCompute({ now: systemClock.now, soon: (task) => clock.soon(task) });
  let begin = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return {
    async run(job, input, signal) {
      if (job.name === later) await Promise.race([ended, aborted(signal)]);
      const output = await compute.run(job, input, signal);
      if (job.name === first) begin();
      return output;
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

// From 4,096 columns on the VOLE has trees.
const lists = { asked: names(3_800), held: bare(names(100, 3_750)) };

async function matchesWith(later: string, first: string, security: 'semi-honest' | 'malicious'): Promise<number> {
  const clock = new IdleClock();
  const compute = holdingBack(later, first, clock);
  const answers = await compare(lists, { mode: 'receiver', engine: 'vole', security }, 1, { clock, compute });
  return heldBy(answers.get(RECEIVER)).filter(Boolean).length;
}

describe.each(['semi-honest', 'malicious'] as const)('a %s receiver on the vole engine', (security) => {
  it('makes its table before the holder has grown its trees', async () => {
    expect(await matchesWith('vole/expand-holder', 'overlap/vole-encode', security)).toBe(50);
  });

  it('makes its values and tags before the holder evaluates', async () => {
    expect(await matchesWith('overlap/vole-evaluate', 'overlap/tags', security)).toBe(50);
  });

  it('is seen to wait where it has to: for the rows of the holder', async () => {
    await expect(matchesWith('overlap/seal', 'overlap/find', security)).rejects.toThrow();
  });
});
