import { describe, expect, it } from 'vitest';
import { asBytes, asWords, concatBytes } from '../../src/crypto/bytes.ts';
import { CHACHA_BLOCK_WORDS, chachaBlockInto } from '../../src/crypto/chacha-block.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { finish } from '../../src/crypto/steps.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { cooperativeCompute, type Job } from '../../src/kit/compute.ts';
import { partyId } from '../../src/kit/party.ts';
import { localDigest } from '../../test/support/local-digest.ts';
import type { ShardItems, ShardOptions } from './item-list.ts';
import { runDigestJob, shardsOf } from './shards.ts';

const SID = new Uint8Array(32).fill(5);
const compute = cooperativeCompute(systemClock);

async function cut(
  digests: Uint8Array,
  options: Partial<ShardOptions> = {},
  sid = SID,
): Promise<readonly ShardItems[]> {
  const io = {
    sid,
    phase: 'flag',
    self: partyId('bank-b'),
    compute: <I, O>(job: Job<I, O>, input: I): Promise<O> => compute.run(job, input, new AbortController().signal),
  };
  const shards: ShardItems[] = [];
  const list = { digests, scores: new Uint32Array(0), itemOfRow: new Uint32Array(0) };
  for await (const shard of shardsOf(io, list, { shards: 4, capacity: digests.length / 32, ...options })) {
    shards.push(shard);
  }
  return shards;
}

const digestsOf = (count: number, from = 0): Uint8Array =>
  concatBytes(...Array.from({ length: count }, (_, k) => localDigest(`id:${from + k}`)));

/** H(sid, digest) as README.md says, by another implementation than kernel and reference. */
function underRun(digest: Uint8Array, sid = SID): Uint8Array {
  const block = new Uint32Array(CHACHA_BLOCK_WORDS);
  const nonce = hashTuple('run-digest', sid).subarray(0, 12);
  chachaBlockInto(block, asWords(digest.slice()), asWords(concatBytes(new Uint8Array(4), nonce)), 0, 8);
  return asBytes(block).slice(0, 32);
}

describe('shardsOf', () => {
  it('puts every item into one shard, and evenly', async () => {
    const count = 4000;
    const shards = await cut(digestsOf(count));
    expect(shards.flatMap(({ items }) => [...items]).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, k) => k),
    );
    // Six standard deviations of a shard's size.
    for (const { items } of shards)
      expect(Math.abs(items.length - count / 4)).toBeLessThan(6 * Math.sqrt(count) * 0.44);
  });

  it('chooses the shard by the last eight bytes of the hash under the run id, as a fraction of all shards', async () => {
    const digests = digestsOf(2500);
    const shards = await cut(digests, { shards: 7 });
    for (const [number, { items, digests: own }] of shards.entries()) {
      for (const [k, item] of items.entries()) {
        const digest = digests.subarray(32 * item, 32 * item + 32);
        expect(own.subarray(32 * k, 32 * k + 32)).toEqual(digest);
        const view = new DataView(underRun(digest).buffer);
        const fraction = (BigInt(view.getUint32(24, true)) << 32n) | BigInt(view.getUint32(28, true));
        expect(number).toBe(Number((fraction * 7n) >> 64n));
      }
    }
  });

  it('puts an item into the same shard at a party that has others besides', async () => {
    const [own, other] = [await cut(digestsOf(300)), await cut(digestsOf(300, 100))];
    for (const [number, { items }] of own.entries()) {
      const common = [...items].filter((item) => item >= 100);
      expect([...other[number].items].filter((item) => item < 200).map((item) => item + 100)).toEqual(common);
    }
  });

  it('chooses other shards in another run, so that nobody can choose items for one', async () => {
    const digests = digestsOf(300);
    const [one, other] = [await cut(digests), await cut(digests, {}, new Uint8Array(32).fill(6))];
    const both = one[0].items.filter((item) => other[0].items.includes(item));
    expect(both.length).toBeLessThan(one[0].items.length / 2);
  });

  it('gives the whole list where there is one shard, and empty ones where there are no items', async () => {
    const digests = digestsOf(3);
    expect(await cut(digests, { shards: 1 })).toEqual([
      { digests, items: Uint32Array.of(0, 1, 2), scores: new Uint32Array(0) },
    ]);
    expect((await cut(new Uint8Array(0))).map(({ items }) => items.length)).toEqual([0, 0, 0, 0]);
  });

  it('gives no shard at all where one of them has no room', async () => {
    const digests = digestsOf(400);
    const most = Math.max(...(await cut(digests)).map(({ items }) => items.length));
    expect((await cut(digests, { capacity: most })).length).toBe(4);
    await expect(cut(digests, { capacity: most - 1 })).rejects.toMatchObject({
      code: 'table-full',
      phase: 'flag',
      party: 'bank-b',
    });
  });
});

describe('runDigestJob', () => {
  it.each([0, 2, 1024, 2500])('gives what README.md says for %i items, and under each run id others', (count) => {
    const digests = digestsOf(count);
    for (const sid of [SID, new Uint8Array(32)]) {
      const hashed = finish(runDigestJob.run({ digests, sid }));
      const expected = Array.from({ length: count }, (_, k) => underRun(digests.subarray(32 * k, 32 * k + 32), sid));
      expect(Buffer.compare(hashed, concatBytes(...expected))).toBe(0);
    }
  });
});
