/** Scalars modulo l = 2^252 + 27742317777372353535851937790883648493, 32 bytes little-endian, without branches. */

const order: usize = memory.data<u64>([0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000], 16);
const WORDS: usize = 4;

/** 1 when the scalar is not zero, else 0. */
export function isNonZero(scalar: usize): i32 {
  let bits: u64 = 0;
  for (let i: usize = 0; i < WORDS; i++) bits |= load<u64>(scalar + 8 * i);
  return <i32>((bits | (0 - bits)) >> 63);
}

/** 1 when the scalar is below l, else 0. */
export function isBelowOrder(scalar: usize): i32 {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < WORDS; i++) {
    const a = load<u64>(scalar + 8 * i);
    const b = load<u64>(order + 8 * i);
    // The borrow of a - b - borrow, from the top bits alone.
    const difference = a - b - borrow;
    borrow = ((~a & b) | (~(a ^ b) & difference)) >> 63;
  }
  return <i32>borrow;
}

/** scalar = scalar / 2 modulo l, for a scalar below l: half of it, or half of its sum with l. */
export function halve(scalar: usize): void {
  const odd: u64 = 0 - (load<u64>(scalar) & 1);
  let carry: u64 = 0;
  for (let i: usize = 0; i < WORDS; i++) {
    const a = load<u64>(scalar + 8 * i);
    const b = load<u64>(order + 8 * i) & odd;
    const sum = a + b + carry;
    carry = ((a & b) | ((a | b) & ~sum)) >> 63;
    store<u64>(scalar + 8 * i, sum);
  }
  for (let i: usize = 0; i < WORDS; i++) {
    const above: u64 = i + 1 < WORDS ? load<u64>(scalar + 8 * i + 8) : 0;
    store<u64>(scalar + 8 * i, (load<u64>(scalar + 8 * i) >> 1) | (above << 63));
  }
}
