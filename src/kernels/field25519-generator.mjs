/**
 * Writes the unrolled part of the field kernel modulo p = 2^255 - 19 as AssemblyScript, and proves its bounds while it
 * does so: every column is carried along with the interval of its possible values, and an overflow stops the build.
 *
 * Representation. A field element is ten signed limbs, limb k with weight 2^ceil(25.5 k) (Bernstein's curve25519
 * radix): even limbs have 26 bits, odd limbs 25. One memory slot of 80 bytes holds an element of *two* points: limb k
 * of point L is the i32 at 8 k + 4 L, so a vector holds (even, even, odd, odd).
 *
 * Bounds. One *unit* is |even limb| <= 1.01 * 2^25 and |odd limb| <= 1.01 * 2^24. Products come out within one unit; an
 * addition or subtraction adds the units of its operands. The limits on the operands are LIMITS below.
 *
 * Products. With E and O the even and odd limbs, and (x*y) the convolution of five limbs by five modulo 19-folding at
 * 2^255, the even columns of a b are E*E' + 2 (O*O') shifted by one, and the odd columns are (E+O)*(E'+O') - E*E' - O*O'
 * (Karatsuba): 75 extended multiplies for two points instead of 100, 45 instead of 55 in a square. Operands of extended
 * multiplies must fit 32 bits; sums of products may wrap modulo 2^64, as long as the finished column fits.
 *
 * Carries. Arithmetic shifts of 64-bit lanes are emulated on x64, so each column starts from a positive bias and is
 * shifted logically. The bias of each column is public and tracked here; it is subtracted once at the end.
 */
import { constantSlots, demand, limbwiseOperations, splat64, times19 } from './field25519-parts.mjs';

const LIMBS = 10;
const HALF = 5;
const indices = Array.from({ length: HALF }, (_, i) => i);
const bitsOf = (k) => (k % 2 === 0 ? 26n : 25n);
/** One unit, as the largest magnitude of limb k. */
export const unitOf = (k) => (101n << (k % 2 === 0 ? 25n : 24n)) / 100n;

/**
 * Largest number of units of the operands: of a and b in a b, of a in a^2, of a and g in 2 a^2 - g, of e in
 * w + 121665 e, of a before a carry.
 */
export const LIMITS = Object.freeze({
  left: 4n,
  right: 2n,
  square: 2n,
  doubledSquare: 1n,
  subtrahend: 3n,
  multiple: 2n,
  weak: 40n,
});

const low = (x, y) => `i64x2.extmul_low_i32x4_s(${x}, ${y})`;
const high = (x, y) => `i64x2.extmul_high_i32x4_s(${x}, ${y})`;
const swapHalves = (x) => `v128.shuffle<i32>(${x}, ${x}, 2, 3, 0, 1)`;

/** A column of 64-bit lanes: `name` holds value + bias, and lies between `least` and `most`. */
function column(name, bound, bias) {
  demand(bound < bias && bound + bias < 1n << 64n, `column ${name}`);
  return { name, bias, least: bias - bound, most: bias + bound };
}

/** The starting bias: 2^62 makes the column positive, half a limb makes the limbs that remain symmetric around zero. */
const biasOf = (k) => (1n << 62n) + (1n << (bitsOf(k) - 1n));

/** Two interleaved chains of carries; the last three repeat limbs whose first carry came before their neighbour's. */
const CARRIES = [0, 4, 1, 5, 2, 6, 3, 7, 4, 8, 9, 0];

/** Code that carries ten biased columns and stores ten limbs within one unit at `r`. */
function carryAndStore(columns) {
  const code = ['  let carry: v128;'];
  for (const k of CARRIES) {
    const from = columns[k];
    const to = columns[(k + 1) % LIMBS];
    const bits = bitsOf(k);
    const factor = k === LIMBS - 1 ? 19n : 1n;
    code.push(`  carry = i64x2.shr_u(${from.name}, ${bits});`);
    code.push(`  ${from.name} = v128.and(${from.name}, ${splat64((1n << bits) - 1n)});`);
    code.push(`  ${to.name} = i64x2.add(${to.name}, ${factor === 19n ? times19('carry') : 'carry'});`);
    to.least += factor * (from.least >> bits);
    to.most += factor * (from.most >> bits);
    to.bias += factor * (from.bias >> bits);
    from.least = 0n;
    from.most = (1n << bits) - 1n;
    from.bias &= (1n << bits) - 1n;
    demand(to.most < 1n << 64n, `carry into ${to.name}`);
  }
  columns.forEach(({ bias, least, most, name }, k) => {
    demand(most < 1n << 32n, `limb ${name}`);
    demand(most - bias <= unitOf(k) && bias - least <= unitOf(k), `limb ${name}`);
  });
  for (let i = 0; i < HALF; i++) {
    const [even, odd] = [columns[2 * i], columns[2 * i + 1]];
    const packed = `v128.shuffle<i32>(${even.name}, ${odd.name}, 0, 2, 4, 6)`;
    const bias = `i32x4(${even.bias}, ${even.bias}, ${odd.bias}, ${odd.bias})`;
    code.push(`  v128.store(r, i32x4.sub(${packed}, ${bias}), ${16 * i});`);
  }
  return code;
}

