/** The oblivious PRF: the steps of the dh engine that flag runs on, with a key per bin. */
import { Prg } from '../../src/crypto/prg.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { finish } from '../../src/crypto/steps.ts';
import type { Job } from '../../src/kit/compute.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { binKeysJob, blindJob, evaluateJob, multiplyJob } from '../../protocols/oprf/dh-steps.ts';
import { dhOprf } from '../../protocols/oprf/index.ts';
import { type BenchCase, ran, requireEqual } from '../bench-case.ts';

const BINS = 128;

/** One bin's whole exchange, step by step, from the seeds of both sides. */
function exchange() {
  const rng = insecureSeededRng('bench', 'oprf');
  const draw = (label: string) => new Prg(rng(32), new Uint8Array(32), label).draw(64 * BINS);
  const records = rng(RECORD_BYTES * BINS);
  const blinds = draw('blinds');
  const keys = draw('keys');
  const bins = Uint32Array.from({ length: BINS }, (_, bin) => bin);
  const binKeys = runJob(binKeysJob, { keys, binCount: BINS });
  const { query, unblinders } = runJob(blindJob, { records, blinds });
  const answer = ran(runJob(multiplyJob, { points: query, scalars: binKeys }));
  return { records, blinds, keys, bins, binKeys, query, unblinders, answer };
}

type Exchange = ReturnType<typeof exchange>;

export const oprfCases: readonly BenchCase[] = [
  stepCase(
    'dh-blind',
    ({ records, blinds }) => runJob(blindJob, { records, blinds }),
    ({ query, unblinders }, { binKeys, bins, records }) => {
      const answer = ran(runJob(multiplyJob, { points: query, scalars: binKeys }));
      const values = ran(runJob(multiplyJob, { points: answer, scalars: unblinders }));
      requireEqual(values, runJob(evaluateJob, { records, bins, binKeys }), 'unblinded answer to the query');
    },
  ),
  stepCase(
    'dh-bin-keys',
    ({ keys }) => runJob(binKeysJob, { keys, binCount: BINS }),
    (keys, { query, unblinders, bins, records }) => {
      const answer = ran(runJob(multiplyJob, { points: query, scalars: keys }));
      const values = ran(runJob(multiplyJob, { points: answer, scalars: unblinders }));
      requireEqual(values, runJob(evaluateJob, { records, bins, binKeys: keys }), 'evaluation under the keys');
    },
  ),
  stepCase(
    'dh-answer',
    ({ query, binKeys }) => ran(runJob(multiplyJob, { points: query, scalars: binKeys })),
    (answer, { unblinders, bins, binKeys, records }) => {
      const values = ran(runJob(multiplyJob, { points: answer, scalars: unblinders }));
      requireEqual(values, runJob(evaluateJob, { records, bins, binKeys }), 'unblinded answer');
    },
  ),
  stepCase(
    'dh-unblind',
    ({ answer, unblinders }) => ran(runJob(multiplyJob, { points: answer, scalars: unblinders })),
    (values, { bins, binKeys, records }) =>
      requireEqual(values, runJob(evaluateJob, { records, bins, binKeys }), 'unblinded value'),
  ),
  stepCase(
    'dh-evaluate',
    ({ records, bins, binKeys }) => runJob(evaluateJob, { records, bins, binKeys }),
    (values, { answer, unblinders }) =>
      requireEqual(values, ran(runJob(multiplyJob, { points: answer, scalars: unblinders })), 'own evaluation'),
  ),
];

/** One step alone; `verify` follows the exchange to its end by the other steps. */
function stepCase<T>(
  step: string,
  compute: (given: Exchange) => T,
  verify: (result: T, given: Exchange) => void,
): BenchCase {
  return {
    id: `oprf/${step}/bins-${BINS}`,
    securityModel: dhOprf.securityModel,
    unit: 'bin',
    items: BINS,
    kind: 'micro',
    selection: 'short',
    setUp() {
      const given = exchange();
      let result: T | undefined;
      return Promise.resolve({
        run() {
          result = compute(given);
        },
        check: () => verify(ran(result), given),
      });
    },
  };
}

function runJob<I, O>(job: Job<I, O>, input: I): O {
  return finish(job.run(input));
}
