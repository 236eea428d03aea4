import { createHash } from 'node:crypto';
import { ed25519_hasher, ristretto255_hasher, ristretto255_oprf } from '@noble/curves/ed25519.js';
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { sharedVectors } from '../../test/shared-vectors.ts';
import { concatBytes, toHex, utf8 } from './bytes.ts';
import { expandMessage, type Group, GROUP_ORDER, referenceGroup } from './group.ts';
import {
  blind,
  blindEvaluate,
  deriveKeyPair,
  evaluate,
  finalize,
  GENERATOR,
  generateKeyPair,
  hashToGroup,
  hashToScalar,
  type OprfMode,
  oprfContext,
  scalarBytes,
} from './oprf.ts';
import { Prg } from './prg.ts';
import type { Rng } from './rng.ts';

const SEED = 25;
const MODES: OprfMode[] = ['oprf', 'voprf'];

function seededRng(label: string): Rng {
  const prg = new Prg(new Uint8Array(32).fill(SEED), utf8('oprf.test'), label);
  return (length) => prg.bytes(length);
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** An rng whose 64 bytes reduce to the scalar that a vector gives. */
function fixedScalar(hex: string): Rng {
  return (length) => {
    const out = new Uint8Array(length);
    out.set(fromHex(hex));
    return out;
  };
}

interface OprfSuite {
  readonly identifier: string;
  readonly mode: number;
  readonly groupDST: string;
  readonly seed: string;
  readonly keyInfo: string;
  readonly skSm: string;
  readonly pkSm?: string;
  readonly vectors: readonly Record<'Input' | 'Blind' | 'BlindedElement' | 'EvaluationElement' | 'Output', string>[];
}

const oprfFile = sharedVectors('oprf_rfc9497.json') as OprfSuite[] | undefined;

describe.skipIf(oprfFile === undefined)('RFC 9497 vectors of ristretto255-SHA512', () => {
  const suites = (oprfFile ?? []).filter(({ identifier, mode }) => identifier === 'ristretto255-SHA512' && mode < 2);

  it('the file has both modes and a vector in each', () => {
    expect(new Set(suites.map(({ mode }) => mode))).toEqual(new Set([0, 1]));
    expect(suites.every(({ vectors }) => vectors.length > 0)).toBe(true);
  });

  it.each(suites)('deriveKeyPair and oprfContext give the key and domain of mode $mode', (suite) => {
    const mode = MODES[suite.mode];
    const pair = deriveKeyPair(fromHex(suite.seed), fromHex(suite.keyInfo), { mode });
    expect(toHex(pair.secretKey)).toBe(suite.skSm);
    if (suite.pkSm !== undefined) expect(toHex(pair.publicKey)).toBe(suite.pkSm);
    expect(toHex(concatBytes(utf8('HashToGroup-'), oprfContext(mode)))).toBe(suite.groupDST);
  });

  const cases = suites.flatMap(({ mode, skSm, vectors }) =>
    vectors.flatMap((vector) => {
      const column = (name: keyof typeof vector): string[] => vector[name].split(',');
      return column('Input').map((input, k) => ({
        mode: MODES[mode],
        skSm,
        input,
        blindHex: column('Blind')[k],
        blindedElement: column('BlindedElement')[k],
        evaluationElement: column('EvaluationElement')[k],
        outputHex: column('Output')[k],
      }));
    }),
  );

  it.each(cases)('blind, blindEvaluate, finalize and evaluate agree in mode $mode for input $input', (c) => {
    const input = fromHex(c.input);
    const blinded = blind(input, { mode: c.mode, rng: fixedScalar(c.blindHex) });
    expect(toHex(blinded.blind)).toBe(c.blindHex);
    expect(toHex(blinded.element)).toBe(c.blindedElement);
    const evaluatedElement = blindEvaluate(fromHex(c.skSm), blinded.element);
    expect(toHex(evaluatedElement)).toBe(c.evaluationElement);
    expect(toHex(finalize(input, { blind: blinded.blind, evaluatedElement }))).toBe(c.outputHex);
    expect(toHex(evaluate(fromHex(c.skSm), input, { mode: c.mode }))).toBe(c.outputHex);
  });
});

describe('RFC 9497 values quoted from appendix A.1', () => {
  const seed = new Uint8Array(32).fill(0xa3);

  it('deriveKeyPair gives skSm of A.1.1 and pkSm of A.1.2', () => {
    expect(toHex(deriveKeyPair(seed, utf8('test key'), { mode: 'oprf' }).secretKey)).toBe(
      '5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e',
    );
    expect(toHex(deriveKeyPair(seed, utf8('test key'), { mode: 'voprf' }).publicKey)).toBe(
      'c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e',
    );
  });

  it('evaluate gives the output of A.1.1, test vector 1, and another one in the other mode', () => {
    const { secretKey } = deriveKeyPair(seed, utf8('test key'), { mode: 'oprf' });
    const quoted =
      '527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3' +
      'ab9135e3bd69955851de4b1f9fe8a0973396719b7912ba9ee8aa7d0b5e24bcf6';
    expect(toHex(evaluate(secretKey, Uint8Array.of(0), { mode: 'oprf' }))).toBe(quoted);
    expect(toHex(evaluate(secretKey, Uint8Array.of(0), { mode: 'voprf' }))).not.toBe(quoted);
  });

  it('GENERATOR is the encoding of RFC 9496 A.1', () => {
    expect(toHex(GENERATOR)).toBe('e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76');
  });
});

describe(`oprf against noble (seed ${SEED})`, () => {
  const rng = seededRng('inputs');
  const inputs = [0, 1, 16, 63, 64, 300, 65_535].map((length) => rng(length));

  it.each(MODES)('hashToGroup equals the hasher of noble in mode %s', (mode) => {
    const DST = concatBytes(utf8('HashToGroup-'), oprfContext(mode));
    for (const input of inputs) {
      const expected = ristretto255_hasher.hashToCurve(input, { DST }).toBytes();
      expect(hashToGroup(input, { mode })).toEqual(expected);
    }
  });

  it('hashToScalar equals the hasher of noble', () => {
    const DST = utf8('HashToScalar-of-a-test');
    for (const input of inputs) {
      expect(hashToScalar(input, DST)).toBe(ristretto255_hasher.hashToScalar(input, { DST }));
    }
  });

  it.each(MODES)('deriveKeyPair equals noble in mode %s', (mode) => {
    for (const info of [new Uint8Array(0), rng(5)]) {
      const seed = rng(32);
      expect(deriveKeyPair(seed, info, { mode })).toEqual({ ...ristretto255_oprf[mode].deriveKeyPair(seed, info) });
    }
  });

  it('blind, blindEvaluate and finalize give the output of noble, each side played by the other', () => {
    for (const input of inputs) {
      const { secretKey } = generateKeyPair(rng);
      const ours = blind(input, { mode: 'oprf', rng });
      const theirs = ristretto255_oprf.oprf.blind(input);
      const theirOwn = ristretto255_oprf.oprf.blindEvaluate(secretKey, theirs.blinded);
      const expected = ristretto255_oprf.oprf.finalize(input, theirs.blind, theirOwn);
      const ourElement = blindEvaluate(secretKey, theirs.blinded);
      const theirElement = ristretto255_oprf.oprf.blindEvaluate(secretKey, ours.element);
      expect(ristretto255_oprf.oprf.finalize(input, theirs.blind, ourElement)).toEqual(expected);
      expect(finalize(input, { blind: ours.blind, evaluatedElement: theirElement })).toEqual(expected);
      expect(evaluate(secretKey, input, { mode: 'oprf' })).toEqual(expected);
    }
  });

  it('generateKeyPair gives a public key that noble derives from the secret one', () => {
    const { secretKey, publicKey } = generateKeyPair(rng);
    const { proof, evaluated } = ristretto255_oprf.voprf.blindEvaluate(secretKey, publicKey, GENERATOR);
    expect(evaluated).toEqual(publicKey);
    expect(proof.length).toBe(64);
  });

  it('blindEvaluate works on batches of 0, 1 and 3 elements', () => {
    const { secretKey } = generateKeyPair(rng);
    const elements = [1, 2, 3].map(() => blind(rng(8), { mode: 'oprf', rng }).element);
    const single = elements.map((element) => blindEvaluate(secretKey, element));
    expect(blindEvaluate(secretKey, concatBytes(...elements))).toEqual(concatBytes(...single));
    expect(blindEvaluate(secretKey, new Uint8Array(0)).length).toBe(0);
  });

  it('every step uses the group it is given', () => {
    let calls = 0;
    const group: Group = {
      fromUniform: (uniform) => (calls++, referenceGroup.fromUniform(uniform)),
      multiply: (points, scalars) => (calls++, referenceGroup.multiply(points, scalars)),
      multiplyBase: referenceGroup.multiplyBase,
      sumOfProducts: referenceGroup.sumOfProducts,
      add: referenceGroup.add,
      subtract: referenceGroup.subtract,
    };
    const { secretKey } = generateKeyPair(rng, group);
    expect(calls).toBe(1);
    const input = rng(9);
    const blinded = blind(input, { mode: 'voprf', rng, group });
    expect(calls).toBe(3);
    const evaluatedElement = blindEvaluate(secretKey, blinded.element, group);
    const output = finalize(input, { blind: blinded.blind, evaluatedElement }, group);
    expect(calls).toBe(5);
    expect(evaluate(secretKey, input, { mode: 'voprf', group })).toEqual(output);
    expect(calls).toBe(7);
  });
});

/** Invalid encodings of every kind that RFC 9496 A.2 lists, wrong lengths, and the identity (RFC 9497 §3.3). */
const BAD_ELEMENTS: [string, string][] = [
  ['the identity', '00'.repeat(32)],
  ['a non-canonical field element', '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
  ['the field modulus', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['the identity with its top bit set', `${'00'.repeat(31)}80`],
  ['a negative field element', '0100000000000000000000000000000000000000000000000000000000000000'],
  ['a non-square x^2', '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371'],
  ['a negative xy', '3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e'],
  ['y = 0', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['31 bytes', '02'.repeat(31)],
  ['33 bytes', '02'.repeat(33)],
];
const badMessage: unknown = expect.objectContaining({ name: 'ProtocolError', code: 'bad-message' });

describe(`oprf refusals (seed ${SEED})`, () => {
  const rng = seededRng('refusals');
  const { secretKey } = generateKeyPair(rng);
  const input = utf8('an account');
  const good = blind(input, { mode: 'oprf', rng });

  it.each(BAD_ELEMENTS)('blindEvaluate and finalize refuse %s', (_, hex) => {
    const bad = fromHex(hex);
    expect(() => blindEvaluate(secretKey, bad)).toThrow(badMessage);
    expect(() => blindEvaluate(secretKey, concatBytes(good.element, bad))).toThrow(badMessage);
    expect(() => finalize(input, { blind: good.blind, evaluatedElement: bad })).toThrow(badMessage);
    try {
      blindEvaluate(secretKey, bad);
    } catch (error) {
      expect(String(error)).not.toContain(hex.slice(0, 8));
    }
  });

  it('blindEvaluate accepts what a peer rightly sends (positive control)', () => {
    expect(blindEvaluate(secretKey, good.element).length).toBe(32);
  });

  it('finalize refuses no element and two elements', () => {
    for (const evaluatedElement of [new Uint8Array(0), concatBytes(good.element, good.element)]) {
      expect(() => finalize(input, { blind: good.blind, evaluatedElement })).toThrow(badMessage);
    }
  });

  it('blind, evaluate, finalize and deriveKeyPair refuse an input of 65536 bytes', () => {
    const long = new Uint8Array(65_536);
    const badInput: unknown = expect.objectContaining({ name: 'UsageError', code: 'bad-input' });
    expect(() => blind(long, { mode: 'oprf', rng })).toThrow(badInput);
    expect(() => evaluate(secretKey, long, { mode: 'oprf' })).toThrow(badInput);
    expect(() => finalize(long, { blind: good.blind, evaluatedElement: good.element })).toThrow(badInput);
    expect(() => deriveKeyPair(new Uint8Array(32), long, { mode: 'oprf' })).toThrow(badInput);
    expect(() => deriveKeyPair(new Uint8Array(31), input, { mode: 'oprf' })).toThrow(badInput);
  });

  it.each([
    ['zero', 0n],
    ['the group order', GROUP_ORDER],
  ])('blindEvaluate refuses a key that is %s', (_, scalar) => {
    expect(() => blindEvaluate(scalarBytes(scalar), good.element)).toThrow();
  });

  it('blind gives unlinkable elements for one input', () => {
    expect(blind(input, { mode: 'oprf', rng }).element).not.toEqual(good.element);
  });
});

/** expand_message_xmd of RFC 9380 §5.3.1, a second time, on the platform's SHA-512. */
function expandAgain(message: Uint8Array, domain: Uint8Array, length: number): Uint8Array {
  const hash = (...parts: Uint8Array[]): Uint8Array =>
    createHash('sha512')
      .update(concatBytes(...parts))
      .digest();
  const dst = domain.length > 255 ? hash(utf8('H2C-OVERSIZE-DST-'), domain) : domain;
  const dstPrime = concatBytes(dst, Uint8Array.of(dst.length));
  const b0 = hash(new Uint8Array(128), message, Uint8Array.of(length >> 8, length & 255, 0), dstPrime);
  let block = hash(b0, Uint8Array.of(1), dstPrime);
  let out = block;
  for (let i = 2; out.length < length; i++) {
    block = hash(
      b0.map((byte, k) => byte ^ block[k]),
      Uint8Array.of(i),
      dstPrime,
    );
    out = concatBytes(out, block);
  }
  return new Uint8Array(out.subarray(0, length));
}

interface ExpandFile {
  readonly DST: string;
  readonly tests: readonly { readonly msg: string; readonly len_in_bytes: string; readonly uniform_bytes: string }[];
}
const expandFile = sharedVectors('expand_message_xmd_SHA512_38_rfc9380.json') as ExpandFile | undefined;

describe.skipIf(expandFile === undefined)('RFC 9380 vectors of expand_message_xmd with SHA-512', () => {
  const { DST, tests } = expandFile ?? { DST: '', tests: [] };

  it('the file has cases', () => {
    expect(tests.length).toBeGreaterThan(0);
  });

  it.each(tests)('noble and the second implementation agree for $len_in_bytes bytes of "$msg"', (c) => {
    const length = Number(c.len_in_bytes);
    expect(toHex(expand_message_xmd(utf8(c.msg), utf8(DST), length, sha512))).toBe(c.uniform_bytes);
    expect(toHex(expandAgain(utf8(c.msg), utf8(DST), length))).toBe(c.uniform_bytes);
  });
});

describe(`expandMessage (seed ${SEED})`, () => {
  it.each([1, 43, 255, 256, 400])('equals the second implementation with a domain of %i bytes', (length) => {
    const rng = seededRng(`expand ${length}`);
    for (const messageLength of [0, 1, 127, 128, 129, 1000]) {
      const [message, domain] = [rng(messageLength), rng(length)];
      expect(expandMessage(message, domain)).toEqual(expandAgain(message, domain, 64));
    }
  });
});

interface CurveFile {
  readonly dst: string;
  readonly vectors: readonly { readonly msg: string; readonly P: { readonly x: string; readonly y: string } }[];
}
const curveFile = sharedVectors('edwards25519_XMD-SHA-512_ELL2_RO_rfc9380.json') as CurveFile | undefined;

describe.skipIf(curveFile === undefined)('RFC 9380 vectors of edwards25519_XMD:SHA-512_ELL2_RO_', () => {
  const { dst, vectors } = curveFile ?? { dst: '', vectors: [] };

  it('the file has cases', () => {
    expect(vectors.length).toBeGreaterThan(0);
  });

  it.each(vectors)('the hasher of noble, which is the oracle above, gives P for "$msg"', ({ msg, P }) => {
    const { x, y } = ed25519_hasher.hashToCurve(utf8(msg), { DST: utf8(dst) }).toAffine();
    expect({ x, y }).toEqual({ x: BigInt(P.x), y: BigInt(P.y) });
  });
});
