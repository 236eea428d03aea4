import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/crypto/bytes.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { cooperativeCompute } from '../../src/kit/compute.ts';
import { partyId } from '../../src/kit/party.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { listRoot } from './list-root.ts';

const root = async (parts: readonly Uint8Array[], seed = 'salt'): Promise<string> =>
  toHex(
    await listRoot(parts, {
      self: partyId('bank-b'),
      rng: insecureSeededRng(seed),
      compute: cooperativeCompute(systemClock),
      signal: new AbortController().signal,
    }),
  );

describe('listRoot', () => {
  it('binds to every byte, to where parts end, and to their number', async () => {
    const [a, b] = [new Uint8Array(3000), new Uint8Array(64)];
    const changed = a.slice();
    changed[2999] = 1;
    const roots = [
      await root([a, b]),
      await root([changed, b]),
      await root([b, a]),
      await root([a.subarray(0, 2936), new Uint8Array(128)]),
      await root([a]),
      await root([]),
    ];
    expect(new Set(roots).size).toBe(roots.length);
    expect(await root([a, b])).toBe(roots[0]);
  });

  it('tells nothing of equal lists, thanks to a fresh salt', async () => {
    const list = new Uint8Array(64);
    expect(await root([list], 'monday')).not.toBe(await root([list], 'tuesday'));
  });
});
