/** What both generators of field kernels share: the constants of RFC 9496 §4.1, checked, and pieces of AssemblyScript. */

export const P = (1n << 255n) - 19n;
export const mod = (x) => ((x % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}

/** The roots are given by the RFC in decimal, which fixes their signs. */
const D = mod(-121665n * power(121666n, P - 2n));
const CONSTANTS = {
  ONE: 1n,
  D,
  TWO_D: mod(2n * D),
  SQRT_M1: 19681161376707505956807079304988542015446066515923890162744021073123829784752n,
  SQRT_AD_MINUS_ONE: 25063068953384623474111414158702152701244531502492656460079210482610430750235n,
  INVSQRT_A_MINUS_D: 54469307008909316920995813868745141605393597292927456921205312896311721017578n,
  ONE_MINUS_D_SQ: mod(1n - D * D),
  D_MINUS_ONE_SQ: mod((D - 1n) * (D - 1n)),
};
const rootsHold =
  mod(CONSTANTS.SQRT_M1 ** 2n + 1n) === 0n &&
  mod(CONSTANTS.SQRT_AD_MINUS_ONE ** 2n + D + 1n) === 0n &&
  mod(CONSTANTS.INVSQRT_A_MINUS_D ** 2n * (-1n - D) - 1n) === 0n;
if (!rootsHold) throw new Error('Cannot generate field kernel: a constant of RFC 9496 §4.1 is wrong');

/** Stops the build where a bound does not hold. */
export function demand(condition, what) {
  if (!condition) throw new Error(`Cannot generate field kernel: ${what} exceeds its bound`);
}

/** Balanced limbs of a number modulo p, least first, for limbs of the given widths. */
function balancedLimbs(value, widths) {
  const limbs = [];
  let rest = value > P / 2n ? value - P : value;
  for (const [k, bits] of widths.entries()) {
    const size = 1n << bits;
    let limb = ((rest % size) + size) % size;
    if (limb >= size / 2n) limb -= size;
    if (k === widths.length - 1) limb = rest;
    limbs.push(limb);
    rest = (rest - limb) / size;
  }
  return limbs;
}

/** The constants as slots: every limb twice, once for each point. `unitOf` bounds their magnitude. */
export function constantSlots(type, widths, unitOf) {
  const literal = (limb) => (type === 'f64' ? `${limb}.0` : `${limb}`);
  return Object.entries(CONSTANTS).map(([name, value]) => {
    const limbs = balancedLimbs(value, widths);
    limbs.forEach((limb, k) => demand(limb <= unitOf(k) && limb >= -unitOf(k), `limb ${k} of ${name}`));
    const lanes = limbs.flatMap((limb) => [literal(limb), literal(limb)]);
    return `export const ${name}: usize = memory.data<${type}>([${lanes.join(', ')}], 16);`;
  });
}

export const splat64 = (x) => `i64x2.splat(0x${BigInt.asUintN(64, x).toString(16)})`;
export const times19 = (x) => `i64x2.add(i64x2.add(i64x2.shl(${x}, 4), i64x2.shl(${x}, 1)), ${x})`;

/** An operation that acts on the five vectors of a slot alike. */
function vectorwise(comment, signature, value) {
  const stores = Array.from(
    { length: 5 },
    (_, i) => `  v128.store(r, ${value((p) => `v128.load(${p}, ${16 * i})`)}, ${16 * i});`,
  );
  return [`/** ${comment} */`, `@inline export function ${signature}: void {`, ...stores, '}'].join('\n');
}

/** Additions and choices, for limbs that are lanes of `lanes` (i32x4 or f64x2). */
export function limbwiseOperations(lanes) {
  return [
    vectorwise('r = a + b.', 'add(r: usize, a: usize, b: usize)', (at) => `${lanes}.add(${at('a')}, ${at('b')})`),
    vectorwise('r = a - b.', 'subtract(r: usize, a: usize, b: usize)', (at) => `${lanes}.sub(${at('a')}, ${at('b')})`),
    vectorwise('r = -a.', 'negate(r: usize, a: usize)', (at) => `${lanes}.neg(${at('a')})`),
    vectorwise('r = a.', 'copy(r: usize, a: usize)', (at) => at('a')),
    vectorwise("r = a with its two points in each other's place.", 'swapBoth(r: usize, a: usize)', (at) =>
      lanes === 'i32x4'
        ? `v128.shuffle<i32>(${at('a')}, ${at('a')}, 1, 0, 3, 2)`
        : `v128.shuffle<i64>(${at('a')}, ${at('a')}, 1, 0)`,
    ),
    vectorwise(
      'r = a where the mask is set, else b.',
      'select(r: usize, mask: v128, a: usize, b: usize)',
      (at) => `v128.bitselect(${at('a')}, ${at('b')}, mask)`,
    ),
  ];
}
