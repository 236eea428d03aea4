/** Where the secrets of a VOLE are in the jobs of both parties. */
import type { WatchedJobs } from './watched-jobs.ts';

/** Of base transfers; what is kept of them is not wiped before its store lets go of it. */
export const BASE_TRANSFERS: WatchedJobs = {
  'vole/points': ['choices', 'randomness', '>scalars'],
  'vole/plant': ['randomness', '>seeds'],
  'vole/pick': ['choices', 'scalars', 'delta', '>'],
};

/** Of one below 4,096 rows, out of base transfers. */
export const SHORT_VOLE: WatchedJobs = {
  'vole/choose': ['seeds', 'choices', 'mask', '>keys'],
  'vole/offer': ['seeds', 'delta', '>'],
  'vole/receive-base': ['pairs', 'a', 'mask', '>c'],
  'vole/hold-base': ['keys', 'delta', '>'],
};

/** Of an expansion with checks. */
export const LONG_VOLE: WatchedJobs = {
  'vole/expand-holder': ['seed', 'baseK', 'otPairs', '>k'],
  'vole/expand-checked': [
    'input.choices',
    'input.otKeys',
    'input.baseA',
    'input.baseC',
    'check.baseA',
    'check.baseC',
    '>a',
    '>c',
  ],
  'vole/prove': ['input.k', 'check.baseK', 'check.delta'],
};
