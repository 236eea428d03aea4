/** Sharing and reconstruction: bits and integers modulo 2^64 among three, scalars among five. */
import { reconstructBits, shareBits } from '../../src/crypto/bit-shares.ts';
import { asWords, concatBytes } from '../../src/crypto/bytes.ts';
import { randomScalar } from '../../src/crypto/group.ts';
import { reconstructRing, shareRing } from '../../src/crypto/ring-shares.ts';
import { combineScalars, splitScalar } from '../../src/crypto/shamir.ts';
import { systemRng } from '../../src/kit/clock.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { type BenchCase, type PreparedCase, ran, requireEqual } from '../bench-case.ts';
import { microCase } from './micro-case.ts';

const WORD_COUNT = 16_384;
const ELEMENT_COUNT = 16_384;
const SCALAR_COUNT = 16;
const HOLDERS = { threshold: 3, indices: [1n, 2n, 3n, 4n, 5n] } as const;

const REPLICATED = 'one semi-honest member of three';
const WORDS = { units: 'words', items: WORD_COUNT, securityModel: REPLICATED };
const ELEMENTS = { units: 'elements', items: ELEMENT_COUNT, securityModel: REPLICATED };
const SCALARS = {
  units: 'scalars',
  items: SCALAR_COUNT,
  securityModel: 'fewer than three shares say nothing; a wrong share goes unnoticed; not constant time (BigInt)',
};

export const sharingCases: readonly BenchCase[] = [
  microCase({ operation: 'bits/share', ...WORDS }, shareBitsCase),
  microCase({ operation: 'bits/reconstruct', ...WORDS }, reconstructBitsCase),
  microCase({ operation: 'ring/share', ...ELEMENTS }, shareRingCase),
  microCase({ operation: 'ring/reconstruct', ...ELEMENTS }, reconstructRingCase),
  microCase({ operation: 'shamir/split-3-of-5', ...SCALARS }, splitCase),
  microCase({ operation: 'shamir/combine-3-of-5', ...SCALARS }, combineCase),
];

function shareBitsCase(): PreparedCase {
  const words = asWords(insecureSeededRng('bench', 'share-bits')(4 * WORD_COUNT));
  let shares: ReturnType<typeof shareBits> | undefined;
  return {
    run() {
      shares = shareBits(words, systemRng);
    },
    check: () => requireEqual(reconstructBits(ran(shares)), words, 'shared words'),
  };
}

function reconstructBitsCase(): PreparedCase {
  const words = asWords(insecureSeededRng('bench', 'reconstruct-bits')(4 * WORD_COUNT));
  const shares = shareBits(words, systemRng);
  let plain: Uint32Array | undefined;
  return {
    run() {
      plain = reconstructBits(shares);
    },
    check: () => requireEqual(ran(plain), words, 'words'),
  };
}

function shareRingCase(): PreparedCase {
  const values = elements(insecureSeededRng('bench', 'share-ring'));
  let shares: ReturnType<typeof shareRing> | undefined;
  return {
    run() {
      shares = shareRing(values, systemRng);
    },
    check: () => requireEqual(reconstructRing(ran(shares)), values, 'shared elements'),
  };
}

function reconstructRingCase(): PreparedCase {
  const values = elements(insecureSeededRng('bench', 'reconstruct-ring'));
  const shares = shareRing(values, systemRng);
  let plain: BigUint64Array | undefined;
  return {
    run() {
      plain = reconstructRing(shares);
    },
    check: () => requireEqual(ran(plain), values, 'elements'),
  };
}

function splitCase(): PreparedCase {
  const secrets = scalars();
  let shares: ReturnType<typeof splitScalar>[] | undefined;
  return {
    run() {
      shares = secrets.map((secret) => splitScalar(secret, { ...HOLDERS, rng: systemRng }));
    },
    check() {
      const combined = ran(shares).map((own) => combineScalars(own.slice(2), HOLDERS.threshold));
      requireEqual(concatBytes(...combined), concatBytes(...secrets), 'shared scalars');
    },
  };
}

function combineCase(): PreparedCase {
  const secrets = scalars();
  const shares = secrets.map((secret) => splitScalar(secret, { ...HOLDERS, rng: systemRng }).slice(0, 3));
  let combined: Uint8Array[] | undefined;
  return {
    run() {
      combined = shares.map((own) => combineScalars(own, HOLDERS.threshold));
    },
    check: () => requireEqual(concatBytes(...ran(combined)), concatBytes(...secrets), 'scalars'),
  };
}

function elements(rng: (length: number) => Uint8Array): BigUint64Array {
  return new BigUint64Array(rng(8 * ELEMENT_COUNT).slice().buffer);
}

function scalars(): readonly Uint8Array[] {
  const rng = insecureSeededRng('bench', 'shamir');
  return Array.from({ length: SCALAR_COUNT }, () => randomScalar(rng));
}
