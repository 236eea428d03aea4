/**
 * Boolean circuits on shared bit slices: "all of them 1", masking, and "sum of addends at least T". They know a gate
 * engine and nothing of how it multiplies; XOR and NOT are local, every batch of ANDs costs one round.
 *
 * Layout: a slice is `laneWords` words and holds one bit of 32 * laneWords instances (lanes); several slices lie one
 * after the other in one BitShares. Factors of a batch of gates are not brought together: gates take them in parts.
 *
 * Order and number of gates depend on public parameters alone, and no circuit opens anything; whoever opens a result
 * re-randomises it first.
 */
import { type BitShares, type Member, notShares, sliceShares, xorShares } from '../../src/crypto/bit-shares.ts';
import { UsageError } from '../../src/errors.ts';
import { type CircuitCost, carryOfSum, type LocalGates, type SumParams, sumCost } from './carry-save.ts';

/** What evaluates AND gates for one member. */
export interface BitGates {
  readonly member: Member;
  /**
   * x & y word by word, in one communication round; all members call it in the same order with equal lengths. Both come
   * in parts, x[k] as long as y[k], wherever those lie; the product of all is one string.
   */
  and(x: readonly BitShares[], y: readonly BitShares[]): Promise<BitShares>;
}

/** How many bits, and the length of one slice. */
export interface SliceShape {
  readonly bits: number;
  readonly laneWords: number;
}

export type Circuit =
  | { readonly kind: 'all-ones'; readonly bits: number }
  | { readonly kind: 'mask'; readonly bits: number }
  | { readonly kind: 'sums-at-least'; readonly sums: readonly SumParams[] };

/** What a circuit costs, from its public parameters. */
export function circuitCost(circuit: Circuit): CircuitCost {
  switch (circuit.kind) {
    case 'all-ones':
      requireBits(circuit.bits);
      // A tree over n leaves has n - 1 inner nodes, and every level halves, rounding up.
      return { rounds: Math.ceil(Math.log2(circuit.bits)), ands: circuit.bits - 1 };
    case 'mask':
      return { rounds: circuit.bits > 0 ? 1 : 0, ands: circuit.bits };
    case 'sums-at-least': {
      const costs = circuit.sums.map(sumCost);
      return {
        rounds: Math.max(0, ...costs.map(({ rounds }) => rounds)),
        ands: costs.reduce((total, { ands }) => total + ands, 0),
      };
    }
    default:
      return circuit satisfies never;
  }
}

/** One slice: 1 where all `bits` slices of `x` are 1. */
export async function allOnes(gates: BitGates, x: BitShares, { bits, laneWords }: SliceShape): Promise<BitShares> {
  requireShape(x, bits, laneWords);
  requireBits(bits);
  let level = slicesOf(x, { bits, laneWords });
  while (level.length > 1) {
    const half = Math.floor(level.length / 2);
    const product = await gates.and(level.slice(0, half), level.slice(half, 2 * half));
    // An odd slice is carried to the next level.
    level = [...slicesOf(product, { bits: half, laneWords }), ...level.slice(2 * half)];
  }
  return level[0];
}

/** Every slice of `slices` ANDed with the one slice `bit`, in one round. */
export async function maskSlices(
  gates: BitGates,
  bit: BitShares,
  slices: BitShares,
  { bits, laneWords }: SliceShape,
): Promise<BitShares> {
  requireShape(bit, 1, laneWords);
  requireShape(slices, bits, laneWords);
  if (bits === 0) return slices;
  return gates.and(
    Array.from({ length: bits }, () => bit),
    slicesOf(slices, { bits, laneWords }),
  );
}

/**
 * One slice: 1 where the sum of a lane's addends is at least the threshold. `addends` is laid out [bit][addend][lane
 * words], lowest bit first: the addends' bits of one weight lie together, as the equality tree leaves them.
 *
 * With w = sumWidth and S the sum, S >= T is the carry of S + (2^w - T) out of w bits, since S < 2^w. The constant goes
 * through the carry-save levels as one more addend, and only the carry is computed.
 */
export async function sumAtLeast(
  gates: BitGates,
  addends: BitShares,
  params: SumParams & { readonly laneWords: number },
): Promise<BitShares> {
  const [result] = await sumsAtLeast(gates, [{ ...params, addends }], params.laneWords);
  return result;
}

/** `sumAtLeast` of several sums over the same lanes at once: their gates share the rounds. One slice for each sum. */
export async function sumsAtLeast(
  gates: BitGates,
  sums: readonly (SumParams & { readonly addends: BitShares })[],
  laneWords: number,
): Promise<BitShares[]> {
  const local: LocalGates<BitShares> = { xor: xorShares, not: (x) => notShares(gates.member, x) };
  const circuits = sums.map((sum) => {
    requireShape(sum.addends, sum.addendBits * sum.addendCount, laneWords);
    return carryOfSum(local, sliceColumns(sum.addends, sum, laneWords), sum);
  });
  const steps = circuits.map((circuit) => circuit.next([]));
  for (;;) {
    const batches = steps.flatMap((step) => (step.done === true ? [] : [step.value]));
    if (batches.length === 0) break;
    const products = await gates.and(
      batches.flatMap(({ x }) => x),
      batches.flatMap(({ y }) => y),
    );
    let at = 0;
    for (const [k, step] of steps.entries()) {
      if (step.done === true) continue;
      steps[k] = circuits[k].next(step.value.x.map(() => sliceShares(products, at, (at += laneWords))));
    }
  }
  return steps.flatMap((step) => (step.done === true ? [step.value] : []));
}

/** The addends' slices as columns[bit][addend]. */
function sliceColumns(addends: BitShares, { addendBits, addendCount }: SumParams, laneWords: number): BitShares[][] {
  const slices = slicesOf(addends, { bits: addendBits * addendCount, laneWords });
  return Array.from({ length: addendBits }, (_, bit) => slices.slice(bit * addendCount, (bit + 1) * addendCount));
}

/** Views of each slice. */
function slicesOf(x: BitShares, { bits, laneWords }: SliceShape): readonly BitShares[] {
  return Array.from({ length: bits }, (_, k) => sliceShares(x, k * laneWords, (k + 1) * laneWords));
}

function requireShape(x: BitShares, bits: number, laneWords: number): void {
  if (x.first.length !== bits * laneWords || x.second.length !== bits * laneWords) {
    throw new RangeError('Cannot evaluate circuit: slices and lanes do not match the layout');
  }
}

function requireBits(bits: number): void {
  if (!(bits >= 1)) throw new UsageError('Cannot compare: no bits', { code: 'bad-parameter' });
}
