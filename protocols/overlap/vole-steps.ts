/**
 * The mathematics of the VOLE engine (Raghuraman, Rindal, CCS 2022, eprint 2022/320), as jobs over packed rows:
 *
 *   VOLE         C = A Δ + K, one row per column of the table      receiver A, C      holder Δ, K
 *   table        P with Decode(P, x) = H(x) for every record x of the receiver: 𝔹, m columns
 *   difference   D = A + P                                         receiver to holder
 *   holder       K' = K + D Δ = C + P Δ
 *   value        z(y) = Decode(K', y) + H(y) Δ = Decode(C, y) + (Decode(P, y) + H(y)) Δ
 *
 * which is Decode(C, x) for y = x, since Decode is linear over GF(2). A, P, D, H are over 𝔹, the rest over GF(2^128). Sums
 * are XORs. Products with Δ are look-ups in tables of its multiples, addressed by what the holder received or by its own
 * records (a local attacker's view), never by Δ. Encoding branches on the receiver's own records; see src/crypto/okvs.ts.
 */
import { asBytes, asWords } from '../../src/crypto/bytes.ts';
import { fieldBytes, GF128_BYTES, type VoleField } from '../../src/crypto/gf2.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { OKVS_KEY_BYTES, okvsShape } from '../../src/crypto/okvs.ts';
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import type { Rng } from '../../src/crypto/rng.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { gf2Kernel } from '../../src/kernels/gf2.ts';
import { okvsKernel } from '../../src/kernels/okvs.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { RECORD_BYTES } from '../oprf/index.ts';

const ROWS_PER_STEP = 65_536;
const KEY_WORDS: number = OKVS_KEY_BYTES / 4;
const WIDE_WORDS: number = GF128_BYTES / 4;

/** What both sides have in common. */
export interface Common {
  readonly field: VoleField;
  /** Run id and channel. */
  readonly context: readonly Uint8Array[];
}

interface HashedRecords {
  /** n x 16. */
  readonly keys: Uint8Array;
  /** n x the words of an element of 𝔹. */
  readonly hashes: Uint32Array;
}

/**
 * A record is a hash under the run id, or as long a random string, so its parts are independent hashes: bytes 0 to 15 of
 * its digest are the key under which the table has it, bytes from 16 on H.
 */
function* partsOf(records: Uint8Array, field: VoleField): Steps<HashedRecords> {
  const count = records.length / RECORD_BYTES;
  const keys = new Uint32Array(count * KEY_WORDS);
  const hashes = new Uint32Array((count * fieldBytes(field)) / 4);
  for (let from = 0; from < count; from += ROWS_PER_STEP) {
    const to = Math.min(count, from + ROWS_PER_STEP);
    copyParts(records, 1, keys, { from, to });
    copyParts(records, 1 + OKVS_KEY_BYTES, hashes, { from, to });
    yield;
  }
  return { keys: asBytes(keys), hashes };
}

/** Words of each record from byte `start` on, as many as a row of `out` has. */
function copyParts(
  records: Uint8Array,
  start: number,
  out: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  const width = (out.length * RECORD_BYTES) / records.length;
  for (let i = from; i < to; i++) {
    const at = i * RECORD_BYTES + start;
    for (let k = 0; k < width; k++) out[i * width + k] = view.getUint32(at + 4 * k, true);
  }
}

/** The public salt of the table. The run id is drawn when both lists are fixed, so no account can be chosen for it. */
function saltOf(context: readonly Uint8Array[]): Uint8Array {
  return hashTuple('overlap-okvs', ...context);
}

export interface EncodeInput extends Common {
  /** The receiver's, all different. */
  readonly records: Uint8Array;
  /** Randomness of the columns that no record needs. */
  readonly free: PrgDraw;
  /** The receiver's VOLE. */
  readonly a: Uint8Array;
  readonly c: Uint8Array;
}

export interface Encoded {
  /** D: what goes to the holder. */
  readonly differences: Uint8Array;
  /** z of the records: n x 16 bytes. */
  readonly values: Uint8Array;
}

/** The receiver's part. */
export const encodeJob: Job<EncodeInput, Encoded> = defineJob('overlap/vole-encode', function* (input): Steps<Encoded> {
  const { keys, hashes } = yield* partsOf(input.records, input.field);
  const shape = okvsShape(input.records.length / RECORD_BYTES, fieldBytes(input.field) / 4);
  const seed = saltOf(input.context);
  const table = yield* okvsKernel().encode(shape, { seed, keys, values: hashes, rng: drawing(input.free) });
  yield* addInto(table, asWords(input.a));
  const wide = { ...shape, valueWords: WIDE_WORDS };
  const values = yield* okvsKernel().decode(wide, { seed, keys, table: asWords(input.c) });
  return { differences: asBytes(table), values: asBytes(values) };
});

/** Bytes to draw for `free`. */
export function freeBytes(columns: number, field: VoleField): number {
  return columns * fieldBytes(field);
}

/** Draws of whole blocks but for the last one. */
function drawing(draw: PrgDraw): Rng {
  let at = 0;
  return (length) => {
    const bytes = fillFromDraw(draw, at, new Uint8Array(length), chacha20Kernel());
    at += length;
    return bytes;
  };
}

function* addInto(sum: Uint32Array, added: Uint32Array): Steps<void> {
  for (let from = 0; from < sum.length; from += ROWS_PER_STEP) {
    addWords(sum, added, from, Math.min(sum.length, from + ROWS_PER_STEP));
    yield;
  }
}

function addWords(sum: Uint32Array, added: Uint32Array, from: number, to: number): void {
  for (let k = from; k < to; k++) sum[k] ^= added[k];
}

export interface VoleEvaluation extends Common {
  /** The holder's. */
  readonly records: Uint8Array;
  /** Records that the receiver's table has room for. */
  readonly rowCount: number;
  /** K'. */
  readonly table: Uint8Array;
  readonly delta: Uint8Array;
}

/** z of the holder's records: n x 16 bytes. */
export const voleEvaluateJob: Job<VoleEvaluation, Uint8Array> = defineJob(
  'overlap/vole-evaluate',
  function* (input): Steps<Uint8Array> {
    const { field, delta } = input;
    const { keys, hashes } = yield* partsOf(input.records, input.field);
    const query = { seed: saltOf(input.context), keys, table: asWords(input.table) };
    const values = asBytes(yield* okvsKernel().decode(okvsShape(input.rowCount, WIDE_WORDS), query));
    yield* gf2Kernel().addScaledRows(values, { field, rows: asBytes(hashes), delta });
    return values;
  },
);
