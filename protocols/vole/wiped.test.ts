import { describe, expect, it } from 'vitest';
import type { PartyId } from '../../src/kit/party.ts';
import { turns } from '../../src/net/manual-clock.ts';
import { flipped, tampering } from '../../test/redteam/wiretap.ts';
import { BASE_TRANSFERS, LONG_VOLE, SHORT_VOLE } from '../../test/support/vole-secrets.ts';
import { holder, receiver, runVole } from '../../test/support/vole-run.ts';
import { expectWiped, type WatchedJobs, watching } from '../../test/support/watched-jobs.ts';

const shape = { length: 4096, field: 'gf64', security: 'malicious' } as const;

/** Who deviates in which message, and what both have at that time. A holder whose proof is changed has its vectors by then. */
const DEVIATIONS: readonly (readonly [culprit: PartyId, message: string, watched: WatchedJobs])[] = [
  [
    holder,
    'base-ot-seeds',
    {
      'vole/points': ['choices', 'randomness', '>scalars'],
      'vole/plant': ['randomness', '>seeds'],
      'vole/pick': ['choices', 'scalars', 'delta'],
    },
  ],
  [receiver, 'vole-transfers-checked', { ...BASE_TRANSFERS, 'vole/choose': SHORT_VOLE['vole/choose'] }],
  [
    receiver,
    'vole-base-checked',
    {
      ...BASE_TRANSFERS,
      ...SHORT_VOLE,
      'vole/hold-base': ['keys', 'delta'],
    },
  ],
  [
    holder,
    'vole-proof',
    {
      ...BASE_TRANSFERS,
      ...SHORT_VOLE,
      ...LONG_VOLE,
      'vole/expand-holder': ['seed', 'baseK', 'otPairs'],
      'vole/prove': ['check.baseK'],
    },
  ],
];

describe('a VOLE that fails', () => {
  it.each(DEVIATIONS)('leaves nothing of its keys when %s changes %s', async (culprit, message, watched) => {
    const { compute, seen } = watching(watched);
    const { intercept, changed } = tampering((frame, from) =>
      frame.name === message && from === culprit && frame.last
        ? { ...frame, body: flipped(frame.body, frame.body.length - 1) }
        : undefined,
    );
    await expect(runVole(shape, { seed: 1, compute, intercept })).rejects.toMatchObject({ party: culprit });
    expect(changed()).toBe(1);
    await turns(3);
    expectWiped(seen, watched);
  });

  it('has what these look for until then, and keeps the vectors of one that succeeds', async () => {
    const vectors = {
      'vole/expand-holder': ['>k'],
      'vole/expand-checked': ['>a', '>c'],
      'vole/prove': ['check.delta'],
    };
    const { compute, seen } = watching(vectors);
    await runVole(shape, { seed: 1, compute });
    expect(() => expectWiped(seen, vectors)).toThrow();
    expect(seen.every(({ view, held }) => held && view.some((byte) => byte !== 0))).toBe(true);
  });
});
