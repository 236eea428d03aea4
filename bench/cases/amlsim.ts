/**
 * The AMLSim sample over four institutions of 5,000 accounts, each asking in turn, with the vole engine: at least two
 * others and scores that reach 3. Every asker's answer must equal the plaintext rule.
 */
import { join } from 'node:path';
import { flag, flagParameters } from '../../protocols/flag/index.ts';
import { voleOprf } from '../../protocols/oprf/index.ts';
import { noBaseOtStore } from '../../protocols/vole/index.ts';
import { readAmlsim } from '../../src/data/amlsim.ts';
import { accountSource, type Consortium, evidenceSource } from '../../src/data/consortium-data.ts';
import { plaintextFlags } from '../../src/data/evaluate.ts';
import { sharedData } from '../../test/shared-data.ts';
import { type BenchCase, type PreparedCase, ran, requireEqual, requireResult } from '../bench-case.ts';
import { repositoryRoot } from '../machine.ts';
import { flagRun, type FlagRunOutcome } from './flag-run.ts';

const INSTITUTIONS = 4;
const ACCOUNTS = 20_000;
const QUORUM = 2;
const SCORE = { threshold: 3, max: 255 } as const;

export const amlsimCases: readonly BenchCase[] = [
  {
    id: `flag/amlsim/vole-${INSTITUTIONS}x${ACCOUNTS / INSTITUTIONS}`,
    securityModel: `${flag.spec.securityModel}; OPRF: ${voleOprf(noBaseOtStore).securityModel}`,
    unit: 'account',
    items: ACCOUNTS,
    kind: 'macro',
    repetitions: 1,
    selection: 'default',
    async setUp() {
      const directory = process.env['BLINDFLAG_SHARED'] ?? join(repositoryRoot(), '..', 'shared');
      const data = sharedData({ BLINDFLAG_SHARED: directory });
      if (data === undefined) return { skipped: `no AMLSim data in ${directory}; set BLINDFLAG_SHARED` };
      return allAsk(await readAmlsim(data.amlsimDirectory, { institutions: INSTITUTIONS }));
    },
  },
];

function allAsk(consortium: Consortium): PreparedCase {
  const { institutions } = consortium;
  const expected = plaintextFlags(consortium, { quorum: QUORUM, scoreThreshold: SCORE.threshold });
  let outcomes: readonly FlagRunOutcome[] | undefined;
  return {
    async run() {
      const done: FlagRunOutcome[] = [];
      for (const asker of institutions) {
        const others = institutions.filter((other) => other !== asker);
        const parameters = flagParameters({
          asker: asker.name,
          contributors: others.map((other) => other.name),
          quorum: QUORUM,
          score: SCORE,
          askerItems: asker.accounts.length,
          contributorItems: others.map((other) => other.evidence.length),
        });
        done.push(
          await flagRun(flag, parameters, (party) => {
            const contributor = others.find((other) => other.name === party);
            return contributor === undefined
              ? { accounts: accountSource(asker) }
              : { evidence: evidenceSource(contributor) };
          }),
        );
      }
      outcomes = done;
    },
    check() {
      requireResult(ran(outcomes).length === INSTITUTIONS, 'not every institution asked');
      for (const [k, { flagged }] of ran(outcomes).entries()) requireEqual(flagged, expected[k].map(Number), 'answer');
    },
    facts() {
      const all = ran(outcomes);
      return {
        bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
        rounds: all.reduce((sum, { rounds }) => sum + rounds, 0),
        // Of one run; the four are separate ones.
        failureLog2: Math.max(...all.map(({ failureLog2 }) => failureLog2)),
        flagged: expected.flat().filter(Boolean).length,
      };
    },
  };
}
