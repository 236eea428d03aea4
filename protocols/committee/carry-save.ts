/**
 * The circuit [sum of addends >= T] as a generator of AND batches: it yields the gates of one round and is resumed with
 * their products. Wires are abstract, so the same code computes on shares and, on wires without a value, counts its
 * gates.
 *
 * Sources: carry-save levels with as few adders as their height allows, after Dadda ("Some schemes for parallel
 * multipliers", Alta Frequenza 34, 1965); carry by the prefix operator of Kogge and Stone (IEEE Trans. Computers C-22,
 * 1973); full adder with one AND, carry = ((x ^ z) & (y ^ z)) ^ z, which is the majority: for x = y both factors are
 * x ^ z, giving x; for x != y one factor is 0, giving z.
 *
 * Threshold and sizes are public and fix every gate; a wire whose bit is public costs nothing.
 */
import { InternalError, UsageError } from '../../src/errors.ts';

/** The parameters of `sumAtLeast` that fix its gates. */
export interface SumParams {
  readonly addendBits: number;
  readonly addendCount: number;
  /** Public T, 0 < T <= addendCount * (2^addendBits - 1). */
  readonly threshold: number;
}

/** Rounds, and AND gates per lane: each sends `laneWords` words a member. */
export interface CircuitCost {
  readonly rounds: number;
  readonly ands: number;
}

/**
 * The bits that a sum is computed in. 2^w exceeds every sum: addendCount * (2^addendBits - 1) < addendCount *
 * 2^addendBits <= 2^(addendBits + ceil(log2 addendCount)) = 2^w.
 */
export function sumWidth({ addendBits, addendCount }: Pick<SumParams, 'addendBits' | 'addendCount'>): number {
  return addendBits + Math.ceil(Math.log2(addendCount));
}

/** Runs the circuit on wires without a value and counts what it asks for. */
export function sumCost(params: SumParams): CircuitCost {
  const { addendBits, addendCount } = params;
  const local: LocalGates<'wire'> = { xor: () => 'wire', not: () => 'wire' };
  const columns = Array.from({ length: addendBits }, () => Array.from({ length: addendCount }, () => 'wire' as const));
  const circuit = carryOfSum(local, columns, params);
  let rounds = 0;
  let ands = 0;
  let step = circuit.next([]);
  while (!step.done) {
    rounds += 1;
    ands += step.value.x.length;
    step = circuit.next(step.value.x);
  }
  return { rounds, ands };
}

/** A shared slice, or a bit that everybody knows. */
type Wire<W> = W | 0 | 1;

/** XOR and NOT on wires, without communication. */
export interface LocalGates<W> {
  xor(x: W, y: W): W;
  not(x: W): W;
}

/** A circuit over wires W: yields the AND gates of one round, x[k] & y[k], and is resumed with their products. */
export type Gates<W, T> = Generator<{ readonly x: readonly W[]; readonly y: readonly W[] }, T, readonly W[]>;

/** [sum >= threshold] from columns[bit] = all addends' bits of that weight. */
export function* carryOfSum<W extends object | string>(
  local: LocalGates<W>,
  addendColumns: readonly (readonly W[])[],
  params: SumParams,
): Gates<W, W> {
  checkSum(params);
  const width = sumWidth(params);
  const constant = 2 ** width - params.threshold;
  // One column more than the sum has: it takes the carries out of the top and is not compressed itself.
  const columns = Array.from({ length: width + 1 }, (_, bit): Wire<W>[] => {
    const addends = addendColumns[bit] ?? [];
    return Math.floor(constant / 2 ** bit) % 2 === 1 ? [...addends, 1] : [...addends];
  });
  for (const height of levelHeights(params.addendCount + 1)) yield* compress(local, columns, height);
  const lastCarry = yield* carryOut(local, columns.slice(0, width));
  // S + constant < 2^(w+1): at most one carry out of the top column is 1, so their XOR is their sum.
  const carry = columns[width].reduce((sum, wire) => xorWires(local, sum, wire), lastCarry);
  // For 0 < T <= the largest sum the answer depends on the addends, so no folding makes it a constant.
  if (isPublic(carry)) throw new InternalError('Cannot compare sum: constant', { code: 'internal' });
  return carry;
}

/** The column heights after each carry-save level: three wires become two, so 2, 3, 4, 6, 9, 13, … read backwards. */
function levelHeights(height: number): number[] {
  const heights: number[] = [];
  for (let next = 2; next < height; next = Math.floor((3 * next) / 2)) heights.unshift(next);
  return heights;
}

