/**
 * Oblivious pseudorandom functions of RFC 9497 for the suite ristretto255-SHA512 (§4.1), modes OPRF (0x00) and VOPRF
 * (0x01); the proofs of VOPRF are in oprf-proof.ts. The holder of a key evaluates F(key, input) on a blinded input: it
 * learns nothing of the input, and the other side nothing of the key beyond the outputs it asked for.
 *
 * Security model: as RFC 9497 §7; static Diffie-Hellman weakens by about log2(evaluations) / 2 bits (§7.2.3). Not
 * protected: inputs of low entropy, once an output is known to somebody who may evaluate; the number of inputs; in mode
 * OPRF, a holder that evaluates with another key. Secret scalars are multiplied by `Group.multiply`: whoever needs
 * constant time passes such a group; unblinding inverts the blind in BigInt, which is not.
 *
 * Elements are 32-byte canonical encodings, many of them n x 32 bytes row-major; scalars 32 bytes little-endian.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { InternalError, ProtocolError, UsageError } from '../errors.ts';
import { concatBytes, utf8 } from './bytes.ts';
import {
  ELEMENT_BYTES,
  expandMessage,
  type Group,
  GROUP_ORDER,
  invertScalar,
  randomScalar,
  referenceGroup,
  SCALAR_BYTES,
} from './group.ts';
import type { Rng } from './rng.ts';

/** Which mode's domain separation: the two give different outputs for the same key and input. */
export type OprfMode = 'oprf' | 'voprf';

export interface OprfOptions {
  readonly mode: OprfMode;
  /** Undefined means the plain reference. */
  readonly group?: Group | undefined;
}

export interface OprfKeyPair {
  readonly secretKey: Uint8Array;
  /** The generator times the secret key. */
  readonly publicKey: Uint8Array;
}

export interface Blinded {
  /** Secret: keep it for `finalize`. */
  readonly blind: Uint8Array;
  readonly element: Uint8Array;
}

/** RFC 9497 §1.2: inputs are length-prefixed with two bytes. */
export const MAX_OPRF_INPUT_BYTES = 65_535;
export const OPRF_SEED_BYTES = 32;

/** The generator's encoding (RFC 9496 §4.5). */
export const GENERATOR: Uint8Array = ristretto255.Point.BASE.toBytes();

/** contextString of RFC 9497 §3.1. */
export function oprfContext(mode: OprfMode): Uint8Array {
  return concatBytes(utf8('OPRFV1-'), Uint8Array.of(mode === 'oprf' ? 0 : 1), utf8('-ristretto255-SHA512'));
}

/** HashToGroup (RFC 9497 §4.1; hash_to_ristretto255 of RFC 9380 appendix B). */
export function hashToGroup(message: Uint8Array, { mode, group = referenceGroup }: OprfOptions): Uint8Array {
  return group.fromUniform(expandMessage(message, concatBytes(utf8('HashToGroup-'), oprfContext(mode))));
}

/** HashToScalar with a domain of the caller's: 64 expanded bytes, reduced modulo the group order; zero is possible. */
export function hashToScalar(message: Uint8Array, domain: Uint8Array): bigint {
  const uniform = expandMessage(message, domain);
  let value = 0n;
  for (let i = uniform.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(uniform[i]);
  return value % GROUP_ORDER;
}

/** I2OSP(length, 2) || bytes. */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff), bytes);
}

/** DeriveKeyPair (§3.2.1): the same pair for the same 32-byte seed and info. @throws UsageError 'bad-input' */
export function deriveKeyPair(
  seed: Uint8Array,
  info: Uint8Array,
  { mode, group = referenceGroup }: OprfOptions,
): OprfKeyPair {
  if (seed.length !== OPRF_SEED_BYTES) {
    throw new UsageError('Cannot derive key pair: seed is not 32 bytes', { code: 'bad-input' });
  }
  requireInput(info);
  const domain = concatBytes(utf8('DeriveKeyPair'), oprfContext(mode));
  for (let counter = 0; counter < 256; counter++) {
    const scalar = hashToScalar(concatBytes(seed, lengthPrefixed(info), Uint8Array.of(counter)), domain);
    if (scalar !== 0n) return keyPair(scalarBytes(scalar), group);
  }
  throw new InternalError('Cannot derive key pair: only zero scalars', { code: 'internal' });
}

