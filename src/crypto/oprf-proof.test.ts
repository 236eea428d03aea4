import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { sharedVectors } from '../../test/shared-vectors.ts';
import { concatBytes, toHex, utf8 } from './bytes.ts';
import { ristretto255Kernel } from '../kernels/ristretto255.ts';
import { GROUP_ORDER, referenceGroup } from './group.ts';
import { blind, blindEvaluate, evaluate, finalize, generateKeyPair, scalarBytes } from './oprf.ts';
import { proveEvaluation, verifyEvaluation } from './oprf-proof.ts';
import { Prg } from './prg.ts';
import type { Rng } from './rng.ts';
import { finish } from './steps.ts';

const SEED = 26;

function seededRng(label: string): Rng {
  const prg = new Prg(new Uint8Array(32).fill(SEED), utf8('oprf-proof.test'), label);
  return (length) => prg.bytes(length);
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** An rng whose bytes reduce to a given scalar. */
function fixedScalar(scalar: Uint8Array): Rng {
  return (length) => {
    const out = new Uint8Array(length);
    out.set(scalar);
    return out;
  };
}

function split(elements: Uint8Array): Uint8Array[] {
  return Array.from({ length: elements.length / 32 }, (_, i) => elements.slice(32 * i, 32 * i + 32));
}

interface ProofSuite {
  readonly identifier: string;
  readonly mode: number;
  readonly skSm: string;
  readonly pkSm: string;
  readonly vectors: readonly {
    readonly Batch: number;
    readonly BlindedElement: string;
    readonly EvaluationElement: string;
    readonly Proof: { readonly proof: string; readonly r: string };
  }[];
}
const file = sharedVectors('oprf_rfc9497.json') as ProofSuite[] | undefined;

describe.skipIf(file === undefined)('RFC 9497 proofs of ristretto255-SHA512, mode VOPRF', () => {
  const suite = file?.find(({ identifier, mode }) => identifier === 'ristretto255-SHA512' && mode === 1);
  const vectors = suite?.vectors ?? [];

  it('the file has single and batched proofs', () => {
    expect(vectors.some(({ Batch }) => Batch === 1)).toBe(true);
    expect(vectors.some(({ Batch }) => Batch > 1)).toBe(true);
  });

  it.each(vectors)(
    'proveEvaluation gives the proof and verifyEvaluation accepts it for a batch of $Batch',
    (vector) => {
      const pair = { secretKey: fromHex(suite?.skSm ?? ''), publicKey: fromHex(suite?.pkSm ?? '') };
      const batch = {
        blindedElements: fromHex(vector.BlindedElement.replaceAll(',', '')),
        evaluatedElements: fromHex(vector.EvaluationElement.replaceAll(',', '')),
      };
      expect(batch.blindedElements.length).toBe(32 * vector.Batch);
      const proof = finish(proveEvaluation(pair, batch, { rng: fixedScalar(fromHex(vector.Proof.r)) }));
      expect(toHex(proof)).toBe(vector.Proof.proof);
      expect(finish(verifyEvaluation(pair.publicKey, batch, proof))).toBe(true);
    },
  );
});

describe('RFC 9497 proof quoted from appendix A.1.2, test vector 1', () => {
  it('verifyEvaluation accepts it', () => {
    const publicKey = fromHex('c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e');
    const batch = {
      blindedElements: fromHex('863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945'),
      evaluatedElements: fromHex('aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e'),
    };
    const proof = fromHex(
      'ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06' +
        '6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d',
    );
    expect(finish(verifyEvaluation(publicKey, batch, proof))).toBe(true);
  });
});

describe(`proveEvaluation and verifyEvaluation (seed ${SEED})`, () => {
  const rng = seededRng('batch');
  const pair = generateKeyPair(rng);
  const inputs = [1, 2, 3].map(() => rng(12));
  const blinded = inputs.map((input) => blind(input, { mode: 'voprf', rng }));
  const blindedElements = concatBytes(...blinded.map(({ element }) => element));
  const evaluatedElements = blindEvaluate(pair.secretKey, blindedElements);
  const batch = { blindedElements, evaluatedElements };
  const proof = finish(proveEvaluation(pair, batch, { rng }));
  const badMessage: unknown = expect.objectContaining({ name: 'ProtocolError', code: 'bad-message' });

  it('a verified batch finalizes to what the key holder evaluates alone', () => {
    expect(finish(verifyEvaluation(pair.publicKey, batch, proof))).toBe(true);
    for (const [k, input] of inputs.entries()) {
      const answer = { blind: blinded[k].blind, evaluatedElement: split(evaluatedElements)[k] };
      expect(finalize(input, answer)).toEqual(evaluate(pair.secretKey, input, { mode: 'voprf' }));
    }
  });

  it('noble finalizes with our proof, and we accept the proof of noble', () => {
    const items = inputs.map((input, k) => ({
      input,
      blind: blinded[k].blind,
      blinded: blinded[k].element,
      evaluated: split(evaluatedElements)[k],
    }));
    const outputs = ristretto255_oprf.voprf.finalizeBatch(items, pair.publicKey, proof);
    expect(outputs).toEqual(inputs.map((input) => evaluate(pair.secretKey, input, { mode: 'voprf' })));
    const theirs = ristretto255_oprf.voprf.blindEvaluateBatch(pair.secretKey, pair.publicKey, split(blindedElements));
    expect(concatBytes(...theirs.evaluated)).toEqual(evaluatedElements);
    expect(finish(verifyEvaluation(pair.publicKey, batch, theirs.proof))).toBe(true);
  });

  it('verifyEvaluation is false when one element was evaluated with another key', () => {
    const other = blindEvaluate(generateKeyPair(rng).secretKey, blindedElements.subarray(64));
    const forged = { blindedElements, evaluatedElements: concatBytes(evaluatedElements.subarray(0, 64), other) };
    expect(finish(verifyEvaluation(pair.publicKey, forged, proof))).toBe(false);
    const forgedProof = finish(proveEvaluation(pair, forged, { rng }));
    expect(finish(verifyEvaluation(pair.publicKey, forged, forgedProof))).toBe(false);
  });

  it('verifyEvaluation is false when two answers change places', () => {
    const [a, b, c] = split(evaluatedElements);
    const swapped = { blindedElements, evaluatedElements: concatBytes(b, a, c) };
    const forgedProof = finish(proveEvaluation(pair, swapped, { rng }));
    expect(finish(verifyEvaluation(pair.publicKey, swapped, forgedProof))).toBe(false);
  });

  it('verifyEvaluation is false for another public key and for part of the batch', () => {
    expect(finish(verifyEvaluation(generateKeyPair(rng).publicKey, batch, proof))).toBe(false);
    const part = {
      blindedElements: blindedElements.subarray(0, 64),
      evaluatedElements: evaluatedElements.subarray(0, 64),
    };
    expect(finish(verifyEvaluation(pair.publicKey, part, proof))).toBe(false);
  });

  it.each([0, 5, 31, 32, 50, 63])('verifyEvaluation is false or refuses when byte %i of the proof is changed', (at) => {
    const forged = proof.slice();
    forged[at] ^= 1;
    // The top bytes may leave the canonical range.
    let accepted = false;
    try {
      accepted = finish(verifyEvaluation(pair.publicKey, batch, forged));
    } catch (error) {
      expect(error).toEqual(badMessage);
    }
    expect(accepted).toBe(false);
  });

  it('verifyEvaluation is false for a proof of zeros', () => {
    expect(finish(verifyEvaluation(pair.publicKey, batch, new Uint8Array(64)))).toBe(false);
  });

  it.each([
    ['63 bytes', proof.subarray(0, 63)],
    ['65 bytes', concatBytes(proof, Uint8Array.of(0))],
    ['a challenge above the order', concatBytes(scalarBytes(GROUP_ORDER), proof.subarray(32))],
    ['a response above the order', concatBytes(proof.subarray(0, 32), new Uint8Array(32).fill(255))],
  ])('verifyEvaluation refuses a proof with %s', (_, bad) => {
    expect(() => finish(verifyEvaluation(pair.publicKey, batch, bad))).toThrow(badMessage);
  });

  it.each([
    ['the identity', new Uint8Array(32)],
    ['a non-canonical encoding', new Uint8Array(32).fill(255)],
    ['31 bytes', new Uint8Array(31).fill(2)],
  ])('verifyEvaluation and proveEvaluation refuse %s', (_, bad) => {
    expect(() => finish(verifyEvaluation(bad, batch, proof))).toThrow(badMessage);
    const badAnswer = { blindedElements, evaluatedElements: concatBytes(bad, evaluatedElements.subarray(32)) };
    expect(() => finish(verifyEvaluation(pair.publicKey, badAnswer, proof))).toThrow(badMessage);
    const badQuery = { blindedElements: concatBytes(blindedElements.subarray(0, 64), bad), evaluatedElements };
    expect(() => finish(verifyEvaluation(pair.publicKey, badQuery, proof))).toThrow(badMessage);
    expect(() => finish(proveEvaluation(pair, badQuery, { rng }))).toThrow(badMessage);
  });

  it('verifyEvaluation refuses different counts, and both refuse an empty and an oversize batch', () => {
    const uneven = { blindedElements, evaluatedElements: evaluatedElements.subarray(32) };
    expect(() => finish(verifyEvaluation(pair.publicKey, uneven, proof))).toThrow(badMessage);
    const badParameter: unknown = expect.objectContaining({ name: 'UsageError', code: 'bad-parameter' });
    for (const count of [0, 65_536]) {
      const bad = { blindedElements: new Uint8Array(32 * count), evaluatedElements: new Uint8Array(32 * count) };
      expect(() => finish(verifyEvaluation(pair.publicKey, bad, proof))).toThrow(badParameter);
      expect(() => finish(proveEvaluation(pair, bad, { rng }))).toThrow(badParameter);
    }
  });

  it.each([32, 33])('we and noble accept each other when a batch has %i elements, and pause between sums', (n) => {
    const elements = ristretto255Kernel().fromUniform(rng(64 * n));
    const many = { blindedElements: elements, evaluatedElements: blindEvaluate(pair.secretKey, elements) };
    const pauses = [...proveEvaluation(pair, many, { rng })].length;
    expect(pauses).toBe(n === 32 ? 1 : Math.ceil(n / 32) + 1);
    const theirs = ristretto255_oprf.voprf.blindEvaluateBatch(pair.secretKey, pair.publicKey, split(elements));
    for (const group of [referenceGroup, ristretto255Kernel()]) {
      const ours = finish(proveEvaluation(pair, many, { rng, group }));
      expect(finish(verifyEvaluation(pair.publicKey, many, ours, group))).toBe(true);
      expect(finish(verifyEvaluation(pair.publicKey, many, theirs.proof, group))).toBe(true);
      const swapped = many.evaluatedElements.slice();
      swapped.copyWithin(0, 32 * (n - 1));
      const forged = { ...many, evaluatedElements: swapped };
      expect(finish(verifyEvaluation(pair.publicKey, forged, ours, group))).toBe(false);
    }
  });
});
