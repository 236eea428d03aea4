import { describe, it } from 'vitest';
import { ASKER, CONTRIBUTOR, HELPER, matchOf } from '../../test/support/match-run.ts';
import { SHORT_VOLE } from '../../test/support/vole-secrets.ts';
import { expectWipedWhereverItFails, type WatchedJobs } from '../../test/support/watched-jobs.ts';
import { dhOprf, voleOprf } from '../oprf/index.ts';
import { memoryBaseOtStore } from '../vole/index.ts';

const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;

/** Records, values, and what is made of them until it is masked; of contributors also targets. */
const MATCH: WatchedJobs = {
  'match/place': ['fillers.key', '>records'],
  'match/rows': ['records', '>'],
  'match/read': ['records', 'oprfValues', 'expandedRows', '>'],
  'committee/mask': ['into', '>'],
  'match/target-rows': ['slices', '>'],
  'match/queries': ['fillers.key', '>records'],
  'match/programme': ['records', 'oprfValues', 'targets', 'fillSeed'],
};

const VOLE: WatchedJobs = {
  ...SHORT_VOLE,
  'oprf/vole-differences': ['into', 'records'],
  'vole/chosen': ['into', 'delta', '>'],
  'oprf/vole-evaluate': ['records', 'keys', 'delta', '>'],
};

const DH: WatchedJobs = {
  'oprf/blind': ['records', 'blinds.key', '>unblinders'],
  'oprf/multiply': ['scalars'],
  'oprf/bin-keys': ['keys.key', '>'],
  'oprf/evaluate': ['records', 'binKeys', '>'],
  'oprf/hash-elements': ['records', 'elements', '>'],
};

describe('records and values of a match', () => {
  it.each(everywhere ? [ASKER, CONTRIBUTOR, HELPER] : [ASKER])(
    'are wiped wherever the run fails, with the vole engine, when %s cancels',
    async (party) => {
      const engine = voleOprf(memoryBaseOtStore());
      let seed = 0;
      // With base transfers from here on.
      await matchOf(64, { engine, seed });
      await expectWipedWhereverItFails({ ...MATCH, ...VOLE }, (compute, cancel) => {
        const signal = (other: string): AbortSignal | undefined => (other === party ? cancel : undefined);
        return matchOf(64, { engine, compute, signal, seed: ++seed });
      });
    },
    60_000,
  );

  it('are wiped wherever the run fails, with the dh engine', async () => {
    await expectWipedWhereverItFails({ ...MATCH, ...DH }, (compute, cancel) =>
      matchOf(64, { engine: dhOprf, compute, signal: (party) => (party === ASKER ? cancel : undefined) }),
    );
  }, 60_000);
});
