/**
 * Writes the unrolled part of the field kernel modulo p = 2^255 - 19 for engines with fused multiply-add (relaxed SIMD),
 * and proves its bounds while it does so: a bound that does not hold stops the build.
 *
 * Representation. A field element is five signed integers l_0..l_4 with weights 2^(51 k), kept in doubles. One memory
 * slot of 80 bytes holds an element of *two* points: limb k of point L is the f64 at 16 k + 8 L.
 *
 * Bounds. One *unit* is |l_k| <= UNIT = 2^50 + 2^11. Reduced values are within one unit; an addition or subtraction adds
 * the units of its operands, without rounding as long as limbs stay below 2^53. Zero and all integers below 2^53 are
 * zero or normal doubles, so no operation is slower for some values.
 *
 * Products (the splitting is Dekker's, with constants that make the parts readable as integers). Let C1 = 3 * 2^102,
 * C2 = C1 + 3 * 2^51, both doubles, and |a b| < 2^102. Then
 *
 *     h = fma(a, b, C1)       lies in (2^103, 2^104), where doubles are 2^51 apart: h = C1 + H, H the multiple of 2^51
 *                             nearest to a b, so |a b - H| <= 2^50 and |H| <= 2^102
 *     s = C2 - h              = 3 * 2^51 - H: a multiple of 2^51 of at most 2^51 + 3 of them: exact
 *     l = fma(a, b, s)        = 3 * 2^51 + (a b - H): an integer in [2^52, 2^53): exact
 *
 * Within one binade consecutive doubles have consecutive bit patterns, so bits(h) = bits(C1) + H / 2^51, and
 * bits(l) = bits(3 * 2^51) + (a b - H). Columns are sums of these patterns modulo 2^64: l into the column of the product,
 * h into the next one. How often each constant was added is public and goes into the column's starting value.
 * The proof needs one rounding in fma; src/kernels/fused.ts makes sure of it before the kernel is used.
 *
 * Wide values. A product before its carry is five columns, i64 in the places of the limbs, with those of weight 2^255
 * and more folded in 19-fold. Sums of two products are formed on wide values and carried once: cheaper, and both results
 * are within one unit. It is also what keeps operands small: (2 units)^2 would be just above 2^102.
 *
 * Constants are read from memory: as immediates V8 13.6 builds them anew for every use, which makes a product on Node 24
 * a third slower (ristretto255 multiply, EPYC Zen 5, 2026-11: 35 us a point against 29; V8 11.3 does not care).
 */
import { constantSlots, demand, limbwiseOperations, times19 } from './field25519-parts.mjs';

const LIMBS = 5;
const BITS = 51n;
const indices = Array.from({ length: LIMBS }, (_, k) => k);

/** One unit, the same for all limbs. */
export const UNIT = (1n << 50n) + (1n << 11n);
/** Bound of |a b| in a product of limbs. */
export const PRODUCT_LIMIT = 1n << 102n;
/**
 * Largest number of units of the operands: those of a times those of b in a b, of a in a^2, of e in w + 121665 e, of a
 * before a carry.
 */
export const LIMITS = Object.freeze({ product: 3n, square: 1n, multiple: 2n, weak: 4n });

const BITS_C1 = 0x4668000000000000n;
const BITS_C2 = BITS_C1 + 3n;
/** 3 * 2^51. */
const BITS_MIDDLE = 0x4338000000000000n;

/** Declares vectors p0..p4 as the given expressions of their index. */
const declare = (prefix, value) => indices.map((i) => `  const ${prefix}${i} = ${value(i)};`);
const load = (pointer) => (i) => `v128.load(${pointer}, ${16 * i})`;
/** A vector with this 64-bit pattern, or that of this double, in both lanes, from memory (see the head). */
function constant(value) {
  const pattern = typeof value === 'bigint' ? value : new BigUint64Array(Float64Array.of(value).buffer)[0];
  return `v128.load(K_${BigInt.asUintN(64, pattern).toString(16).padStart(16, '0')})`;
}

/** Declares the constants that a text uses. */
function constantsOf(text) {
  const patterns = new Set(Array.from(text.matchAll(/\bK_([0-9a-f]{16})\b/g), ([, pattern]) => pattern));
  return Array.from(patterns, (p) => `const K_${p}: usize = memory.data<u64>([0x${p}, 0x${p}], 16);`).join('\n');
}

/**
 * Code that adds products up in columns c0.., and the bound of each column. A product is { k, a, b, bound }: names of
 * vectors, column, and largest |a b|.
 */
