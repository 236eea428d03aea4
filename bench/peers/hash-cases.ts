/** The measure that everybody knows: hashing all names of both lists once, which protects nothing. */
import { overlapLists } from '../../src/measure/overlap-question.ts';
import { ran } from '../bench-case.ts';
import { hashNames } from '../cases/overlap.ts';
import type { PeerCase } from './peer-case.ts';

export const hashCases: readonly PeerCase[] = [10, 16, 20].map((log2) => ({
  task: `overlap-${2 ** log2}`,
  library: 'node:crypto createHash',
  securityModel: 'none: SHA-256 of all names of both lists; a name can be guessed',
  items: 2 ** log2,
  unit: 'account of each side',
  samples: 3,
  warmUps: 1,
  short: log2 === 10,
  setUp() {
    const lists = overlapLists(2 ** log2);
    let common: number | undefined;
    return Promise.resolve({
      run() {
        common = hashNames(lists);
      },
      check: () => ran(common) === 2 ** (log2 - 1),
    });
  },
}));