/** Declares out0..out4, the convolution modulo 5 of the products that `product(i, j)` writes. */
function accumulate(out, product) {
  return indices.map((k) => {
    const terms = indices.map((i) => product(i, (k - i + HALF) % HALF)).filter((term) => term !== undefined);
    return `  const ${out}${k} = ${terms.reduce((left, right) => `i64x2.add(${left}, ${right})`)};`;
  });
}

/** The largest magnitude of column k of a product of operands with limbs below x and y. */
function productBound(k, x, y) {
  let bound = 0n;
  for (let i = 0; i < LIMBS; i++) {
    const j = (k - i + LIMBS) % LIMBS;
    bound += x(i) * y(j) * (i + j >= LIMBS ? 19n : 1n) * (i % 2 === 1 && j % 2 === 1 ? 2n : 1n);
  }
  return bound;
}

/**
 * From E*E', O*O', (E+O)*(E'+O') in x, y, z: ten biased columns of the product, carried and stored. With `subtrahend`,
 * of twice the product minus the slot it names.
 */
function combine(boundOf, subtrahend) {
  const code = [`  const evenBias = ${splat64(biasOf(0))}, oddBias = ${splat64(biasOf(1))};`];
  const columns = indices.flatMap((i) => {
    // O_i O'_j has weight 2^(51 (i + j) + 52), twice that of even column i + j + 1; from 2^255 on, 19 times column 0.
    const odd = i === 0 ? times19('y4') : `y${i - 1}`;
    const values = [`i64x2.add(x${i}, i64x2.shl(${odd}, 1))`, `i64x2.sub(i64x2.sub(z${i}, x${i}), y${i})`];
    return values.map((value, parity) => {
      const k = 2 * i + parity;
      const limb = `i64x2.extend_${parity ? 'high' : 'low'}_i32x4_s(v128.load(${subtrahend}, ${16 * i}))`;
      const wanted = subtrahend ? `i64x2.sub(i64x2.shl(${value}, 1), ${limb})` : value;
      code.push(`  let h${k} = i64x2.add(${wanted}, ${parity ? 'oddBias' : 'evenBias'});`);
      return column(`h${k}`, boundOf(k), biasOf(k));
    });
  });
  return [...code, ...carryAndStore(columns)];
}

/** Declares vectors p0.. as the given expressions of their index, where there is one. */
const declare = (prefix, value) =>
  indices.filter((i) => value(i) !== undefined).map((i) => `  const ${prefix}${i} = ${value(i)};`);
const load = (pointer) => (i) => `v128.load(${pointer}, ${16 * i})`;
/** E + O in both halves, from (E, O). */
const sumOfHalves = (prefix) => (i) => `i32x4.add(${prefix}${i}, ${swapHalves(`${prefix}${i}`)})`;
/** 19 times a vector, needed only from index `least` on. */
const folded = (prefix, least) => (i) => (i < least ? undefined : `i32x4.mul(${prefix}${i}, nineteen)`);
const doubled = (prefix) => (i) => (i < HALF - 1 ? `i32x4.add(${prefix}${i}, ${prefix}${i})` : undefined);

function multiplication(limits) {
  const left = (k) => limits.left * unitOf(k);
  const right = (k) => limits.right * unitOf(k);
  demand(left(0) + left(1) < 1n << 31n, 'sum of left limbs');
  demand(19n * (right(0) + right(1)) < 1n << 31n, '19 times the sum of right limbs');
  const convolution = (out, product, x, y, y19) =>
    accumulate(out, (i, j) => product(`${x}${i}`, `${i + j < HALF ? y : y19}${j}`));
  return [
    '/** r = a b, for a of up to 4 units and b of up to 2. */',
    'export function multiply(r: usize, a: usize, b: usize): void {',
    '  const nineteen = i32x4.splat(19);',
    ...declare('a', load('a')),
    ...declare('b', load('b')),
    ...declare('B', folded('b', 1)),
    ...convolution('x', low, 'a', 'b', 'B'),
    ...convolution('y', high, 'a', 'b', 'B'),
    ...declare('m', sumOfHalves('a')),
    ...declare('n', sumOfHalves('b')),
    ...declare('N', folded('n', 1)),
    ...convolution('z', low, 'm', 'n', 'N'),
    ...combine((k) => productBound(k, left, right)),
    '}',
  ].join('\n');
}

