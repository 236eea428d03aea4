/**
 * The mathematics of the Diffie–Hellman OPRF (2HashDH: Jarecki–Kiayias–Krawczyk, ASIACRYPT 2014; blinding as RFC 9497
 * §3.3.1) with a key per bin, as jobs over packed rows.
 *
 *   blind      R_j = rho_j · H(x_j)          rho_j uniform
 *   answer     Z_j = k_j · R_j               k_j = ChaCha20 block j under HKDF(k, sid), reduced modulo the order
 *   unblind    rho_j^-1 · Z_j = k_j · H(x_j)
 *   value      z_j = the first 16 bytes of BLAKE2s-256(sid, channel, holder; j, x_j, k_j · H(x_j))
 *
 * Secret-dependent time: the scalar arithmetic modulo the group order is BigInt (noble) and not constant time; the group
 * operations are as constant-time as the `Group` in use.
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { ELEMENT_BYTES, type Group, SCALAR_BYTES, scalarFromUniform, UNIFORM_BYTES } from '../../src/crypto/group.ts';
import { concatBytes, firstIntegers, utf8 } from '../../src/crypto/bytes.ts';
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { expandMessagesKernel } from '../../src/kernels/expand-message.ts';
import { ristretto255Kernel } from '../../src/kernels/ristretto255.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { type HashedValues, hashValues } from './values.ts';

/** RFC 9380 §3.1: names application, suite and use. */
const HASH_TO_GROUP_DOMAIN: Uint8Array = utf8('blindflag/1-oprf-dh-ristretto255_XMD:SHA-512_R255MAP_RO_');

/** Rows between two pauses: below 40 ms on the plain reference, a few with a kernel. */
const ROWS_PER_STEP = 16;

const { Fn } = ristretto255.Point;

function hashRecords(group: Group, records: Uint8Array): Uint8Array {
  return group.fromUniform(expandMessagesKernel()(records, RECORD_BYTES, HASH_TO_GROUP_DOMAIN));
}

/** Scalars number `from`.. of a stream: 64 uniform bytes each, reduced (RFC 9496 §4.4). */
function scalarsOf(draw: PrgDraw, indices: Iterable<number>): Uint8Array {
  const scalars: Uint8Array[] = [];
  const uniform = new Uint8Array(UNIFORM_BYTES);
  for (const index of indices)
    scalars.push(scalarFromUniform(fillFromDraw(draw, index * UNIFORM_BYTES, uniform, chacha20Kernel())));
  uniform.fill(0);
  return concatBytes(...scalars);
}

function invertScalars(scalars: Uint8Array): Uint8Array {
  const values: bigint[] = [];
  for (let at = 0; at < scalars.length; at += SCALAR_BYTES) {
    values.push(Fn.fromBytes(scalars.subarray(at, at + SCALAR_BYTES)));
  }
  return concatBytes(...Fn.invertBatch(values).map((value) => Fn.toBytes(value)));
}

function* indicesOf(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}

function times(group: Group, points: Uint8Array, scalars: Uint8Array): Uint8Array {
  const product = group.multiply(points, scalars);
  if (product === undefined) throw new RangeError('Cannot multiply: an own element is invalid');
  return product;
}

export interface Blinded {
  readonly query: Uint8Array;
  readonly unblinders: Uint8Array;
}

/** `records` n x 32 and a draw of n x 64 bytes to the n x 32 query and the n x 32 inverse blinds. */
export const blindJob: Job<{ readonly records: Uint8Array; readonly blinds: PrgDraw }, Blinded> = defineJob(
  'oprf/blind',
  function* ({ records, blinds }): Steps<Blinded> {
    const group = ristretto255Kernel();
    const count = records.length / RECORD_BYTES;
    const query = new Uint8Array(count * ELEMENT_BYTES);
    const unblinders = new Uint8Array(count * SCALAR_BYTES);
    for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
      const scalars = scalarsOf(blinds, indicesOf(from, to));
      const points = hashRecords(group, records.subarray(from * RECORD_BYTES, to * RECORD_BYTES));
      query.set(times(group, points, scalars), from * ELEMENT_BYTES);
      unblinders.set(invertScalars(scalars), from * SCALAR_BYTES);
      yield;
    }
    return { query, unblinders };
  },
);

/**
 * Multiplies row j of `points` by the scalar of row j: the whole product, or undefined when a row is no valid element.
 * Serves unblinding; the points are the peer's.
 */
export const multiplyJob: Job<{ readonly points: Uint8Array; readonly scalars: Uint8Array }, Uint8Array | undefined> =
  defineJob('oprf/multiply', function* ({ points, scalars }): Steps<Uint8Array | undefined> {
    const group = ristretto255Kernel();
    const count = points.length / ELEMENT_BYTES;
    const out = new Uint8Array(points.length);
    for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
      const product = group.multiply(
        points.subarray(from * ELEMENT_BYTES, to * ELEMENT_BYTES),
        scalars.subarray(from * SCALAR_BYTES, to * SCALAR_BYTES),
      );
      if (product === undefined) return undefined;
      out.set(product, from * ELEMENT_BYTES);
      yield;
    }
    return out;
  });

/** The scalars k_j of all bins: binCount x 32. */
export const binKeysJob: Job<{ readonly keys: PrgDraw; readonly binCount: number }, Uint8Array> = defineJob(
  'oprf/bin-keys',
  function* ({ keys, binCount }): Steps<Uint8Array> {
    const out = new Uint8Array(binCount * SCALAR_BYTES);
    for (const [from, to] of ranges(binCount, ROWS_PER_STEP)) {
      out.set(scalarsOf(keys, indicesOf(from, to)), from * SCALAR_BYTES);
      yield;
    }
    return out;
  },
);

/** The holder's own elements: each record under the keys of its k bins; n x k x 32. */
export const evaluateJob: Job<
  { readonly records: Uint8Array; readonly bins: Uint32Array; readonly binKeys: Uint8Array },
  Uint8Array
> = defineJob('oprf/evaluate', function* ({ records, bins, binKeys }): Steps<Uint8Array> {
  const group = ristretto255Kernel();
  const out = new Uint8Array(bins.length * ELEMENT_BYTES);
  const count = records.length / RECORD_BYTES;
  const share = bins.length / count;
  for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
    const hashed = hashRecords(group, records.subarray(from * RECORD_BYTES, to * RECORD_BYTES));
    for (let k = 0; k < share; k++) {
      const scalars = new Uint8Array((to - from) * SCALAR_BYTES);
      for (let i = from; i < to; i++) {
        const bin = bins[share * i + k];
        scalars.set(binKeys.subarray(bin * SCALAR_BYTES, (bin + 1) * SCALAR_BYTES), (i - from) * SCALAR_BYTES);
      }
      const points = times(group, hashed, scalars);
      for (let i = from; i < to; i++) {
        const own = (i - from) * ELEMENT_BYTES;
        out.set(points.subarray(own, own + ELEMENT_BYTES), (share * i + k) * ELEMENT_BYTES);
      }
      yield;
    }
  }
  return out;
});

/** Values from elements; bins are those of the records' numbers by default. */
export const hashElementsJob: Job<
  Omit<HashedValues, 'bins'> & { readonly bins?: Uint32Array; readonly elements: Uint8Array },
  Uint8Array
> = defineJob('oprf/hash-elements', function* ({ bins, ...rest }): Steps<Uint8Array> {
  return yield* hashValues('oprf-dh', { bins: bins ?? firstIntegers(rest.records.length / RECORD_BYTES), ...rest });
});
