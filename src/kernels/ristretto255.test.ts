import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { allowRelaxedSimd } from '../../test/support/relaxed-simd.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import { type Group, GROUP_ORDER, referenceGroup, scalarFromUniform } from '../crypto/group.ts';
import { ristretto255FmaWasm } from './generated/ristretto255-fma-wasm.ts';
import { ristretto255Wasm } from './generated/ristretto255-wasm.ts';
import type { Ristretto255Module } from './hosted-group.ts';
import { instantiate } from './instantiate.ts';
import { groupFromModule, ristretto255Engine, ristretto255Kernel } from './ristretto255.ts';

/** RFC 9496 Appendix A.1: 1 B .. 15 B for the generator B. */
const MULTIPLES = [
  'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
  '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919',
  '94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259',
  'da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57',
  'e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e',
  'f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403',
  '44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d',
  '903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c',
  '02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031',
  '20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f',
  'bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42',
  'e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460',
  'aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f',
  '46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e',
  'e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e',
];

/** Appendix A.2, every encoding there, and the identity, which `multiply` must reject too. */
const REJECTED = {
  'a non-canonical field element': [
    '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ],
  'a negative field element': [
    '0100000000000000000000000000000000000000000000000000000000000000',
    '01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20',
    'c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562',
    'c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78',
    '47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24',
    'f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72',
    '87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309',
  ],
  'no square': [
    '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
    '4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f',
    'de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b',
    'bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042',
    '2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08',
    'f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22',
    '8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731',
    '2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b',
  ],
  'a negative x y': [
    '3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e',
    'a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220',
    'd483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e',
    '8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32',
    '32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b',
    '227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165',
    '5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e',
    '445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b',
  ],
  'y = 0': ['ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  'the identity': ['0000000000000000000000000000000000000000000000000000000000000000'],
};

/** Appendix A.3: SHA-512 of each text to an element. */
const DERIVED: [string, string][] = [
  [
    'Ristretto is traditionally a short shot of espresso coffee',
    '3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46',
  ],
  [
    'made with the normal amount of ground coffee but extracted with',
    'f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b',
  ],
  [
    'about half the amount of water in the same amount of time',
    '006ccd2a9e6867e6a2c5cea83d3302cc9de128dd2a9a57dd8ee7b9d7ffe02826',
  ],
  ['by using a finer grind.', 'f8f0c87cf237953c5890aec3998169005dae3eca1fbb04548c635953c817f92a'],
  [
    'This produces a concentrated shot of coffee per volume.',
    'ae81e7dedf20a497e10c304a765c1767a42d6e06029758d2d7e8ef7cc4c41179',
  ],
  [
    'Just pulling a normal shot short will produce a weaker shot',
    'e2705652ff9f5e44d3e841bf1c251cf7dddb77d140870d1ab2ed64f1a9ce8628',
  ],
  ['and is not a Ristretto as some believe.', '80bd07262511cdde4863f8a7434cef696750681cb9510eea557088f76d9e5065'],
];

/** Appendix A.3: representatives that are not canonical or have the top bit set, all of one element. */
const EQUIVALENT = [
  `ed${'ff'.repeat(31)}12${'00'.repeat(31)}`,
  `ed${'ff'.repeat(30)}7f${'ff'.repeat(32)}`,
  `${'00'.repeat(31)}80${'ff'.repeat(31)}7f`,
  `${'00'.repeat(32)}12${'00'.repeat(30)}80`,
];
const EQUIVALENT_ELEMENT = '304282791023b73128d277bdcb5c7746ef2eac08dde9f2983379cb8e5ef0517f';

const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const join = (rows: readonly Uint8Array[]): Uint8Array => Uint8Array.from(rows.flatMap((row) => [...row]));

/** 32 bytes little-endian, whether or not below the group order. */
function le32(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

/** n x `rowBytes` deterministic bytes. */
function seeded(seed: string, n: number, rowBytes: 32 | 64): Uint8Array {
  return join(Array.from({ length: n }, (_, i) => sha512(utf8(`${seed}/${i}`)).subarray(0, rowBytes)));
}
const seededScalars = (seed: string, n: number): Uint8Array =>
  join(Array.from({ length: n }, (_, i) => scalarFromUniform(sha512(utf8(`${seed}/scalar/${i}`)))));

const GENERATOR = fromHex(MULTIPLES[0]);
const seven = le32(7n);

allowRelaxedSimd();
const MODULES: [string, string][] = [
  ['wasm-fma', ristretto255FmaWasm],
  ['wasm-simd', ristretto255Wasm],
];
const KERNELS: [string, Group][] = MODULES.map(([engine, module]) => {
  const group = groupFromModule(module);
  if (group === undefined) throw new Error(`Cannot test ${engine}: this engine does not run it`);
  return [engine, group];
});
const GROUPS: [string, Group][] = [['reference', referenceGroup], ...KERNELS];

it('ristretto255Engine is the module for fused multiply-add when Node runs it', () => {
  expect(ristretto255Engine()).toBe('wasm-fma');
  expect(ristretto255Kernel()).not.toBe(referenceGroup);
});

describe.each(GROUPS)('%s', (_name, group) => {
  it('multiplies the generator when RFC 9496 A.1 gives the product', () => {
    const scalars = join(MULTIPLES.map((_, i) => le32(BigInt(i + 1))));
    const products = group.multiply(join(MULTIPLES.map(() => GENERATOR)), scalars);
    expect(products && toHex(products)).toBe(MULTIPLES.join(''));
  });

  it.each(Object.entries(REJECTED))('refuses the batch when an encoding is %s', (_reason, encodings) => {
    for (const encoding of encodings) {
      const bad = fromHex(encoding);
      for (const rows of [[bad], [bad, GENERATOR], [GENERATOR, bad], [GENERATOR, GENERATOR, bad]]) {
        expect(group.multiply(join(rows), join(rows.map(() => seven)))).toBeUndefined();
      }
    }
  });

  it('adds and subtracts multiples of the generator as RFC 9496 A.1 lists them', () => {
    const [left, right] = [
      join(MULTIPLES.slice(0, 14).map(fromHex)),
      join(MULTIPLES.slice(0, 14).map(() => GENERATOR)),
    ];
    const sums = group.add(left, right);
    expect(sums && toHex(sums)).toBe(MULTIPLES.slice(1).join(''));
    const differences = group.subtract(join(MULTIPLES.slice(1).map(fromHex)), right);
    expect(differences && toHex(differences)).toBe(MULTIPLES.slice(0, 14).join(''));
    // The identity is a result, never an operand.
    expect(group.subtract(GENERATOR, GENERATOR)).toEqual(new Uint8Array(32));
    expect(() => group.add(left, GENERATOR)).toThrow(RangeError);
  });

  it('multiplies its own generator when RFC 9496 A.1 gives the product', () => {
    expect(toHex(group.multiplyBase(join(MULTIPLES.map((_, i) => le32(BigInt(i + 1))))))).toBe(MULTIPLES.join(''));
  });

  it('sums products when RFC 9496 A.1 gives the sum', () => {
    const points = join(MULTIPLES.slice(0, 4).map(fromHex));
    // 0 + 2 * 2 + 0 * 3 + 1 * 4 = 8, and 3 * 1 + 2 * 2 + 1 * 3 - 1 * 4 = 6.
    const scalars = [
      [0n, 2n, 0n, 1n],
      [3n, 2n, 1n, GROUP_ORDER - 1n],
    ].map((row) => join(row.map(le32)));
    const sums = scalars.map((row) => toHex(group.sumOfProducts(points, row) ?? GENERATOR));
    expect(sums).toEqual([MULTIPLES[7], MULTIPLES[5]]);
    const identity = new Uint8Array(32);
    expect(group.sumOfProducts(join([GENERATOR, GENERATOR]), join([1n, GROUP_ORDER - 1n].map(le32)))).toEqual(identity);
    expect(group.sumOfProducts(new Uint8Array(0), new Uint8Array(0))).toEqual(identity);
  });

  it.each(Object.entries(REJECTED))('refuses the sum when an encoding is %s', (_reason, encodings) => {
    for (const bad of encodings.map(fromHex)) {
      for (const rows of [[bad], [bad, GENERATOR], [GENERATOR, bad], [GENERATOR, GENERATOR, bad]]) {
        expect(group.sumOfProducts(join(rows), join(rows.map(() => seven)))).toBeUndefined();
      }
    }
  });

  it.each(Object.entries(REJECTED))('refuses to add when an encoding is %s', (_reason, encodings) => {
    for (const bad of encodings.map(fromHex)) {
      for (const rows of [[bad], [bad, GENERATOR], [GENERATOR, bad], [GENERATOR, GENERATOR, bad]]) {
        const good = join(rows.map(() => GENERATOR));
        expect(group.add(join(rows), good)).toBeUndefined();
        expect(group.subtract(good, join(rows))).toBeUndefined();
      }
    }
  });

  it('derives the element when RFC 9496 A.3 gives it', () => {
    const derived = group.fromUniform(join(DERIVED.map(([text]) => sha512(utf8(text)))));
    expect(toHex(derived)).toBe(DERIVED.map(([, element]) => element).join(''));
  });

  it('derives one element when RFC 9496 A.3 calls the inputs equivalent', () => {
    expect(toHex(group.fromUniform(fromHex(EQUIVALENT.join(''))))).toBe(EQUIVALENT_ELEMENT.repeat(4));
  });

  it.each([
    ['zero', 0n],
    ['the order', GROUP_ORDER],
    ['above the order', GROUP_ORDER + 1n],
    ['all ones', 2n ** 256n - 1n],
  ])('throws when a scalar is %s', (_what, scalar) => {
    for (const scalars of [[scalar], [scalar, 7n], [7n, scalar], [7n, 7n, scalar]]) {
      const points = join(scalars.map(() => GENERATOR));
      expect(() => group.multiply(points, join(scalars.map(le32)))).toThrow();
      expect(() => group.multiplyBase(join(scalars.map(le32)))).toThrow();
      if (scalar !== 0n) expect(() => group.sumOfProducts(points, join(scalars.map(le32)))).toThrow();
    }
  });
});

describe.each(KERNELS)('%s', (_engine, group) => {
  it.each([0, 1, 2, 3, 63, 64, 65, 129])('gives the bytes of referenceGroup when n = %i', (n) => {
    const uniform = seeded(`batch ${n}`, n, 64);
    const scalars = seededScalars(`batch ${n}`, n);
    const points = group.fromUniform(uniform);
    expect(toHex(points)).toBe(toHex(referenceGroup.fromUniform(uniform)));
    const products = group.multiply(points, scalars);
    const expected = referenceGroup.multiply(points, scalars);
    expect(products && toHex(products)).toBe(expected && toHex(expected));
    expect(products?.length).toBe(32 * n);
    const others = group.fromUniform(seeded(`others ${n}`, n, 64));
    for (const operation of ['add', 'subtract'] as const) {
      const combined = group[operation](points, others);
      expect(combined && toHex(combined)).toBe(toHex(referenceGroup[operation](points, others) ?? points));
    }
    expect(toHex(group.multiplyBase(scalars))).toBe(toHex(referenceGroup.multiplyBase(scalars)));
    const sum = group.sumOfProducts(points, scalars);
    expect(sum && toHex(sum)).toBe(toHex(referenceGroup.sumOfProducts(points, scalars) ?? new Uint8Array(0)));
    // The comparison can fail: another scalar gives another product.
    if (n > 0)
      expect(toHex(group.multiply(points, seededScalars('other', n)) ?? points)).not.toBe(toHex(products ?? points));
  });

  it('gives the bytes of referenceGroup when a scalar is extreme', () => {
    const bits = Array.from({ length: 253 }, (_, i) => 1n << BigInt(i)).filter((_, i) => i % 9 === 0 || i > 249);
    const digits = [0x1n, 0x7n, 0x8n, 0x9n, 0xfn].map((digit) => (2n ** 252n / 15n) * digit);
    const edges = [2n, 3n, GROUP_ORDER - 1n, GROUP_ORDER - 2n, (GROUP_ORDER - 1n) / 2n, (GROUP_ORDER + 1n) / 2n];
    const near = [2n ** 252n - 1n, 2n ** 252n + 1n, GROUP_ORDER - 2n ** 124n, GROUP_ORDER - 16n];
    const scalars = join([...bits, ...digits, ...edges, ...near].map((value) => le32(value % GROUP_ORDER)));
    const points = group.fromUniform(seeded('extreme scalars', scalars.length / 32, 64));
    const expected = referenceGroup.multiply(points, scalars);
    expect(toHex(group.multiply(points, scalars) ?? new Uint8Array(0))).toBe(expected && toHex(expected));
    expect(toHex(group.multiplyBase(scalars))).toBe(toHex(referenceGroup.multiplyBase(scalars)));
    const sum = group.sumOfProducts(points, scalars);
    expect(sum).toEqual(referenceGroup.sumOfProducts(points, scalars));
  });

  it('gives the bytes of referenceGroup when the uniform bytes are extreme', () => {
    const p = 2n ** 255n - 19n;
    const halves = [0n, 1n, 2n, p - 1n, p, p + 1n, (p - 1n) / 2n, 2n ** 255n - 1n, 2n ** 255n, 2n ** 256n - 1n].map(
      le32,
    );
    const uniform = join(halves.flatMap((first) => halves.map((second) => join([first, second]))));
    expect(toHex(group.fromUniform(uniform))).toBe(toHex(referenceGroup.fromUniform(uniform)));
  });

  it('refuses the batch when the only bad encoding is in any row of several chunks', () => {
    const n = 131;
    const scalars = seededScalars('rows', n);
    const points = group.fromUniform(seeded('rows', n, 64));
    expect(group.multiply(points, scalars)).toBeDefined();
    for (let row = 0; row < n; row += 13) {
      const bad = points.slice();
      bad.set(fromHex(REJECTED['a negative x y'][row % 8]), 32 * row);
      expect(group.multiply(bad, scalars)).toBeUndefined();
    }
  });

  it('agrees with referenceGroup about random strings when few of them are encodings', () => {
    const n = 100;
    const candidates = seeded('random strings', n, 32).map((byte, i) =>
      i % 32 === 31 ? byte & 0x7f : i % 32 === 0 ? byte & 0xfe : byte,
    );
    const verdicts = (of: Group): boolean[] =>
      Array.from({ length: n }, (_, i) => of.multiply(candidates.subarray(32 * i, 32 * i + 32), seven) !== undefined);
    const own = verdicts(group);
    expect(own).toEqual(verdicts(referenceGroup));
    expect(own.filter(Boolean).length).toBeGreaterThan(5);
  });

  it('throws when lengths do not fit', () => {
    expect(() => group.multiply(GENERATOR, new Uint8Array(64))).toThrow(RangeError);
    expect(() => group.multiply(GENERATOR.subarray(1), seven)).toThrow(RangeError);
    expect(() => group.fromUniform(new Uint8Array(65))).toThrow(RangeError);
  });

  it('leaves its inputs as they were', () => {
    const [points, scalars] = [GENERATOR.slice(), seven.slice()];
    group.multiply(points, scalars);
    expect([points, scalars]).toEqual([GENERATOR, seven]);
  });
});

describe.each(MODULES)('groupFromModule with %s', (_engine, text) => {
  const module = Uint8Array.from(Buffer.from(text, 'base64'));
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

  it('is undefined when the module is damaged', () => {
    expect(groupFromModule(base64(module))).toBeDefined();
    expect(groupFromModule(base64(module.subarray(0, 1000)))).toBeUndefined();
    expect(groupFromModule('no base64 at all')).toBeUndefined();
  });

  it('is undefined when the module runs but gives wrong answers', () => {
    // The lowest word of the group order, which every odd scalar meets.
    const order = Buffer.from(module).indexOf(le32(GROUP_ORDER).subarray(0, 8));
    expect(order).toBeGreaterThan(0);
    const damaged = module.slice();
    damaged[order + 3] ^= 4;
    expect(groupFromModule(base64(damaged))).toBeUndefined();
  });
});

describe.each(MODULES)('%s module', (_engine, text) => {
  it('leaves nothing in memory when wiped', () => {
    const kernel = instantiate<Ristretto255Module>(text);
    kernel.prepare();
    const memory = new Uint8Array(kernel.memory.buffer);
    const untouched = memory.slice();
    memory.set(seeded('wiped', 64, 64), kernel.uniform.value);
    kernel.fromUniform(32);
    memory.set(seededScalars('wiped', 64), kernel.scalars.value);
    expect(kernel.multiply(32)).toBe(0);
    memory.set(seededScalars('wiped', 64), kernel.scalars.value);
    expect(kernel.multiplyBase(32)).toBe(0);
    kernel.beginSum();
    memory.set(seededScalars('wiped', 32), kernel.scalars.value);
    expect(kernel.addToSum(kernel.SUM_PAIRS.value)).toBe(0);
    kernel.endSum();
    const changed = memory.filter((byte, i) => byte !== untouched[i]).length;
    expect(changed).toBeGreaterThan(20_000);
    kernel.wipe();
    expect(Buffer.compare(memory, untouched)).toBe(0);
    expect(memory.length).toBe(untouched.length);
  });
});
