import { describe, expect, it } from 'vitest';
import { readAmlsim } from '../../src/data/amlsim.ts';
import type { Consortium, InstitutionData } from '../../src/data/consortium-data.ts';
import { plaintextFlags } from '../../src/data/evaluate.ts';
import { sharedData } from '../shared-data.ts';
import { askFlag, expectedFlags, type FlagCase, type FlagSettings, dhSettings, shuffled } from './flag-run.ts';

const found = sharedData();
const MAX_SCORE = 255;
const RULES = [undefined, 2, 3, 4, 5] as const;

interface Trial {
  readonly seed: string;
  readonly institutions: number;
  readonly scoreThreshold: number | undefined;
}

/** One trial for each rule and each of two sizes of the consortium: ten for every letter of `variants`. */
function trials(variants: string): Trial[] {
  return [...variants].flatMap((variant) =>
    [4, 5].flatMap((institutions) =>
      RULES.map((scoreThreshold) => ({
        seed: `${variant}-${institutions}-${scoreThreshold ?? 'count'}`,
        institutions,
        scoreThreshold,
      })),
    ),
  );
}

const consortia = new Map<number, Promise<Consortium>>();

function amlsim(institutions: number): Promise<Consortium> {
  let consortium = consortia.get(institutions);
  if (consortium === undefined) {
    consortia.set(institutions, (consortium = readAmlsim(found?.amlsimDirectory ?? '', { institutions })));
  }
  return consortium;
}

/** The same consortium with rows in another order, and only the first of them where `kept` says so. */
function reordered(consortium: Consortium, seed: string, kept: number): Consortium {
  return {
    ...consortium,
    institutions: consortium.institutions.map((institution) => ({
      ...institution,
      accounts: shuffled(institution.accounts, `${seed} ${institution.name}`).slice(0, kept),
      evidence: shuffled(institution.evidence, `${seed} evidence ${institution.name}`).slice(0, kept),
    })),
  };
}

/** 40 accounts of each institution, a quarter of them flagged, and the evidence there is about any of these. */
function sampled(consortium: Consortium, seed: string): Consortium {
  const flags = plaintextFlags(consortium, { quorum: 2, scoreThreshold: 3 });
  const accounts = consortium.institutions.map((institution, index) => {
    const order = shuffled([...institution.accounts.keys()], `${seed} ${institution.name}`);
    const chosen = [...order.filter((k) => flags[index][k]).slice(0, 10), ...order.filter((k) => !flags[index][k])];
    return shuffled(
      chosen.slice(0, 40).map((k) => institution.accounts[k]),
      seed,
    );
  });
  const asked = new Set(accounts.flat());
  return {
    ...consortium,
    institutions: consortium.institutions.map((institution, index) => ({
      ...institution,
      accounts: accounts[index],
      evidence: institution.evidence.filter(({ account }) => asked.has(account)).slice(0, 64),
    })),
  };
}

function caseOf(asker: InstitutionData, consortium: Consortium): FlagCase {
  return {
    accounts: asker.accounts,
    evidence: consortium.institutions
      .filter((other) => other !== asker)
      .map(({ evidence }) => evidence.map(({ account, score }) => [account, score] as const)),
  };
}

/** Every institution asks; both oracles have to agree with each answer. Returns how many accounts were flagged. */
async function checkAllAskers(consortium: Consortium, trial: Trial, settings: FlagSettings = {}): Promise<number> {
  const { seed, scoreThreshold } = trial;
  const score = scoreThreshold === undefined ? {} : { score: { threshold: scoreThreshold, max: MAX_SCORE } };
  const rule = { quorum: 2, ...score, ...settings.rule };
  const table = plaintextFlags(consortium, { quorum: 2, scoreThreshold });
  let flagged = 0;
  for (const [index, asker] of consortium.institutions.entries()) {
    const data = caseOf(asker, consortium);
    const answer = await askFlag(data, { ...settings, rule, seed: `${seed} ${asker.name}` });
    expect(answer, `${seed}, ${asker.name}`).toEqual(table[index]);
    expect(answer, `${seed}, ${asker.name}`).toEqual(expectedFlags(data, rule));
    flagged += answer.filter(Boolean).length;
  }
  return flagged;
}

describe.skipIf(found === undefined)('flag on AMLSim, ideal engine', () => {
  it.each(trials('a'))('answers as the plaintext oracle for all accounts when the seed is $seed', async (trial) => {
    const consortium = reordered(await amlsim(trial.institutions), trial.seed, Number.POSITIVE_INFINITY);
    expect(await checkAllAskers(consortium, trial)).toBeGreaterThan(100);
  });

  it.each(trials('b'))('answers as the plaintext oracle for a sample when the seed is $seed', async (trial) => {
    const consortium = reordered(await amlsim(trial.institutions), trial.seed, 1000);
    const flagged = await checkAllAskers(consortium, trial);
    // A tenth of the evidence still reaches the lower thresholds somewhere.
    if ((trial.scoreThreshold ?? 0) <= 3) expect(flagged).toBeGreaterThan(0);
  });
});

describe.skipIf(found === undefined)('flag on AMLSim, dh engine', () => {
  it.each(trials('cd'))(
    'answers as the plaintext oracle for 40 accounts each when the seed is $seed',
    async (trial) => {
      const consortium = sampled(await amlsim(trial.institutions), trial.seed);
      const flagged = await checkAllAskers(consortium, trial, dhSettings);
      if ((trial.scoreThreshold ?? 0) <= 3) expect(flagged).toBeGreaterThan(trial.institutions);
    },
  );
});
