/**
 * Declared, and shown by nothing in a run: an asker whose software departs from the protocol can pass off garbage for what
 * it got from chosen contributors. Its answer is then the rule over the others.
 */
import { describe, expect, it } from 'vitest';
import { createFlag } from '../../protocols/flag/index.ts';
import { insecureIdealOprf, insecureSeededRng } from '../../src/testing.ts';
import {
  answerOf,
  ASKER,
  CONTRIBUTORS,
  expectedFlags,
  type FlagCase,
  idealFlagProtocol,
  parametersFor,
  runFlag,
} from '../e2e/flag-run.ts';
import { garblingOprf } from './engines.ts';
import { Wiretap } from './wiretap.ts';

const own = Array.from({ length: 64 }, (_, k) => `id:${k}`);
/** Bit i of the account's number says whether contributor i holds it. */
const data: FlagCase = {
  accounts: own,
  evidence: [0, 1, 2, 3].map((i) => own.filter((_, k) => (k >>> i) & 1).map((name) => [name, 10 << i] as const)),
};
const ideal = insecureIdealOprf(insecureSeededRng('left out')(32));

describe.each([
  { rule: { quorum: 2 }, text: 'at least 2 hold it' },
  { rule: { quorum: 2, score: { threshold: 60, max: 255 } }, text: 'at least 2 hold it with a sum of 60' },
])('an asker that leaves contributors out when the rule is: $text', ({ rule }) => {
  it.each([[[0]], [[3]], [[1, 2]]])('gets the answer of the others alone for the left out %j', async (left) => {
    const protocol = createFlag([
      garblingOprf(
        ideal,
        left.map((index) => CONTRIBUTORS[index]),
      ),
    ]);
    const tap = new Wiretap();
    const answer = answerOf(await runFlag(data, { rule, protocol, seed: 'left out', intercept: tap.intercept }));
    const others = { ...data, evidence: data.evidence.map((rows, index) => (left.includes(index) ? [] : rows)) };
    expect(answer).toEqual(expectedFlags(others, rule));
    expect(answer).not.toEqual(expectedFlags(data, rule));
    if (left.length === 2) {
      // What "cannot tell which" was to prevent: a yes names the two that remain, although there are four.
      const remaining = [0, 3].map((index) => new Set(data.evidence[index].map(([account]) => account)));
      for (const [k, account] of own.entries()) {
        if (answer[k]) expect(remaining.every((holders) => holders.has(account))).toBe(true);
      }
    }

    // Nobody else can tell: the run ends well everywhere and looks as it always does.
    const honest = new Wiretap();
    await runFlag(data, { rule, protocol: idealFlagProtocol, seed: 'honest', intercept: honest.intercept });
    expect(tap.shape()).toEqual(honest.shape());
  });

  it('is what the protocol says of it before a run', () => {
    const leakage = idealFlagProtocol.spec.leakage(parametersFor(data, rule));
    const declared = leakage.filter(({ to }) => to.startsWith(`${ASKER}, if its software departs`));
    expect(declared.map(({ learns }) => learns).join()).toMatch(/who listed an account.*nothing here would show it/);
  });
});
