/** The computing of the VOLE engine as jobs over plain data: the oblivious PRF of src/crypto/vole-oprf.ts on its kernel. */
import { asWords, xorWordsInto } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import type { DecodeInput, EncodeInput, EvaluateInput, Records, VoleOprfShape } from '../../src/crypto/vole-oprf.ts';
import { voleOprfKernel } from '../../src/kernels/vole-oprf.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput } from '../../src/kit/small-input.ts';

interface Common extends VoleOprfShape {
  /** Run id and channel. */
  readonly context: readonly Uint8Array[];
}

export type VoleRows = Common & Omit<Records, 'salt'>;
export type VoleEncoding = Common & Omit<EncodeInput, 'salt'>;
export type VoleDecoding = Common & Omit<DecodeInput, 'salt'>;
export type VoleEvaluation = Common & Omit<EvaluateInput, 'salt'>;

/** The public salt of the table. The run id is drawn when both lists are fixed, so no account can be chosen for it. */
function saltOf({ context }: Common): Uint8Array {
  return hashTuple('overlap-okvs', ...context);
}

/** Rows that are there make work less, not more. */
function isSmallBesideRows(input: VoleEncoding): boolean {
  return isSmallInput({ ...input, expandedRows: undefined });
}

/** Expands the rows that `encode`, `decode` and `evaluate` begin with. */
export const expandRowsJob: Job<VoleRows, Uint8Array | undefined> = defineJob(
  'overlap/vole-expand',
  (input): Steps<Uint8Array | undefined> => voleOprfKernel().expandRows(input, { ...input, salt: saltOf(input) }),
  { inPlace: isSmallInput },
);

/** The receiver's table. */
export const encodeJob: Job<VoleEncoding, Uint8Array> = defineJob(
  'overlap/vole-encode',
  (input): Steps<Uint8Array> => voleOprfKernel().encode(input, { ...input, salt: saltOf(input) }),
  { inPlace: isSmallBesideRows },
);

/** The values of the receiver's records: n x 16. */
export const decodeJob: Job<VoleDecoding, Uint8Array> = defineJob(
  'overlap/vole-decode',
  (input): Steps<Uint8Array> => voleOprfKernel().decode(input, { ...input, salt: saltOf(input) }),
  { consumes: ['c', 'expandedRows'], inPlace: isSmallBesideRows },
);

/** The values of the holder's records: n x 16. */
export const voleEvaluateJob: Job<VoleEvaluation, Uint8Array> = defineJob(
  'overlap/vole-evaluate',
  (input): Steps<Uint8Array> => voleOprfKernel().evaluate(input, { ...input, salt: saltOf(input) }),
  { consumes: ['k', 'differences', 'expandedRows'], inPlace: isSmallBesideRows },
);

/** D = A + P, in place of the table P. @throws RangeError where A, which alone hides P, does not cover all of it */
export function addTo(table: Uint8Array, a: Uint8Array): void {
  const words = asWords(table);
  // Words of bytes that do not begin at one are a copy.
  if (words.buffer !== table.buffer || words.byteLength !== table.length || a.length !== table.length) {
    throw new RangeError('Cannot add: table and mask differ in length, or the table is not whole words');
  }
  xorWordsInto(words, asWords(a));
}

/** Adds one coin of both sides (16 bytes) to every value, in place. */
export function addCoin(values: Uint8Array, coin: Uint8Array): void {
  const words = asWords(values);
  const [c0, c1, c2, c3] = asWords(coin);
  for (let at = 0; at < words.length; at += 4) {
    words[at] ^= c0;
    words[at + 1] ^= c1;
    words[at + 2] ^= c2;
    words[at + 3] ^= c3;
  }
}
