/**
 * expand_message_xmd with SHA-512 (RFC 9380 §5.3.1, FIPS 180-4) to 64 bytes, for many messages of one length and one
 * domain. The host writes messages, suffixes and the number of their bytes, calls, reads `messages`, and calls `wipe`.
 *
 * Constant time: lengths alone steer the loops. Scalar: SIMD has no 64-bit rotation, and three operations for each
 * would take what two lanes give.
 */

const BLOCK: usize = 128;
const ROUNDS: usize = 80;
const DIGEST: usize = 64;

/** Messages a call takes at most, and bytes of one. */
export const CHUNK: i32 = 64;
export const MAX_MESSAGE_BYTES: i32 = 256;
/** A suffix is 3 bytes, a domain of up to 255, and its length. */
export const MAX_SUFFIX_BYTES: i32 = 259;

/** Rows of messages in, then 64 x 64 bytes out. */
export const messages: usize = memory.data(64 * 256, 16);
/** I2OSP(64, 2) || 0 || DST_prime, and 1 || DST_prime. */
export const firstSuffix: usize = memory.data(272, 16);
export const secondSuffix: usize = memory.data(272, 16);

/** Room for the longest padded input: 256 + 259 + 17 bytes of padding, in blocks. */
const INPUT: usize = 5 * 128;
const input: usize = memory.data(5 * 128, 16);
const digests: usize = memory.data(64 * 64, 16);
const schedule: usize = memory.data(80 * 8, 16);
/** The state after the block of zeros that every message begins with; public. */
const afterZeros: usize = memory.data(64, 16);

const initial: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
], 16);

const keys: usize = memory.data<u64>([
  0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
  0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
  0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
  0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
  0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
  0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
  0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
  0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
  0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
  0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
  0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
  0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
  0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
  0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
  0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
  0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
], 16);

/** Zeroes messages, digests and temporaries. */
export function wipe(): void {
  memory.fill(messages, 0, 64 * 256);
  memory.fill(input, 0, INPUT);
  memory.fill(digests, 0, 64 * 64);
  memory.fill(schedule, 0, ROUNDS * 8);
}

/** Once after the start. */
export function prepare(): void {
  memory.copy(afterZeros, initial, 64);
  compress(afterZeros, input);
  wipe();
}

@inline function word(at: usize): u64 {
  return bswap<u64>(load<u64>(at));
}

/** FIPS 180-4 §6.4.2, in its names. */
function compress(state: usize, block: usize): void {
  for (let t: usize = 0; t < 16; t++) store<u64>(schedule + 8 * t, word(block + 8 * t));
  for (let t: usize = 16; t < ROUNDS; t++) {
    const at = schedule + 8 * t;
    const early = load<u64>(at - 15 * 8);
    const late = load<u64>(at - 2 * 8);
    const sigma0 = rotr(early, 1) ^ rotr(early, 8) ^ (early >> 7);
    const sigma1 = rotr(late, 19) ^ rotr(late, 61) ^ (late >> 6);
    store<u64>(at, sigma1 + load<u64>(at - 7 * 8) + sigma0 + load<u64>(at - 16 * 8));
  }
  let a = load<u64>(state);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);
  for (let t: usize = 0; t < ROUNDS; t++) {
    const sum1 = rotr(e, 14) ^ rotr(e, 18) ^ rotr(e, 41);
    const choice = g ^ (e & (f ^ g));
    const t1 = h + sum1 + choice + load<u64>(keys + 8 * t) + load<u64>(schedule + 8 * t);
    const sum0 = rotr(a, 28) ^ rotr(a, 34) ^ rotr(a, 39);
    const majority = (a & b) ^ (c & (a ^ b));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + sum0 + majority;
  }
  store<u64>(state, load<u64>(state) + a);
  store<u64>(state, load<u64>(state, 8) + b, 8);
  store<u64>(state, load<u64>(state, 16) + c, 16);
  store<u64>(state, load<u64>(state, 24) + d, 24);
  store<u64>(state, load<u64>(state, 32) + e, 32);
  store<u64>(state, load<u64>(state, 40) + f, 40);
  store<u64>(state, load<u64>(state, 48) + g, 48);
  store<u64>(state, load<u64>(state, 56) + h, 56);
}

/** Hashes `length` bytes at `input` into the state, after `before` bytes that it has seen; leaves the digest's bytes. */
function finish(state: usize, length: usize, before: usize): void {
  const end = (length + 17 + BLOCK - 1) & ~(BLOCK - 1);
  memory.fill(input + length, 0, end - length);
  store<u8>(input + length, 0x80);
  store<u64>(input + end - 8, bswap<u64>(<u64>(before + length) << 3));
  for (let at: usize = 0; at < end; at += BLOCK) compress(state, input + at);
  for (let k: usize = 0; k < DIGEST; k += 8) store<u64>(state + k, word(state + k));
}

/** Expands `count` messages of `messageBytes` bytes each; the suffixes are longer than the domain by 4 and 2 bytes. */
export function expand(count: i32, messageBytes: i32, domainBytes: i32): void {
  const firstBytes = <usize>domainBytes + 4;
  const secondBytes = <usize>domainBytes + 2;
  for (let i: usize = 0; i < <usize>count; i++) {
    const digest = digests + i * DIGEST;
    memory.copy(digest, afterZeros, DIGEST);
    memory.copy(input, messages + i * <usize>messageBytes, messageBytes);
    memory.copy(input + messageBytes, firstSuffix, firstBytes);
    finish(digest, <usize>messageBytes + firstBytes, BLOCK);
    memory.copy(input, digest, DIGEST);
    memory.copy(input + DIGEST, secondSuffix, secondBytes);
    memory.copy(digest, initial, DIGEST);
    finish(digest, DIGEST + secondBytes, 0);
  }
  memory.copy(messages, digests, <usize>count * DIGEST);
}
