import { describe, expect, it } from 'vitest';
import { createFlag } from '../../protocols/flag/index.ts';
import { encodeOkvs, okvsShape } from '../../src/crypto/okvs.ts';
import type { Rng } from '../../src/crypto/rng.ts';
import { finish } from '../../src/crypto/steps.ts';
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { insecureIdealOprf, insecureSeededRng } from '../../src/testing.ts';
import { answerOf, ASKER, CONTRIBUTORS, type FlagCase, parametersFor, runFlag } from '../e2e/flag-run.ts';
import { AskerView } from './asker-view.ts';
import { recordingOprf } from './engines.ts';
import { ByteHistogram, fromEachOther, fromUniform, SUSPICIOUS } from './statistics.ts';
import { Wiretap } from './wiretap.ts';

const RUNS = process.env['BLINDFLAG_LONG'] === undefined ? 300 : 3000;
const NAMES = CONTRIBUTORS.slice(0, 3);
const own = Array.from({ length: 32 }, (_, k) => `id:${k}`);
const held = own.slice(0, 16).map((account) => [account, 0] as const);

/** Two of the three hold the first half of the accounts; which two is the secret. */
const SIDES: Readonly<Record<string, FlagCase>> = {
  'the first two hold it': { accounts: own, evidence: [held, held, []] },
  'the last two hold it': { accounts: own, evidence: [[], held, held] },
};

/** The asker's complete view over many runs, in histograms. */
class Views {
  readonly bytes = new Map<string, ByteHistogram>();
  /**
   * Of every flagged account, jointly: the three opened components of its bit, and the lowest bit of what it decoded
   * from each contributor's table: 64 cells.
   */
  readonly joint: Float64Array = new Float64Array(64);

  add(name: string, bytes: Uint8Array): void {
    const histogram = this.bytes.get(name) ?? new ByteHistogram();
    this.bytes.set(name, histogram.add(bytes));
  }
}

/** The opened bit of a bin in each of the three components. */
function openedBits(tap: Wiretap, laneWords: number, bin: number): number[] {
  const bodies = NAMES.map((from) => tap.one({ from, to: ASKER, name: 'output-shares' }).body);
  const components = bodies.map((body) => body.subarray(0, 4 * laneWords));
  return components.map((component) => (component[bin >>> 3] >>> (bin & 7)) & 1);
}

async function collect(data: FlagCase, label: string): Promise<Views> {
  const views = new Views();
  const parameters = parametersFor(data, { contributorItems: [64, 64, 64] });
  for (let run = 0; run < RUNS; run++) {
    const inner = insecureIdealOprf(insecureSeededRng('distribution', label, run)(32));
    const { engine, seen } = recordingOprf(inner);
    const tap = new Wiretap();
    const outcomes = await runFlag(data, {
      rule: { contributorItems: [64, 64, 64] },
      protocol: createFlag([engine]),
      seed: `distribution ${label} ${run}`,
      intercept: tap.intercept,
    });
    expect(answerOf(outcomes).map(Number)).toEqual(own.map((_, k) => Number(k < held.length)));

    const view = new AskerView(parameters, inner, seen, tap);
    const targets = NAMES.map((name) => view.ownTargets(name));
    for (const [k, name] of NAMES.entries()) {
      views.add(`table of ${name}`, tap.one({ from: name, to: ASKER, name: 'target-table' }).body);
      views.add(`decoded from ${name}`, targets[k]);
      views.add(`values of ${name}`, seen[0].values.get(name) ?? new Uint8Array(0));
      // All members are contributors here.
      views.add(`output of ${name}`, tap.one({ from: name, to: ASKER, name: 'output-shares' }).body);
    }
    for (const bin of view.ownBins(own.slice(0, held.length))) {
      const low = targets.map((rows) => rows[bin * view.plan.valueBytes] & 1);
      const bits = [...openedBits(tap, view.plan.laneWords, bin), ...low];
      views.joint[bits.reduce((cell, bit) => 2 * cell + bit, 0)]++;
    }
  }
  return views;
}

describe(`the asker's view over ${RUNS} runs of either kind`, () => {
  it('has one distribution, and uniform parts, when the listing institutions are permuted', async () => {
    const sides: Views[] = [];
    for (const [label, data] of Object.entries(SIDES)) sides.push(await collect(data, label));
    const [a, b] = sides;
    expect(a.bytes.size).toBe(12);
    for (const [name, histogram] of a.bytes) {
      const other = b.bytes.get(name) ?? new ByteHistogram();
      expect(fromUniform(histogram.counts), `${name}, first side`).toBeLessThan(SUSPICIOUS);
      expect(fromUniform(other.counts), `${name}, second side`).toBeLessThan(SUSPICIOUS);
      expect(fromEachOther(histogram.counts, other.counts), `${name}, both sides`).toBeLessThan(SUSPICIOUS);
    }
    expect(fromEachOther(a.joint, b.joint), 'joint, both sides').toBeLessThan(SUSPICIOUS);
    // Flagged accounts: the three components always add up to one, so half of the 64 cells stay empty.
    expect(a.joint.filter((count) => count > 0).length).toBe(32);
    expect(fromUniform(a.joint.filter((count) => count > 0))).toBeLessThan(SUSPICIOUS);
  });
});

/** Tables of `count` random keys, free positions from `fill`. */
function tables(count: number, fill: Rng, label: string): ByteHistogram {
  const shape = okvsShape(192, 2);
  const histogram = new ByteHistogram();
  for (let run = 0; run < 50; run++) {
    const rng = insecureSeededRng('tables', label, run);
    const entries = { salt: rng(32), keys: rng(16 * count), values: asWords(rng(8 * count)), rng: fill };
    histogram.add(asBytes(finish(encodeOkvs(shape, entries))));
  }
  return histogram;
}

describe('the tests of distribution', () => {
  const zeros: Rng = (length) => new Uint8Array(length);

  it('pass a table whose free positions are random, however many keys it has', () => {
    const [few, many] = [2, 190].map((count) => tables(count, insecureSeededRng('fill', count), `random ${count}`));
    expect(fromUniform(few.counts)).toBeLessThan(SUSPICIOUS);
    expect(fromUniform(many.counts)).toBeLessThan(SUSPICIOUS);
    expect(fromEachOther(few.counts, many.counts)).toBeLessThan(SUSPICIOUS);
  });

  it('catch a table whose free positions are zero, and tell few keys from many', () => {
    const [few, many] = [2, 190].map((count) => tables(count, zeros, `zero ${count}`));
    expect(fromUniform(few.counts)).toBeGreaterThan(SUSPICIOUS);
    expect(fromUniform(many.counts)).toBeGreaterThan(SUSPICIOUS);
    expect(fromEachOther(few.counts, many.counts)).toBeGreaterThan(SUSPICIOUS);
  });

  it('catch a component that is the bit of one institution in the joint cells', () => {
    // As many accounts as one side has; component 0 equals what the first institution holds: 1 on side a, 0 on side b.
    const rng = insecureSeededRng('planted');
    const side = (planted: number): Float64Array => {
      const cells = new Float64Array(64);
      for (let k = 0; k < RUNS * held.length; k++) {
        const [byte] = rng(1);
        const second = byte & 1;
        cells[(planted << 5) | (second << 4) | ((planted ^ second ^ 1) << 3) | (byte >>> 5)]++;
      }
      return cells;
    };
    expect(fromEachOther(side(1), side(1))).toBeLessThan(SUSPICIOUS);
    expect(fromEachOther(side(1), side(0))).toBeGreaterThan(SUSPICIOUS);
  });
});
