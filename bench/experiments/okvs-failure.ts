/**
 * How often a random band OKVS cannot be encoded, against the formula that okvs.ts rests on: lambda = 0.2691 w - 15.21
 * for epsilon = 0.1, stated at 2^20 keys (eprint 2023/903). Full width never fails in a life's time; narrower bands do,
 * and show slope and offset. Run: `node dist/bench/experiments/okvs-failure.js [--scale FACTOR] [--out FILE]`.
 *
 * Losses add up over the columns, so at n keys log2(2^20 / n) more bits are expected. A trial sees whether there is at
 * least one loss, P = 1 - e^-mu: what is compared is -log2 of the expected number mu.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { asWords } from '../../src/crypto/bytes.ts';
import { okvsColumns } from '../../src/crypto/okvs.ts';
import { BAND_BITS, eliminate, expandRows } from '../../src/crypto/okvs-band.ts';
import { finish } from '../../src/crypto/steps.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { machineRecord, type MachineRecord } from '../machine.ts';
import { resultsDirectory, writeJson } from '../results.ts';
import { rounded } from '../../src/measure/statistics.ts';

const EXPERIMENT_FORMAT = 'blindflag-okvs-failure/1';
const SEED = 'okvs-failure';
const SLOPE = 0.2691;
const OFFSET = 15.21;
const FORMULA_KEYS: number = 2 ** 20;

export interface FailureRate {
  readonly bandBits: number;
  readonly keys: number;
  readonly columns: number;
  readonly trials: number;
  readonly failures: number;
  /** -log2 of the expected losses of one encoding; undefined where no or every trial failed. */
  readonly measuredBits?: number;
  /** 95 % interval of the same (Wilson). An open end is undefined. */
  readonly lowestBits?: number;
  readonly highestBits?: number;
  /** The formula plus log2(2^20 / n). */
  readonly expectedBits: number;
}

interface FailureExperiment extends MachineRecord {
  readonly format: typeof EXPERIMENT_FORMAT;
  readonly seed: string;
  readonly formula: string;
  readonly rates: readonly FailureRate[];
  /** Bits per band bit, fitted to the measured rates of each size; the formula says 0.2691. */
  readonly slopes: readonly { readonly keys: number; readonly slope: number }[];
}

/** Encodes `trials` times `keys` random keys and counts dependent rows. */
export function observeFailures(bandBits: number, keys: number, trials: number): FailureRate {
  const columns = okvsColumns(keys);
  const rng = insecureSeededRng(SEED, bandBits, keys);
  const values = new Uint32Array(keys);
  let failures = 0;
  for (let trial = 0; trial < trials; trial++) {
    const source = { salt: asWords(rng(32)), columns, bandBits };
    const rows = finish(expandRows(source, asWords(rng(16 * keys))));
    if (finish(eliminate(rows, values, 1)).dependentRow >= 0) failures++;
  }
  return {
    bandBits,
    keys,
    columns,
    trials,
    failures,
    ...intervals(failures, trials),
    expectedBits: rounded(SLOPE * bandBits - OFFSET + Math.log2(FORMULA_KEYS / keys)),
  };
}

function intervals(failures: number, trials: number): Partial<FailureRate> {
  const bits = (probability: number): number => rounded(-Math.log2(-Math.log1p(-probability)));
  const [low, high] = wilson(failures, trials);
  const rate = failures / trials;
  return {
    ...(rate > 0 && rate < 1 ? { measuredBits: bits(rate) } : {}),
    ...(high < 1 ? { lowestBits: bits(high) } : {}),
    ...(low > 0 ? { highestBits: bits(low) } : {}),
  };
}

/** Wilson's score interval at 95 %, z = 1.96. */
function wilson(successes: number, trials: number): readonly [number, number] {
  const z2 = 1.96 ** 2;
  const rate = successes / trials;
  const centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = Math.sqrt((z2 * (rate * (1 - rate) + z2 / (4 * trials))) / trials) / (1 + z2 / trials);
  return [successes === 0 ? 0 : centre - half, successes === trials ? 1 : centre + half];
}

/** Least squares through the measured rates of one size; those with fewer than ten failures or successes say little. */
export function fittedSlope(rates: readonly FailureRate[]): number | undefined {
  const points = rates.flatMap(({ bandBits, measuredBits, failures, trials }) =>
    measuredBits === undefined || failures < 10 || trials - failures < 10 ? [] : [[bandBits, measuredBits] as const],
  );
  if (points.length < 2) return undefined;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return rounded(covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0));
}

const SIZES: readonly number[] = [2 ** 12, 2 ** 13, 2 ** 14, 2 ** 15, 2 ** 16];
const WIDTHS: readonly number[] = [32, 40, 48, 56, 64];
/** Rows that each width and size eliminates: the small sizes get more trials. */
const ROWS_PER_POINT: number = 2 ** 23;

/** All sizes and widths; `scale` multiplies the trials. */
function okvsFailureExperiment(scale: number, onRate: (rate: FailureRate) => void): FailureExperiment {
  const machine = machineRecord();
  const rates: FailureRate[] = [];
  for (const keys of SIZES) {
    for (const bandBits of WIDTHS) {
      const rate = observeFailures(bandBits, keys, Math.max(1, Math.round((scale * ROWS_PER_POINT) / keys)));
      rates.push(rate);
      onRate(rate);
    }
  }
  const slopes = SIZES.flatMap((keys) => {
    const slope = fittedSlope(rates.filter((rate) => rate.keys === keys));
    return slope === undefined ? [] : [{ keys, slope }];
  });
  const formula = `${SLOPE} w - ${OFFSET} + log2(2^20 / n); full width is w = ${BAND_BITS}`;
  return { format: EXPERIMENT_FORMAT, ...machine, seed: SEED, formula, rates, slopes };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { scale: { type: 'string' }, out: { type: 'string' } } });
  const experiment = okvsFailureExperiment(Number(values.scale ?? 1), (rate) => {
    const { bandBits, keys, trials, failures, measuredBits, lowestBits, highestBits, expectedBits } = rate;
    const interval = `${lowestBits ?? ''} to ${highestBits ?? ''}`;
    process.stdout.write(
      `w ${bandBits}  n ${keys}  ${failures}/${trials} failed: ${measuredBits ?? '-'} bits (${interval}), expected ${expectedBits}\n`,
    );
  });
  for (const { keys, slope } of experiment.slopes)
    process.stdout.write(`n ${keys}: slope ${slope}, formula ${SLOPE}\n`);
  writeJson(resolve(values.out ?? join(resultsDirectory(), 'okvs-failure.json')), experiment);
}
