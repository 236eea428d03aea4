/** Every registered protocol in the settings that differ in who talks to whom. A new protocol adds its cases here. */
import { flagCase } from './flag-case.ts';
import { overlapCases } from './overlap-case.ts';
import type { AnyCase } from './protocol-case.ts';
import { voleCases } from './vole-case.ts';

const score = { threshold: 260, max: 255 };

export const scoreCase: AnyCase = flagCase({ name: 'flag, 4 institutions, count and score', contributors: 3, score });

/** The smallest: the one for full sweeps. */
export const countCase: AnyCase = flagCase({ name: 'flag, 4 institutions, count', contributors: 3 });

export const dhCase: AnyCase = flagCase({ name: 'flag, dh engine', contributors: 3, engine: 'dh' });

export const cases: readonly AnyCase[] = [
  scoreCase,
  countCase,
  flagCase({
    name: 'flag, neutral committee',
    contributors: 4,
    score,
    committee: ['helper-x', 'helper-y', 'helper-z'],
  }),
  flagCase({
    name: 'flag, the asker is a member',
    contributors: 3,
    score,
    committee: ['bank-b', 'bank-a', 'bank-c'],
    acknowledged: ['asker-is-committee-member'],
  }),
  flagCase({
    name: 'flag, 3 institutions and a helper',
    contributors: 2,
    committee: ['bank-b', 'helper-x', 'bank-c'],
    acknowledged: ['positive-answer-names-all-contributors'],
  }),
  dhCase,
  flagCase({ name: 'flag, vole engine', contributors: 3, score, engine: 'vole' }),
  ...overlapCases,
  ...voleCases,
];

export const quickCases: readonly AnyCase[] = cases.filter((entry) => !entry.slow);