/** One carry-save level, in place: adders bring columns down to `height` wires, counting the carries that arrive. */
function* compress<W extends object | string>(
  local: LocalGates<W>,
  columns: Wire<W>[][],
  height: number,
): Gates<W, void> {
  const adders: { readonly bit: number; readonly x: Wire<W>; readonly y: Wire<W>; readonly z: Wire<W> }[] = [];
  let carriesIn = 0;
  for (const [bit, column] of columns.slice(0, -1).entries()) {
    let excess = column.length + carriesIn - height;
    carriesIn = 0;
    while (excess > 0) {
      // A full adder takes three wires and leaves one; a half adder, its third input 0, takes two.
      const inputs = column.splice(0, excess === 1 ? 2 : 3);
      const [x, y, z = 0] = inputs;
      adders.push({ bit, x, y, z });
      excess -= inputs.length - 1;
      carriesIn += 1;
    }
  }
  const factors = adders.map(({ x, y, z }) => [xorWires(local, x, z), xorWires(local, y, z)] as const);
  const products = yield* andWires(factors);
  for (const [k, { bit, y, z }] of adders.entries()) {
    // x ^ z ^ y.
    columns[bit].push(xorWires(local, factors[k][0], y));
    const carry = xorWires(local, products[k], z);
    if (carry !== 0) columns[bit + 1].push(carry);
  }
}

/** The carry out of columns with at most two wires each: (G, P) pairs of neighbours merged in a tree. */
function* carryOut<W extends object | string>(
  local: LocalGates<W>,
  columns: readonly (readonly Wire<W>[])[],
): Gates<W, Wire<W>> {
  const generated = yield* andWires(columns.map(([x = 0, y = 0]) => [x, y] as const));
  // Nothing is carried into the lowest column, so it propagates nothing.
  let spans = columns.map(([x = 0, y = 0], bit) => ({
    g: generated[bit],
    p: bit === 0 ? (0 as const) : xorWires(local, x, y),
  }));
  while (spans.length > 1) {
    const pairs = Math.floor(spans.length / 2);
    const low = spans.filter((_, k) => k % 2 === 0);
    const high = spans.filter((_, k) => k % 2 === 1);
    const products = yield* andWires([
      ...high.map(({ p }, k) => [p, low[k].g] as const),
      ...high.map(({ p }, k) => [p, low[k].p] as const),
    ]);
    const merged = high.map(({ g }, k) => ({ g: xorWires(local, g, products[k]), p: products[pairs + k] }));
    spans = spans.length % 2 === 0 ? merged : [...merged, spans[spans.length - 1]];
  }
  return spans[0].g;
}

/** All products of one round; those with a public factor are local and cost nothing. */
function* andWires<W extends object | string>(pairs: readonly (readonly [Wire<W>, Wire<W>])[]): Gates<W, Wire<W>[]> {
  const x: W[] = [];
  const y: W[] = [];
  for (const [a, b] of pairs) {
    if (isPublic(a) || isPublic(b)) continue;
    x.push(a);
    y.push(b);
  }
  const products = x.length > 0 ? yield { x, y } : [];
  let used = 0;
  return pairs.map(([a, b]) => {
    if (isPublic(a)) return a === 0 ? 0 : b;
    if (isPublic(b)) return b === 0 ? 0 : a;
    return products[used++];
  });
}

function isPublic<W>(wire: Wire<W>): wire is 0 | 1 {
  return wire === 0 || wire === 1;
}

function xorWires<W extends object | string>(local: LocalGates<W>, x: Wire<W>, y: Wire<W>): Wire<W> {
  if (x === 0) return y;
  if (y === 0) return x;
  if (x === 1) return y === 1 ? 0 : local.not(y);
  return y === 1 ? local.not(x) : local.xor(x, y);
}

function checkSum(params: SumParams): void {
  const { addendBits, addendCount, threshold } = params;
  const counts = [addendBits, addendCount, threshold];
  // 52 bits: the constant and every sum stay exact in a double.
  if (counts.some((value) => !Number.isSafeInteger(value) || value < 1) || sumWidth(params) > 52) {
    throw new UsageError('Cannot compare sum: parameters out of range', { code: 'bad-parameter' });
  }
  if (threshold > addendCount * (2 ** addendBits - 1)) {
    throw new UsageError('Cannot compare sum: threshold above every sum', { code: 'bad-parameter' });
  }
}