/** a^2; where a subtrahend g has units, 2 a^2 - g. */
function squaring(name, units, subtrahendUnits) {
  const limb = (k) => units * unitOf(k);
  demand(19n * (limb(0) + limb(1)) < 1n << 31n, '19 times the sum of limbs');
  const convolution = (out, product, x, x2, x19) =>
    accumulate(out, (i, j) => {
      if (i > j) return undefined; // counted by the doubled product of i < j
      return product(`${i === j ? x : x2}${i}`, `${i + j < HALF ? x : x19}${j}`);
    });
  return [
    `export function ${name}(r: usize, a: usize${subtrahendUnits === 0n ? '' : ', g: usize'}): void {`,
    '  const nineteen = i32x4.splat(19);',
    ...declare('a', load('a')),
    ...declare('d', doubled('a')),
    ...declare('A', folded('a', 3)),
    ...convolution('x', low, 'a', 'd', 'A'),
    ...convolution('y', high, 'a', 'd', 'A'),
    ...declare('m', sumOfHalves('a')),
    ...declare('D', doubled('m')),
    ...declare('M', folded('m', 3)),
    ...convolution('z', low, 'm', 'D', 'M'),
    ...(subtrahendUnits === 0n
      ? combine((k) => productBound(k, limb, limb))
      : combine((k) => 2n * productBound(k, limb, limb) + subtrahendUnits * unitOf(k), 'g')),
    '}',
  ].join('\n');
}

function weakReduction(units) {
  const code = ['/** r = a with limbs back within one unit. */', 'export function carry(r: usize, a: usize): void {'];
  const columns = [];
  for (let k = 0; k < LIMBS; k++) {
    demand(units * unitOf(k) < 1n << 31n, 'limb before its carry');
    const limb = `i64x2.extend_${k % 2 ? 'high' : 'low'}_i32x4_s(v128.load(a, ${16 * (k >> 1)}))`;
    code.push(`  let h${k} = i64x2.add(${limb}, ${splat64(biasOf(k))});`);
    columns.push(column(`h${k}`, units * unitOf(k), biasOf(k)));
  }
  return [...code, ...carryAndStore(columns), '}'].join('\n');
}

/** (A + 2) / 4 - 1 of Curve25519: the factor of the ladder step (RFC 7748 §5). */
function multipleOf121665(units) {
  const factor = 121665n;
  const code = [
    '/** r = w + 121665 e, for w of one unit and e of up to 2. */',
    'export function addMultiple121665(r: usize, w: usize, e: usize): void {',
    `  const factor = i32x4.splat(${factor});`,
  ];
  const columns = [];
  for (let k = 0; k < LIMBS; k++) {
    const half = k % 2 ? 'high' : 'low';
    const product = (k % 2 ? high : low)(`v128.load(e, ${16 * (k >> 1)})`, 'factor');
    const limb = `i64x2.extend_${half}_i32x4_s(v128.load(w, ${16 * (k >> 1)}))`;
    code.push(`  let h${k} = i64x2.add(i64x2.add(${product}, ${limb}), ${splat64(biasOf(k))});`);
    columns.push(column(`h${k}`, (factor * units + 1n) * unitOf(k), biasOf(k)));
  }
  return [...code, ...carryAndStore(columns), '}'].join('\n');
}

/** The text of `assembly/generated/field25519-unrolled.ts`. */
export function generateField25519(limits = LIMITS) {
  const widths = Array.from({ length: LIMBS }, (_, k) => bitsOf(k));
  return `${[
    '// Generated by field25519-generator.mjs, which explains it.',
    constantSlots('i32', widths, unitOf).join('\n'),
    multiplication(limits),
    '/** r = a^2, for a of up to 2 units. */',
    squaring('square', limits.square, 0n),
    '/** r = 2 a^2 - g, for a of one unit and g of up to 3. */',
    squaring('twiceSquareMinus', limits.doubledSquare, limits.subtrahend),
    weakReduction(limits.weak),
    multipleOf121665(limits.multiple),
    ...limbwiseOperations('i32x4'),
  ].join('\n\n')}\n`;
}
