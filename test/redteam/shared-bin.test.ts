import { describe, expect, it } from 'vitest';
import { createFlag } from '../../protocols/flag/index.ts';
import { dhOprf, type OprfEngine } from '../../protocols/oprf/index.ts';
import { insecureIdealOprf, insecureSeededRng } from '../../src/testing.ts';
import {
  ASKER,
  CONTRIBUTORS,
  expectedFlags,
  type FlagCase,
  parametersFor,
  runFlag,
  answerOf,
} from '../e2e/flag-run.ts';
import { AskerView } from './asker-view.ts';
import { oneTagPerItemOprf, recordingOprf } from './engines.ts';
import { Wiretap } from './wiretap.ts';

/** Every tenth account is at every contributor, and nothing else. */
function matchesEvery(step: number, accountCount: number): FlagCase {
  const accounts = Array.from({ length: accountCount }, (_, k) => `id:${k}`);
  const held = accounts.filter((_, k) => k % step === 0).map((account) => [account, 7] as const);
  return { accounts, evidence: [held, held, held] };
}

interface Found {
  /** Accounts of which something that the asker reads is also read of another account, by contributor. */
  readonly exposed: ReadonlySet<string>[];
  /** Matched accounts that share a bin with another matched one: what the fault gives away. */
  readonly sharing: ReadonlySet<string>;
}

async function look(engine: OprfEngine, data: FlagCase, seed: number): Promise<Found> {
  const rule = { oprf: engine.id, score: { threshold: 10, max: 255 } };
  const { engine: recording, seen } = recordingOprf(engine);
  const tap = new Wiretap();
  const protocol = createFlag([recording]);
  const outcomes = await runFlag(data, { rule, protocol, seed: `shared bin ${seed}`, intercept: tap.intercept });
  // The run itself is exact, also over the faulty engine: nobody would notice.
  expect(answerOf(outcomes)).toEqual(expectedFlags(data, rule));

  const view = new AskerView(parametersFor(data, rule), engine, seen, tap);
  const exposed = CONTRIBUTORS.slice(0, 3).map((contributor) => {
    const byTarget = new Map<string, Set<string>>();
    for (const { account, target } of view.everyTarget(contributor, data.accounts)) {
      byTarget.set(target, (byTarget.get(target) ?? new Set()).add(account));
    }
    return new Set([...byTarget.values()].filter((accounts) => accounts.size > 1).flatMap((accounts) => [...accounts]));
  });

  const matched = data.evidence[0].map(([account]) => account);
  const inBin = new Map<number, string[]>();
  for (const [k, bins] of view.binsOf(matched).entries()) {
    for (const bin of bins) inBin.set(bin, [...(inBin.get(bin) ?? []), matched[k]]);
  }
  return { exposed, sharing: new Set([...inBin.values()].filter((accounts) => accounts.length > 1).flat()) };
}

describe('the asker of a match', () => {
  const trials = process.env['BLINDFLAG_LONG'] === undefined ? 2 : 20;

  it('finds no repeated target in all that it can read when the ideal engine runs', async () => {
    for (let seed = 0; seed < trials; seed++) {
      const { exposed, sharing } = await look(
        insecureIdealOprf(insecureSeededRng('shared', seed)(32)),
        matchesEvery(10, 1000),
        seed,
      );
      // There was something to be found: about half of the matched accounts share a bin.
      expect(sharing.size, `seed ${seed}`).toBeGreaterThan(30);
      for (const accounts of exposed) expect([...accounts], `seed ${seed}`).toEqual([]);
    }
  });

  it('finds no repeated target in all that it can read when the dh engine runs', async () => {
    const { exposed, sharing } = await look(dhOprf, matchesEvery(4, 256), 0);
    expect(sharing.size).toBeGreaterThan(10);
    for (const accounts of exposed) expect([...accounts]).toEqual([]);
  });

  it('reads exactly the matched accounts that share a bin when an engine has one tag per item', async () => {
    for (let seed = 0; seed < trials; seed++) {
      const faulty = oneTagPerItemOprf(insecureSeededRng('shared', seed)(32));
      const { exposed, sharing } = await look(faulty, matchesEvery(10, 1000), seed);
      expect(sharing.size, `seed ${seed}`).toBeGreaterThan(30);
      for (const accounts of exposed) expect([...accounts].sort(), `seed ${seed}`).toEqual([...sharing].sort());
    }
  });

  it('is the only one that gets an answer', async () => {
    const outcomes = await runFlag(matchesEvery(10, 40));
    for (const [party, outcome] of outcomes) {
      expect(outcome.status === 'fulfilled' && outcome.value.output !== undefined).toBe(party === ASKER);
    }
  });
});
