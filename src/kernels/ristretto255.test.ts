import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { allowRelaxedSimd } from '../../test/support/relaxed-simd.ts';
import { DERIVED, EQUIVALENT, EQUIVALENT_ELEMENT, MULTIPLES, REJECTED } from '../../test/support/rfc9496-vectors.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import { type Group, GROUP_ORDER, referenceGroup, scalarFromUniform } from '../crypto/group.ts';
import { ristretto255FmaWasm } from './generated/ristretto255-fma-wasm.ts';
import { ristretto255Wasm } from './generated/ristretto255-wasm.ts';
import type { Ristretto255Module } from './hosted-group.ts';
import { instantiate } from './twin.ts';
import { groupFromModule, ristretto255Engine, ristretto255Kernel } from './ristretto255.ts';

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
