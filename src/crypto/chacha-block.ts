/**
 * The ChaCha block function (RFC 8439 §2.3) on 32-bit words, for uses that need one 64-byte block at a time out of
 * many different inputs. Additions, rotations and XORs only: no branch or index depends on key or input.
 */

/** Words of one block. */
export const CHACHA_BLOCK_WORDS = 16;

/** 20 as in the RFC; 8 where blocks need to be random but hide nothing, of keys and inputs that are random, or hashes that nobody chooses. */
export type ChaChaRounds = 8 | 20;

/** "expand 32-byte k" (RFC 8439 §2.3). */
const CONSTANTS: readonly number[] = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

const initial = new Int32Array(CHACHA_BLOCK_WORDS);
const working = new Int32Array(CHACHA_BLOCK_WORDS);

/**
 * Writes the 16-word block under `key` (8 words) into `out`. The four words of `input` from `inputAt` on are the
 * block counter and the 96-bit nonce, in this order.
 */
export function chachaBlockInto(
  out: Uint32Array,
  key: Uint32Array,
  input: Uint32Array,
  inputAt: number,
  rounds: ChaChaRounds = 20,
): void {
  for (let i = 0; i < 4; i++) initial[i] = CONSTANTS[i];
  for (let i = 0; i < 8; i++) initial[4 + i] = key[i];
  for (let i = 0; i < 4; i++) initial[12 + i] = input[inputAt + i];
  for (let i = 0; i < CHACHA_BLOCK_WORDS; i++) working[i] = initial[i];
  for (let round = 0; round < rounds; round += 2) {
    quarterRound(working, 0, 4, 8, 12);
    quarterRound(working, 1, 5, 9, 13);
    quarterRound(working, 2, 6, 10, 14);
    quarterRound(working, 3, 7, 11, 15);
    quarterRound(working, 0, 5, 10, 15);
    quarterRound(working, 1, 6, 11, 12);
    quarterRound(working, 2, 7, 8, 13);
    quarterRound(working, 3, 4, 9, 14);
  }
  for (let i = 0; i < CHACHA_BLOCK_WORDS; i++) out[i] = working[i] + initial[i];
}

/** RFC 8439 §2.1. */
function quarterRound(x: Int32Array, ia: number, ib: number, ic: number, id: number): void {
  let a = x[ia];
  let b = x[ib];
  let c = x[ic];
  let d = x[id];
  a = (a + b) | 0;
  d = rotate(d ^ a, 16);
  c = (c + d) | 0;
  b = rotate(b ^ c, 12);
  a = (a + b) | 0;
  d = rotate(d ^ a, 8);
  c = (c + d) | 0;
  b = rotate(b ^ c, 7);
  x[ia] = a;
  x[ib] = b;
  x[ic] = c;
  x[id] = d;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
