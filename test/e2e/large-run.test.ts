import { describe, expect, it } from 'vitest';
import { flagParameters, type FlagInput } from '../../protocols/flag/index.ts';
import { partyId } from '../../src/kit/party.ts';
import {
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  runInMemory,
  succeeded,
} from '../../src/testing.ts';
import { cpuMsSince } from '../../src/measure/job-profile.ts';
import { watchEventLoop } from './event-loop-watch.ts';
import { idealFlagProtocol } from './flag-run.ts';

const ACCOUNTS = 100_000;
const ROWS_PER_BATCH = 4096;
const THRESHOLD = 20;
const MAX_SCORE = 15;
/** Contributor `bank-<p>` lists the accounts whose number is a multiple of p, each with the score number mod 16. */
const DIVISORS = [2, 3, 5, 7] as const;

/** Batches made when they are asked for: account numbers `step * k`, k below `ACCOUNTS`. */
async function* rows(step: number): AsyncGenerator<{ accounts: string[]; scores: Uint32Array }> {
  for (let from = 0; from < ACCOUNTS; from += ROWS_PER_BATCH) {
    const numbers = Array.from({ length: Math.min(ROWS_PER_BATCH, ACCOUNTS - from) }, (_, k) => step * (from + k));
    yield {
      accounts: numbers.map((number) => `id:${number}`),
      scores: Uint32Array.from(numbers, (number) => number % 16),
    };
  }
}

function flaggedByArithmetic(number: number): boolean {
  const holders = DIVISORS.filter((divisor) => number % divisor === 0).length;
  return holders >= 2 && holders * (number % 16) >= THRESHOLD;
}

const MEBIBYTE = 2 ** 20;
/**
 * Five institutions in one process, buckets of 2^17, 167,000 bins, 72 bits a bin and contributor. Alive at once at most,
 * in MiB: the asker's slices and their masked copy 12, at each of three members the asker's and the contributors' shares
 * and their difference 3 x 25, frames under way 40; at each of four contributors 393,216 queries of 33 bytes, values,
 * keys and masks 16 each, table and programmed rows 12 each, target rows and streams 20: 4 x 65. That makes 390, and a
 * collector that runs late may let it double.
 */
const RSS_GROWTH_BOUND = 800 * MEBIBYTE;
/** A node answers its peers and its operator at least so often. */
const LONGEST_HOLD_MS = 50;

const contributors = DIVISORS.map((divisor) => `bank-${divisor}`);
const parameters = flagParameters({
  asker: 'bank-a',
  contributors,
  askerItems: ACCOUNTS,
  contributorItems: contributors.map(() => ACCOUNTS),
  score: { threshold: THRESHOLD, max: MAX_SCORE },
  oprf: 'ideal',
});

/** Millions of accounts at each of nine contributors. */
const MILLIONS = [1, 2, 3, 4, 5, 6, 7, 8, 10];
const inShards = flagParameters({
  asker: 'bank-a',
  contributors: MILLIONS.map((millions) => `bank-${millions}`),
  askerItems: 9_000_000,
  contributorItems: MILLIONS.map((millions) => millions * 1_000_000),
  sizesPerOctave: 8,
  oprf: 'ideal',
});

describe('flag over 100,000 accounts at each of 5 institutions', () => {
  it.each([
    ['in one shard, when the plan is the first of a process', parameters],
    ['in shards of ten lists of ten sizes', inShards],
  ])('is planned without holding the event loop %s', (how, planned) => {
    const before = process.cpuUsage();
    idealFlagProtocol.spec.validate(planned);
    const cpuMs = cpuMsSince(before);
    process.stdout.write(`\nplan ${how}: ${cpuMs} ms\n`);
    expect(cpuMs).toBeLessThanOrEqual(LONGEST_HOLD_MS);
  });

  it('is exact, streams its input and never holds the event loop when the ideal engine runs', async () => {
    const inputs = new Map([[parameters.asker, { accounts: rows(1) } as FlagInput]]);
    for (const divisor of DIVISORS) inputs.set(partyId(`bank-${divisor}`), { evidence: rows(divisor) });

    const before = process.memoryUsage.rss();
    const stop = watchEventLoop();
    const outcomes = await runInMemory(
      idealFlagProtocol,
      { parameters, inputs, initiator: parameters.asker },
      {
        rng: (party) => insecureSeededRng('large', party),
        // Five parties check each other's signatures in one turn here; on five nodes each has 8 ms of it.
        signer: insecureTestSigner,
        verify: insecureTestVerifier,
      },
    );
    const loop = await stop();
    const growth = loop.peakRssBytes - before;
    const measured =
      `longest turn ${loop.longestCodeMs.toFixed(1)} ms of code, ${loop.longestWorkMs.toFixed(1)} ms with the ` +
      `collector, ${loop.longestWallMs.toFixed(1)} ms with other processes; ` +
      `${loop.turns} turns; memory grew by ${(growth / MEBIBYTE).toFixed(0)} MiB`;
    process.stdout.write(`\n100,000 accounts x 5 institutions: ${measured}\n`);

    const flagged = succeeded(outcomes).get(parameters.asker)?.output?.flagged;
    const wrong = Array.from(flagged ?? []).filter((bit, number) => (bit === 1) !== flaggedByArithmetic(number));
    expect(flagged?.length).toBe(ACCOUNTS);
    expect(wrong.length).toBe(0);
    expect(Array.from(flagged ?? []).filter((bit) => bit === 1).length).toBeGreaterThan(10_000);
    expect(growth, measured).toBeLessThan(RSS_GROWTH_BOUND);
    expect(loop.longestCodeMs, measured).toBeLessThanOrEqual(LONGEST_HOLD_MS);
  });

  it('is seen to hold the event loop when something does', async () => {
    const stop = watchEventLoop();
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        // By CPU time: other programs may have the processor for most of the time that a clock says.
        const start = process.cpuUsage();
        while (cpuMsSince(start) < 3 * LONGEST_HOLD_MS);
        setImmediate(() => setImmediate(resolve));
      });
    });
    expect((await stop()).longestCodeMs).toBeGreaterThan(LONGEST_HOLD_MS);
  });
});
