import { describe, expect, it } from 'vitest';
import { answerOf, ASKER, CONTRIBUTORS, dhSettings, expectedFlags, type FlagCase, runFlag } from '../e2e/flag-run.ts';
import { leaksOf } from './leaks.ts';
import { tampering, withBytes } from './wiretap.ts';

const CANARY = 'canary-8714';
const own = Array.from({ length: 40 }, (_, k) => `id:${CANARY}-${k}`);
const held = own.slice(0, 20).map((account) => [account, 1] as const);
const data: FlagCase = { accounts: own, evidence: [held, held, []] };
const rule = { oprf: 'dh', contributorItems: [64, 64, 64] };

/** One encoding of every kind that RFC 9496, appendix A.2, lists as invalid, and the identity. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'a non-canonical field element': 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'a field element with a high bit': '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'a negative field element': '0100000000000000000000000000000000000000000000000000000000000000',
  'no square': '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
  'a negative x y': '3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e',
  'y = 0': 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'the identity': '0000000000000000000000000000000000000000000000000000000000000000',
};
const GENERATOR = 'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76';
const DIRECTIONS = [
  { name: 'oprf-query', sender: ASKER, receiver: CONTRIBUTORS[1] },
  { name: 'oprf-answer', sender: CONTRIBUTORS[1], receiver: ASKER },
] as const;

/** A run in which row 5 of one message is another encoding. */
async function runWith(direction: (typeof DIRECTIONS)[number], encoding: string): ReturnType<typeof runFlag> {
  const { intercept, changed } = tampering((frame, from, to) => {
    if (frame.name !== direction.name || from !== direction.sender || to !== direction.receiver) return undefined;
    return { ...frame, body: withBytes(frame.body, 5 * 32, Buffer.from(encoding, 'hex')) };
  });
  const outcomes = await runFlag(data, { ...dhSettings, rule, intercept });
  expect(changed()).toBe(1);
  return outcomes;
}

describe.each(DIRECTIONS)('an $name with an encoding that is no element', (direction) => {
  it.each(Object.entries(ENCODINGS))('ends the run and names its sender when it is %s', async (_kind, encoding) => {
    const outcomes = await runWith(direction, encoding);
    expect(outcomes.get(direction.receiver)).toMatchObject({
      status: 'rejected',
      reason: { code: 'bad-message', party: direction.sender, phase: 'flag/shard:0/match/oprf' },
    });
    for (const outcome of outcomes.values()) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { party: direction.sender } });
      if (outcome.status === 'rejected') expect(leaksOf(outcome.reason, [CANARY, encoding])).toEqual([]);
    }
  });

  it('is what ends it: a valid element in its place is taken', async () => {
    const answer = answerOf(await runWith(direction, GENERATOR));
    // Garbage for one bin of one contributor: the others' answers stand.
    expect(answer.filter((bit, k) => bit !== expectedFlags(data, {})[k]).length).toBeLessThanOrEqual(1);
  });
});
