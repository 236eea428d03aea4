/**
 * The proof of RFC 9497 §2.2 for mode VOPRF of ristretto255-SHA512: that n evaluated elements are n blinded elements
 * times the one secret key behind a public key. A Chaum-Pedersen proof of equal discrete logarithms, made
 * non-interactive by hashing, over one random combination of the batch.
 *
 * Security model: sound and zero-knowledge in the random oracle model (RFC 9497 §7.1). All arithmetic on elements goes
 * through the group given. Not protected: the prover's response r - c * k is BigInt arithmetic and not constant time.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { ProtocolError, UsageError } from '../errors.ts';
import { concatBytes, equalBytes, utf8 } from './bytes.ts';
import { ELEMENT_BYTES, type Group, randomScalar, referenceGroup, SCALAR_BYTES, scalarFromBytes } from './group.ts';
import {
  badElement,
  blindEvaluate,
  elementCount,
  GENERATOR,
  hashToScalar,
  lengthPrefixed,
  oprfContext,
  type OprfKeyPair,
  scalarBytes,
} from './oprf.ts';
import type { Rng } from './rng.ts';
import type { Steps } from './steps.ts';

const { Fn } = ristretto255.Point;

export const PROOF_BYTES: number = 2 * SCALAR_BYTES;
/** The index within a batch is hashed as two bytes. */
export const MAX_PROOF_ELEMENTS = 65_535;
/** Products that are summed between two pauses: below 40 ms on the plain reference. */
const TERMS_PER_STEP = 32;
const ONE = Fn.toBytes(1n);

const CONTEXT = oprfContext('voprf');
const SCALAR_DOMAIN = concatBytes(utf8('HashToScalar-'), CONTEXT);
const SEED_DOMAIN = concatBytes(utf8('Seed-'), CONTEXT);

/** What a proof speaks of: 1..65535 pairs, each side n x 32 bytes. */
export interface EvaluationBatch {
  readonly blindedElements: Uint8Array;
  readonly evaluatedElements: Uint8Array;
}

export interface ProofOptions {
  /** 64 bytes are drawn; the same twice would give the key away. */
  readonly rng: Rng;
  /** Undefined means the plain reference. */
  readonly group?: Group | undefined;
}

/**
 * GenerateProof (§2.2.1): 64 bytes, challenge || response. @throws ProtocolError 'bad-message' on a bad element,
 * UsageError 'bad-parameter' on a batch out of bounds
 */
export function* proveEvaluation(
  { secretKey, publicKey }: OprfKeyPair,
  batch: EvaluationBatch,
  { rng, group = referenceGroup }: ProofOptions,
): Steps<Uint8Array> {
  const weights = compositeWeights(publicKey, batch);
  const combined = yield* combine(batch.blindedElements, weights, group);
  // ComputeCompositesFast: the evaluated side's combination is the key times this one.
  const evaluated = blindEvaluate(secretKey, combined, group);
  const nonce = randomScalar(rng);
  const t2 = blindEvaluate(nonce, GENERATOR, group);
  const t3 = blindEvaluate(nonce, combined, group);
  const challenge = challengeScalar([publicKey, combined, evaluated, t2, t3]);
  const response = Fn.sub(scalarFromBytes(nonce), Fn.mul(challenge, scalarFromBytes(secretKey)));
  return concatBytes(scalarBytes(challenge), scalarBytes(response));
}

/**
 * VerifyProof (§2.2.2): false when the proof does not hold. @throws ProtocolError 'bad-message' when the public key, an
 * element or a scalar is malformed or the counts differ, UsageError 'bad-parameter' on a batch out of bounds
 */
export function* verifyEvaluation(
  publicKey: Uint8Array,
  batch: EvaluationBatch,
  proof: Uint8Array,
  group: Group = referenceGroup,
): Steps<boolean> {
  const [challenge, response] = decodeProof(proof);
  if (elementCount(publicKey) !== 1) throw badElement();
  const scalars = concatBytes(response, challenge);
  const t2 = group.sumOfProducts(concatBytes(GENERATOR, publicKey), scalars);
  if (t2 === undefined) throw badElement();
  const weights = compositeWeights(publicKey, batch);
  const combined = yield* combine(batch.blindedElements, weights, group);
  const evaluated = yield* combine(batch.evaluatedElements, weights, group);
  const t3 = group.sumOfProducts(concatBytes(combined, evaluated), scalars);
  // Only where a combination is the identity, which random weights make with probability 2^-252.
  if (t3 === undefined) return false;
  const expected = challengeScalar([publicKey, combined, evaluated, t2, t3]);
  return equalBytes(scalarBytes(expected), challenge);
}

/** d_i of ComputeComposites, n x 32 bytes: hashed from the key and every pair. */
function compositeWeights(publicKey: Uint8Array, { blindedElements, evaluatedElements }: EvaluationBatch): Uint8Array {
  const count = elementCount(blindedElements);
  if (elementCount(evaluatedElements) !== count) throw badElement();
  if (count < 1 || count > MAX_PROOF_ELEMENTS) {
    throw new UsageError('Cannot prove evaluation: batch out of bounds', { code: 'bad-parameter' });
  }
  const seed = lengthPrefixed(sha512(concatBytes(lengthPrefixed(publicKey), lengthPrefixed(SEED_DOMAIN))));
  const weights = Array.from({ length: count }, (_, i) => {
    const index = Uint8Array.of(i >>> 8, i & 0xff);
    const pair = [elementAt(blindedElements, i), elementAt(evaluatedElements, i)].map(lengthPrefixed);
    return scalarBytes(hashToScalar(concatBytes(seed, index, ...pair, utf8('Composite')), SCALAR_DOMAIN));
  });
  return concatBytes(...weights);
}

/** The sum of weight times element. @throws ProtocolError 'bad-message' on a bad element */
function* combine(elements: Uint8Array, weights: Uint8Array, group: Group): Steps<Uint8Array> {
  const sums: Uint8Array[] = [];
  for (let at = 0; at < elements.length; at += TERMS_PER_STEP * ELEMENT_BYTES) {
    const [points, scalars] = [elements, weights].map((rows) => rows.subarray(at, at + TERMS_PER_STEP * ELEMENT_BYTES));
    const sum = group.sumOfProducts(points, scalars);
    if (sum === undefined) throw badElement();
    sums.push(sum);
    yield;
  }
  if (sums.length === 1) return sums[0];
  return yield* combine(concatBytes(...sums), concatBytes(...sums.map(() => ONE)), group);
}

function challengeScalar(elements: readonly Uint8Array[]): bigint {
  return hashToScalar(concatBytes(...elements.map(lengthPrefixed), utf8('Challenge')), SCALAR_DOMAIN);
}

function elementAt(elements: Uint8Array, i: number): Uint8Array {
  return elements.subarray(ELEMENT_BYTES * i, ELEMENT_BYTES * (i + 1));
}

/** Challenge and response. */
function decodeProof(proof: Uint8Array): [Uint8Array, Uint8Array] {
  const [challenge, response] = [proof.subarray(0, SCALAR_BYTES), proof.subarray(SCALAR_BYTES)];
  try {
    if (proof.length !== PROOF_BYTES) throw new RangeError('length');
    Fn.fromBytes(challenge);
    Fn.fromBytes(response);
  } catch {
    throw new ProtocolError('Cannot read proof: not two canonical scalars', { code: 'bad-message' });
  }
  return [challenge, response];
}