function accumulate(products) {
  const lows = [];
  const highs = [];
  const bounds = [];
  const code = [];
  const count = (list, k) => (list[k] = (list[k] ?? 0n) + 1n);
  const grow = (k, by) => (bounds[k] = (bounds[k] ?? 0n) + by);
  for (const { k, a, b, bound } of products) {
    demand(bound < PRODUCT_LIMIT, `product of ${a} and ${b}`);
    code.push(`  h = f64x2.relaxed_madd(${a}, ${b}, C1);`);
    code.push(`  l = f64x2.relaxed_madd(${a}, ${b}, f64x2.sub(C2, h));`);
    code.push(`  c${k} = i64x2.add(c${k}, l);`, `  c${k + 1} = i64x2.add(c${k + 1}, h);`);
    count(lows, k);
    count(highs, k + 1);
    grow(k, 1n << 50n);
    grow(k + 1, (bound >> BITS) + 1n);
  }
  const starts = bounds.map((_, k) => -(lows[k] ?? 0n) * BITS_MIDDLE - (highs[k] ?? 0n) * BITS_C1);
  return {
    code: [
      `  const C1 = ${constant(BITS_C1)};`,
      `  const C2 = ${constant(BITS_C2)};`,
      '  let h: v128, l: v128;',
      ...starts.map((start, k) => `  let c${k} = ${constant(start)};`),
      ...code,
    ],
    bounds,
  };
}

/** Columns 5.. have weight 2^255 and more, 19 times that of columns 0... */
function fold({ bounds }) {
  const folded = indices.map((k) => bounds[k] + 19n * (bounds[k + LIMBS] ?? 0n));
  const value = (k) => (bounds[k + LIMBS] === undefined ? `c${k}` : `i64x2.add(c${k}, ${times19(`c${k + LIMBS}`)})`);
  return { value, bounds: folded };
}

function squareProducts(bound) {
  return indices.flatMap((i) =>
    indices.slice(i).map((j) => {
      // Products of different limbs occur twice: a doubled limb is one of the factors.
      const doubled = i !== j;
      return { k: i + j, a: `${doubled ? 'd' : 'a'}${i}`, b: `a${j}`, bound: bound * bound * (doubled ? 2n : 1n) };
    }),
  );
}

/** The largest columns of a wide value. */
const WIDE = fold(
  accumulate(indices.flatMap((i) => indices.map((j) => ({ k: i + j, a: 'a', b: 'b', bound: PRODUCT_LIMIT - 1n })))),
).bounds;

/** What makes columns positive, so that they can be shifted logically, and the remainders symmetric around zero. */
const BIAS = (1n << 62n) + (1n << (BITS - 1n));
/** Bit pattern of 2^52: set in front of an integer below 2^52, it makes the double 2^52 + integer. */
const BITS_2_52 = 0x4330000000000000n;

/** Code that carries columns `value(k)` of at most `bounds` once and stores limbs within one unit at `r`. */
function carryAndStore(r, prefix, { value, bounds }) {
  const t = `${prefix}t`;
  const y = `${prefix}y`;
  const mask = (1n << BITS) - 1n;
  const carryBias = BIAS >> BITS;
  const carries = bounds.map((bound) => (bound + (1n << (BITS - 1n))) / (1n << BITS) + 1n);
  const code = [];
  for (const k of indices) {
    demand(bounds[k] < 1n << 61n, `column ${k}`);
    code.push(`  const ${t}${k} = i64x2.add(${value(k)}, ${constant(BIAS)});`);
    code.push(`  const ${y}${k} = i64x2.shr_u(${t}${k}, ${BITS});`);
  }
  for (const k of indices) {
    const from = (k + LIMBS - 1) % LIMBS;
    const factor = k === 0 ? 19n : 1n;
    demand(mask + factor * (carryBias + carries[from]) < 1n << 52n, `limb ${k} with its bias`);
    demand((1n << (BITS - 1n)) + factor * carries[from] <= UNIT, `limb ${k}`);
    const carry = factor === 19n ? times19(`${y}${from}`) : `${y}${from}`;
    const limb = `i64x2.add(v128.and(${t}${k}, ${constant(mask)}), ${carry})`;
    const double = `v128.or(${limb}, ${constant(BITS_2_52)})`;
    const bias = constant(Number((1n << 52n) + (1n << (BITS - 1n)) + factor * carryBias));
    code.push(`  v128.store(${r}, f64x2.sub(${double}, ${bias}), ${16 * k});`);
  }
  return code;
}

const storeColumns = ({ value }) => indices.map((k) => `  v128.store(w, ${value(k)}, ${16 * k});`);

function multiplication(limits) {
  const bound = limits.product * UNIT * UNIT;
  const products = indices.flatMap((i) => indices.map((j) => ({ k: i + j, a: `a${i}`, b: `b${j}`, bound })));
  const sum = accumulate(products);
  return [
    '/** w = a b, wide; the units of a times those of b are at most 3. */',
    'export function multiplyWide(w: usize, a: usize, b: usize): void {',
    ...declare('a', load('a')),
    ...declare('b', load('b')),
    ...sum.code,
    ...storeColumns(fold(sum)),
    '}',
  ].join('\n');
}

