/** What the collusion statement says of members: two together read every match, one with any non-members reads none. */
import { describe, expect, it } from 'vitest';
import { planMatch } from '../../protocols/match/index.ts';
import { insecureIdealOprf, succeeded } from '../../src/testing.ts';
import type { Member } from '../../src/crypto/bit-shares.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import { Prg, SEED_BYTES } from '../../src/crypto/prg.ts';
import { ASKER, expectedFlags, type FlagCase, answerOf, parametersFor, runFlag } from '../e2e/flag-run.ts';
import { ByteHistogram, fromUniform, SUSPICIOUS } from './statistics.ts';
import { Wiretap } from './wiretap.ts';

const RULE = {
  committee: ['helper-a', 'helper-b', 'helper-c'],
  contributorItems: [64, 64, 64],
  score: { threshold: 5, max: 255 },
};
const own = Array.from({ length: 60 }, (_, k) => `id:${k}`);
/** Contributor i holds every (i + 2)nd account with the score 7 i + 1. */
const data: FlagCase = {
  accounts: own,
  evidence: [0, 1, 2].map((i) => own.filter((_, k) => k % (i + 2) === 0).map((name) => [name, 7 * i + 1] as const)),
};

/** A run, seen by whoever pools the views of some members and of all contributors. */
class Pool {
  readonly plan = planMatch({ ...parametersFor(data, RULE), scoreBits: 8 }, insecureIdealOprf(new Uint8Array(32)));
  readonly bits: number = this.plan.targetBits + this.plan.scoreBits;
  readonly #tap: Wiretap;
  readonly #sid: Uint8Array;
  readonly #members: readonly Member[];

  constructor(tap: Wiretap, sid: Uint8Array, members: readonly Member[]) {
    this.#tap = tap;
    this.#sid = sid;
    this.#members = members;
  }

  /** The XOR of all components that these members got of a dealer's input, as bit slices. */
  input(dealer: string, wordCount: number): Uint32Array {
    const channel = `flag/shard:0/match/input:${dealer}`;
    const sum = new Uint32Array(wordCount);
    for (const index of [0, 1, 2] as const) {
      const holder = this.#members.find((member) => index === member || index === (member + 1) % 3);
      if (holder === undefined) continue;
      const { body } = this.#tap.one({ channel: `${channel}/to-${holder}-${index}`, name: 'dealt-component' });
      const words =
        body.length - 64 === SEED_BYTES
          ? asWords(new Prg(body.slice(0, SEED_BYTES), this.#sid, `input ${channel}`).bytes(4 * wordCount))
          : asWords(body.slice(0, 4 * wordCount));
      words.forEach((word, k) => (sum[k] ^= word));
    }
    return sum;
  }

  /** Of a target, without the bits that fill no byte. */
  wholeBytes(target: bigint): Uint8Array {
    return new Uint8Array(BigUint64Array.of(target).buffer).subarray(0, Math.floor(this.plan.targetBits / 8));
  }

  /** Per contributor and bin: (w ⊕ r) and (u ⊕ s), as far as this pool can compute it; r and s are the contributors'. */
  differences(): { readonly target: bigint; readonly score: number }[][] {
    const { plan, bits } = this;
    const { contributors, laneWords, bins, targetBits } = plan;
    const asked = this.input(plan.asker, bits * contributors.length * laneWords);
    const all = new Pool(this.#tap, this.#sid, [0, 1]);
    return contributors.map((contributor, index) => {
      const drawn = all.input(contributor, bits * laneWords);
      return Array.from({ length: bins }, (_, bin) => {
        let value = 0n;
        for (let bit = bits - 1; bit >= 0; bit--) {
          const ours = asked[(bit * contributors.length + index) * laneWords + (bin >>> 5)];
          const theirs = drawn[bit * laneWords + (bin >>> 5)];
          value = (value << 1n) | BigInt(((ours ^ theirs) >>> (bin & 31)) & 1);
        }
        return { target: value & ((1n << BigInt(targetBits)) - 1n), score: Number(value >> BigInt(targetBits)) };
      });
    });
  }
}

async function run(): Promise<{ readonly tap: Wiretap; readonly sid: Uint8Array }> {
  const tap = new Wiretap();
  const outcomes = await runFlag(data, { rule: RULE, seed: 'collusion', intercept: tap.intercept });
  expect(answerOf(outcomes)).toEqual(expectedFlags(data, { quorum: 2, score: RULE.score }));
  return { tap, sid: succeeded(outcomes).get(ASKER)?.report.sid ?? new Uint8Array(0) };
}

describe('members that pool what they hold', () => {
  it.each([[[0, 1]], [[1, 2]], [[0, 2]]] as [Member[]][])(
    'read every match and its score when they are the two in seats %j: declared',
    async (members) => {
      const { tap, sid } = await run();
      const pool = new Pool(tap, sid, members);
      for (const [index, bins] of pool.differences().entries()) {
        const matched = bins.filter(({ target }) => target === 0n);
        expect(matched).toHaveLength(data.evidence[index].length);
        expect(new Set(matched.map(({ score }) => score))).toEqual(new Set([7 * index + 1]));
      }
    },
  );

  it.each([0, 1, 2] as const)('read no match when one, in seat %i, pools with all contributors', async (member) => {
    const { tap, sid } = await run();
    const histogram = new ByteHistogram();
    let matched = 0;
    const pool = new Pool(tap, sid, [member]);
    for (const bins of pool.differences()) {
      for (const { target } of bins) {
        matched += target === 0n ? 1 : 0;
        histogram.add(pool.wholeBytes(target));
      }
    }
    expect(matched).toBe(0);
    // The component that is missing masks all of it, matched bins and others alike.
    expect(fromUniform(histogram.counts)).toBeLessThan(SUSPICIOUS);
  });

  it('see no account in what they hold', async () => {
    const { tap } = await run();
    const names = new Set(tap.all({ name: 'dealt-component' }).map(({ to }) => to));
    expect([...names].sort()).toEqual(RULE.committee);
    for (const { body } of tap.all({ name: 'dealt-component' })) expect(Buffer.from(body).includes('id:')).toBe(false);
  });
});

describe('the statistic for one member', () => {
  it('tells matched bins when the members are two', async () => {
    const { tap, sid } = await run();
    const histogram = new ByteHistogram();
    const pool = new Pool(tap, sid, [0, 1]);
    for (const bins of pool.differences()) for (const { target } of bins) histogram.add(pool.wholeBytes(target));
    expect(fromUniform(histogram.counts)).toBeGreaterThan(SUSPICIOUS);
  });
});
