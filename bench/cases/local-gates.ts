/**
 * What one committee member computes alone: the stream, AND gates and products, with zero shares that are given and with
 * zero shares drawn from the two streams that it has with the other members.
 */
import { createCipheriv } from 'node:crypto';
import { andLocalInto, type Member, shareBits } from '../../src/crypto/bit-shares.ts';
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { fillFromDraw, Prg, type PrgDraw } from '../../src/crypto/prg.ts';
import { multiplyLocalInto, shareRing } from '../../src/crypto/ring-shares.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, type PreparedCase, ran, requireEqual } from '../bench-case.ts';
import { microCase } from './micro-case.ts';

const STREAM_BYTES = 65_536;
const WORDS = 16_384;
const ELEMENTS = 16_384;

const STREAM = { units: 'bytes', items: STREAM_BYTES, securityModel: 'pseudorandom under a secret key' };
const MODEL = 'one semi-honest member of three; local part alone';
const GATES = { units: 'gates', items: 32 * WORDS, securityModel: MODEL };
const PRODUCTS = { units: 'products', items: ELEMENTS, securityModel: MODEL };

export const localGateCases: readonly BenchCase[] = [
  microCase({ operation: 'prg/chacha20', ...STREAM }, prgCase),
  microCase({ operation: 'bits/and-local', ...GATES }, () => andCase('given')),
  microCase({ operation: 'bits/and-with-zero-shares', ...GATES }, () => andCase('fresh')),
  microCase({ operation: 'ring/multiply-local', ...PRODUCTS }, () => multiplyCase('given')),
  microCase({ operation: 'ring/multiply-with-zero-shares', ...PRODUCTS }, () => multiplyCase('fresh')),
];

function prgCase(): PreparedCase {
  const draw = drawOf('prg', STREAM_BYTES);
  const out = new Uint8Array(STREAM_BYTES);
  return {
    run: () => void fillFromDraw(draw, 0, out, chacha20Kernel()),
    check() {
      // OpenSSL's ChaCha20 takes block counter and nonce as one 16-byte value.
      const cipher = createCipheriv('chacha20', draw.key, new Uint8Array(16));
      requireEqual(out, cipher.update(new Uint8Array(STREAM_BYTES)), 'stream');
    },
  };
}

function andCase(zeroShares: 'given' | 'fresh'): PreparedCase {
  const rng = insecureSeededRng('bench', 'and');
  const [a, b] = [asWords(rng(4 * WORDS)), asWords(rng(4 * WORDS))];
  const [x, y] = [shareBits(a, rng), shareBits(b, rng)];
  const draws = pairDraws(4 * WORDS);
  const zeros = draws.map((_, member) => zeroShare(draws, member));
  const own = new Uint32Array(WORDS);
  const scratch = new Uint32Array(WORDS);
  const member = (self: Member, out = new Uint32Array(WORDS)): Uint32Array => {
    if (zeroShares === 'fresh') xorOfDraws(draws[self], draws[(self + 2) % 3], out, scratch);
    andLocalInto(out, x[self], y[self], zeroShares === 'fresh' ? out : zeros[self]);
    return out;
  };
  let given: Uint32Array | undefined;
  return {
    run() {
      given = member(0, own);
    },
    check() {
      const parts = [ran(given), member(1), member(2)];
      const sum = parts[0].map((word, k) => word ^ parts[1][k] ^ parts[2][k]);
      requireEqual(
        sum,
        a.map((word, k) => word & b[k]),
        'x AND y',
      );
    },
  };
}

function multiplyCase(zeroShares: 'given' | 'fresh'): PreparedCase {
  const rng = insecureSeededRng('bench', 'multiply');
  const [a, b] = [elements(rng), elements(rng)];
  const [x, y] = [shareRing(a, rng), shareRing(b, rng)];
  const draws = pairDraws(8 * ELEMENTS);
  const zeros = draws.map((_, member) => differenceOfDraws(draws, member, elementsBuffer(), elementsBuffer()));
  const own = elementsBuffer();
  const scratch = elementsBuffer();
  const member = (self: Member, out = elementsBuffer()): BigUint64Array => {
    if (zeroShares === 'fresh') differenceOfDraws(draws, self, out, scratch);
    multiplyLocalInto(out, x[self], y[self], zeroShares === 'fresh' ? out : zeros[self]);
    return out;
  };
  let given: BigUint64Array | undefined;
  return {
    run() {
      given = member(0, own);
    },
    check() {
      const parts = [ran(given), member(1), member(2)];
      const sum = parts[0].map((value, k) => value + parts[1][k] + parts[2][k]);
      requireEqual(
        sum,
        a.map((value, k) => BigInt.asUintN(64, value * b[k])),
        'x times y',
      );
    },
  };
}

function drawOf(label: string, length: number): PrgDraw {
  return new Prg(insecureSeededRng('bench', label)(32), new Uint8Array(32), label).draw(length);
}

/** The three pairs' streams; member i has number i with its successor and number i - 1 with its predecessor. */
function pairDraws(length: number): readonly PrgDraw[] {
  return [0, 1, 2].map((pair) => drawOf(`pair ${pair}`, length));
}

function zeroShare(draws: readonly PrgDraw[], member: number): Uint32Array {
  return xorOfDraws(draws[member], draws[(member + 2) % 3], new Uint32Array(WORDS), new Uint32Array(WORDS));
}

function xorOfDraws(a: PrgDraw, b: PrgDraw, out: Uint32Array, scratch: Uint32Array): Uint32Array {
  fillFromDraw(a, 0, asBytes(out), chacha20Kernel());
  fillFromDraw(b, 0, asBytes(scratch), chacha20Kernel());
  for (let k = 0; k < out.length; k++) out[k] ^= scratch[k];
  return out;
}

function differenceOfDraws(
  draws: readonly PrgDraw[],
  member: number,
  out: BigUint64Array,
  scratch: BigUint64Array,
): BigUint64Array {
  fillFromDraw(draws[member], 0, asBytes(out), chacha20Kernel());
  fillFromDraw(draws[(member + 2) % 3], 0, asBytes(scratch), chacha20Kernel());
  for (let k = 0; k < out.length; k++) out[k] = out[k] - scratch[k];
  return out;
}

function elementsBuffer(): BigUint64Array {
  return new BigUint64Array(ELEMENTS);
}

function elements(rng: (length: number) => Uint8Array): BigUint64Array {
  return new BigUint64Array(rng(8 * ELEMENTS).slice().buffer);
}