/** A fresh pair. */
export function generateKeyPair(rng: Rng, group: Group = referenceGroup): OprfKeyPair {
  return keyPair(randomScalar(rng), group);
}

/** Blind (§3.3.1): `element` goes to the key's holder. @throws UsageError 'bad-input' */
export function blind(input: Uint8Array, options: OprfOptions & { readonly rng: Rng }): Blinded {
  requireInput(input);
  const { rng, group = referenceGroup } = options;
  const scalar = randomScalar(rng);
  return { blind: scalar, element: timesOwn(hashToGroup(input, options), scalar, group) };
}

/**
 * BlindEvaluate (§3.3.1) of n elements from a peer with one key. The work does not pause: with the plain reference cut
 * batches at a few elements. @throws ProtocolError 'bad-message' when one is not canonical or is the identity
 */
export function blindEvaluate(
  secretKey: Uint8Array,
  blindedElements: Uint8Array,
  group: Group = referenceGroup,
): Uint8Array {
  const count = elementCount(blindedElements);
  const scalars = new Uint8Array(SCALAR_BYTES * count);
  for (let i = 0; i < count; i++) scalars.set(secretKey, SCALAR_BYTES * i);
  try {
    return timesPeer(blindedElements, scalars, group);
  } finally {
    scalars.fill(0);
  }
}

/**
 * Finalize (§3.3.1), the same in both modes: the 64-byte output. In mode VOPRF the proof is to be verified before.
 * @throws ProtocolError 'bad-message' when the peer's element is not canonical or is the identity
 */
export function finalize(
  input: Uint8Array,
  answer: { readonly blind: Uint8Array; readonly evaluatedElement: Uint8Array },
  group: Group = referenceGroup,
): Uint8Array {
  requireInput(input);
  if (elementCount(answer.evaluatedElement) !== 1) throw badElement();
  return output(input, timesPeer(answer.evaluatedElement, invertScalar(answer.blind), group));
}

/** Evaluate (§3.3.1): the output for an input of the key holder's own. @throws UsageError 'bad-input' */
export function evaluate(secretKey: Uint8Array, input: Uint8Array, options: OprfOptions): Uint8Array {
  requireInput(input);
  return output(input, timesOwn(hashToGroup(input, options), secretKey, options.group ?? referenceGroup));
}

/** How many elements a peer sent. @throws ProtocolError 'bad-message' when the bytes are no whole number of them */
export function elementCount(elements: Uint8Array): number {
  if (elements.length % ELEMENT_BYTES !== 0) throw badElement();
  return elements.length / ELEMENT_BYTES;
}

/** Says neither which element nor what it holds. */
export function badElement(): ProtocolError {
  return new ProtocolError('Cannot read element: not a canonical encoding of a group element other than the identity', {
    code: 'bad-message',
  });
}

/** A scalar below the group order as 32 bytes little-endian. */
export function scalarBytes(scalar: bigint): Uint8Array {
  return Uint8Array.from({ length: SCALAR_BYTES }, (_, i) => Number((scalar >> BigInt(8 * i)) & 0xffn));
}

function keyPair(secretKey: Uint8Array, group: Group): OprfKeyPair {
  return { secretKey, publicKey: timesOwn(GENERATOR, secretKey, group) };
}

function output(input: Uint8Array, element: Uint8Array): Uint8Array {
  return sha512(concatBytes(lengthPrefixed(input), lengthPrefixed(element), utf8('Finalize')));
}

function timesPeer(elements: Uint8Array, scalars: Uint8Array, group: Group): Uint8Array {
  const products = group.multiply(elements, scalars);
  if (products === undefined) throw badElement();
  return products;
}

/** An element made here: only a message that hashes to the identity (RFC: InvalidInputError, 2^-252) fails. */
function timesOwn(element: Uint8Array, scalar: Uint8Array, group: Group): Uint8Array {
  const product = group.multiply(element, scalar);
  if (product === undefined) {
    throw new UsageError('Cannot hash input: it maps to the identity', { code: 'bad-input' });
  }
  return product;
}

function requireInput(input: Uint8Array): void {
  if (input.length > MAX_OPRF_INPUT_BYTES) {
    throw new UsageError('Cannot use input: longer than 65535 bytes', { code: 'bad-input' });
  }
}