function squaring(limits) {
  const sum = accumulate(squareProducts(limits.square * UNIT));
  return [
    '/** w = a^2, wide, for a of one unit. */',
    'export function squareWide(w: usize, a: usize): void {',
    ...declare('a', load('a')),
    ...declare('d', (i) => `f64x2.add(a${i}, a${i})`).slice(0, LIMBS - 1),
    ...sum.code,
    ...storeColumns(fold(sum)),
    '}',
  ].join('\n');
}

const doubled = (bounds) => bounds.map((bound) => 2n * bound);

function narrowing() {
  return [
    '/** r = w, carried: one unit. */',
    'export function narrow(r: usize, w: usize): void {',
    ...carryAndStore('r', '', { value: load('w'), bounds: WIDE }),
    '}',
    '',
    '/** plus = v + w and minus = v - w for wide v and w, carried: one unit. */',
    'export function narrowSumAndDifference(plus: usize, minus: usize, v: usize, w: usize): void {',
    ...declare('v', load('v')),
    ...declare('w', load('w')),
    ...carryAndStore('plus', 'p', { value: (k) => `i64x2.add(v${k}, w${k})`, bounds: doubled(WIDE) }),
    ...carryAndStore('minus', 'm', { value: (k) => `i64x2.sub(v${k}, w${k})`, bounds: doubled(WIDE) }),
    '}',
    '',
    '/** r = 2 w, carried: one unit. */',
    'export function narrowTwice(r: usize, w: usize): void {',
    ...carryAndStore('r', '', { value: (k) => `i64x2.shl(${load('w')(k)}, 1)`, bounds: doubled(WIDE) }),
    '}',
  ].join('\n');
}

/** (A + 2) / 4 - 1 of Curve25519: the factor of the ladder step (RFC 7748 §5). */
function multipleOf121665(limits) {
  const factor = 121665n;
  const bound = limits.multiple * UNIT * factor;
  const sum = accumulate(indices.map((k) => ({ k, a: `e${k}`, b: 'factor', bound })));
  const { value, bounds } = fold(sum);
  return [
    '/** r = w + 121665 e, carried: one unit; e of up to 2 units. */',
    'export function addMultiple121665(r: usize, w: usize, e: usize): void {',
    `  const factor = ${constant(Number(factor))};`,
    ...declare('e', load('e')),
    ...sum.code,
    ...carryAndStore('r', '', {
      value: (k) => `i64x2.add(${load('w')(k)}, ${value(k)})`,
      bounds: bounds.map((own, k) => own + WIDE[k]),
    }),
    '}',
  ].join('\n');
}

/** In doubles alone: adding C1 and taking it away again leaves the nearest multiple of 2^51. */
function weakReduction(limits) {
  const most = limits.weak * UNIT;
  demand(most < 1n << 53n, 'limb before its carry');
  const carry = most / (1n << BITS) + 1n;
  demand((1n << (BITS - 1n)) + 19n * carry <= UNIT, 'limb after its carry');
  const code = ['/** r = a with limbs back within one unit. */', 'export function carry(r: usize, a: usize): void {'];
  code.push(`  const C1 = ${constant(BITS_C1)};`, ...declare('a', load('a')));
  code.push(...declare('h', (k) => `f64x2.sub(f64x2.add(a${k}, C1), C1)`));
  for (const k of indices) {
    const from = (k + LIMBS - 1) % LIMBS;
    // A power of two and 19 times it: both are exact, and so are the products.
    const scale = (k === 0 ? 19 : 1) * 2 ** -Number(BITS);
    const up = `f64x2.mul(h${from}, ${constant(scale)})`;
    code.push(`  v128.store(r, f64x2.add(f64x2.sub(a${k}, h${k}), ${up}), ${16 * k});`);
  }
  return [...code, '}'].join('\n');
}

/** The text of `assembly/generated/field25519-fma-unrolled.ts`. */
export function generateField25519Fma(limits = LIMITS) {
  const widths = indices.map(() => BITS);
  const functions = [
    multiplication(limits),
    squaring(limits),
    narrowing(),
    multipleOf121665(limits),
    weakReduction(limits),
  ].join('\n\n');
  return `${[
    '// Generated by field25519-fma-generator.mjs, which explains it.',
    constantsOf(functions),
    constantSlots('f64', widths, () => UNIT).join('\n'),
    functions,
    ...limbwiseOperations('f64x2'),
  ].join('\n\n')}\n`;
}
