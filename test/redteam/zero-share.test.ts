import { describe, expect, it } from 'vitest';
import type { Gates } from '../../protocols/committee/index.ts';
import { type AllBitShares, type BitShares, reconstructBits, shareBits } from '../../src/crypto/bit-shares.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import { type RingShares } from '../../src/crypto/ring-shares.ts';
import type { Rng } from '../../src/crypto/rng.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { fromIndependence, SUSPICIOUS } from './statistics.ts';
import { COMMITTEE, runMembers } from './three-members.ts';

const WORDS = process.env['BLINDFLAG_LONG'] === undefined ? 2048 : 65_536;

/** Equal bytes from every source: all pairs then share one key, and the two streams of a zero share cancel. */
const stuck: Rng = (length) => new Uint8Array(length).fill(7);

interface Gate {
  readonly x: Uint32Array;
  readonly y: Uint32Array;
  readonly sharesOfX: AllBitShares;
  readonly sharesOfY: AllBitShares;
  readonly products: AllBitShares;
}

/** One batch of gates of the real member code. */
async function multiplied(seed: string, operation: 'and' | 'multiply', broken?: Rng): Promise<Gate> {
  const rng = insecureSeededRng('gate', seed);
  const [x, y] = [asWords(rng(4 * WORDS)), asWords(rng(4 * WORDS))];
  const [sharesOfX, sharesOfY] = [shareBits(x, rng), shareBits(y, rng)];
  const results = await runMembers<BitShares>(
    seed,
    {
      member: (io, { member, gates }) => {
        const engine = gates(io.sub('gates'));
        return operation === 'and'
          ? engine.and([sharesOfX[member]], [sharesOfY[member]])
          : lowBitsMultiplied(engine, sharesOfX[member], sharesOfY[member]);
      },
    },
    broken === undefined ? {} : { broken },
  );
  const [a, b, c] = COMMITTEE.map((party) => results.get(party) ?? { first: x, second: x });
  return { x, y, sharesOfX, sharesOfY, products: [a, b, c] };
}

/** Ring shares whose lowest bits are the given bits; the sum of lowest bits is their XOR. The result's lowest bits. */
async function lowBitsMultiplied(gates: Gates, x: BitShares, y: BitShares): Promise<BitShares> {
  const lift = ({ first, second }: BitShares): RingShares => ({
    first: BigUint64Array.from(first, BigInt),
    second: BigUint64Array.from(second, BigInt),
  });
  const { first, second } = await gates.multiply(lift(x), lift(y));
  const low = (words: BigUint64Array): Uint32Array => Uint32Array.from(words, (word) => Number(word & 1n));
  return { first: low(first), second: low(second) };
}

/**
 * How far each member's view, its five bits of a gate, is from independent of the secret x, and of y: the view's 32
 * patterns against the secret's two values.
 */
function dependence({ x, y, sharesOfX, sharesOfY, products }: Gate, bits: number): number[] {
  return [0, 1, 2].flatMap((member) => {
    const view = [sharesOfX[member], sharesOfY[member], products[member]];
    const words = [view[0].first, view[0].second, view[1].first, view[1].second, view[2].second];
    return [x, y].map((secret) => {
      const table = Array.from({ length: 32 }, () => [0, 0]);
      for (let k = 0; k < WORDS; k++) {
        for (let bit = 0; bit < bits; bit++) {
          const pattern = words.reduce((cell, word) => 2 * cell + ((word[k] >>> bit) & 1), 0);
          table[pattern][(secret[k] >>> bit) & 1]++;
        }
      }
      return fromIndependence(table);
    });
  });
}

/** Share of gates in which member 0 guesses y right where its x_1 is 1 and its y_1 is 0: z_1 is then y_2. */
function guessed({ y, sharesOfX, sharesOfY, products }: Gate): number {
  const { first: y0, second: y1 } = sharesOfY[0];
  let tried = 0;
  let right = 0;
  for (let k = 0; k < WORDS; k++) {
    const telling = sharesOfX[0].second[k] & ~y1[k];
    const wrong = products[0].second[k] ^ y0[k] ^ y1[k] ^ y[k];
    for (let bit = 0; bit < 32; bit++) {
      tried += (telling >>> bit) & 1;
      right += ((telling & ~wrong) >>> bit) & 1;
    }
  }
  return right / tried;
}

describe("a member's view of z = x · y", () => {
  it('is independent of x and y when gates are ANDs', async () => {
    const gate = await multiplied('zero share', 'and');
    expect(reconstructBits(gate.products)).toEqual(gate.x.map((word, k) => word & gate.y[k]));
    for (const deviation of dependence(gate, 32)) expect(deviation).toBeLessThan(SUSPICIOUS);
    expect(guessed(gate)).toBeCloseTo(0.5, 1);
  });

  it('is independent of the lowest bits of x and y when gates multiply modulo 2^64', async () => {
    const gate = await multiplied('zero share ring', 'multiply');
    for (const deviation of dependence(gate, 1)) expect(deviation).toBeLessThan(SUSPICIOUS);
  });

  it('gives y away in every gate that tells when ANDs have no zero share', async () => {
    const gate = await multiplied('no zero share', 'and', stuck);
    // The product is still right: nobody would notice.
    expect(reconstructBits(gate.products)).toEqual(gate.x.map((word, k) => word & gate.y[k]));
    expect(guessed(gate)).toBe(1);
    for (const deviation of dependence(gate, 32)) expect(deviation).toBeGreaterThan(SUSPICIOUS);
  });

  it('is seen to depend on the lowest bits when multiplications have no zero share', async () => {
    const gate = await multiplied('no zero share ring', 'multiply', stuck);
    for (const deviation of dependence(gate, 1)) expect(deviation).toBeGreaterThan(SUSPICIOUS);
  });
});
