/** The computing of the VOLE engine as jobs over plain data: the oblivious PRF of src/crypto/vole-oprf.ts on its kernel. */
import { asWords, xorWordsInto } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import type { DecodeInput, EncodeInput, EvaluateInput, VoleOprfShape } from '../../src/crypto/vole-oprf.ts';
import { voleOprfKernel } from '../../src/kernels/vole-oprf.ts';
import { defineJob, type Job, SMALL_INPUT_BYTES } from '../../src/kit/compute.ts';

interface Common extends VoleOprfShape {
  /** Run id and channel. */
  readonly context: readonly Uint8Array[];
}

export type VoleEncoding = Common & Omit<EncodeInput, 'seed'>;
export type VoleDecoding = Common & Omit<DecodeInput, 'seed'>;
export type VoleEvaluation = Common & Omit<EvaluateInput, 'seed'>;

/** The public salt of the table. The run id is drawn when both lists are fixed, so no account can be chosen for it. */
function saltOf({ context }: Common): Uint8Array {
  return hashTuple('overlap-okvs', ...context);
}

function isSmall({ records }: VoleEncoding): boolean {
  return records.length <= SMALL_INPUT_BYTES;
}

/** The receiver's table. */
export const encodeJob: Job<VoleEncoding, Uint8Array> = defineJob(
  'overlap/vole-encode',
  (input): Steps<Uint8Array> => voleOprfKernel().encode(input, { ...input, seed: saltOf(input) }),
  { inPlace: (input) => isSmall(input) },
);

/** The values of the receiver's records: n x 16. */
export const decodeJob: Job<VoleDecoding, Uint8Array> = defineJob(
  'overlap/vole-decode',
  (input): Steps<Uint8Array> => voleOprfKernel().decode(input, { ...input, seed: saltOf(input) }),
  { consumes: ['c'], inPlace: (input) => isSmall(input) },
);

/** The values of the holder's records: n x 16. */
export const voleEvaluateJob: Job<VoleEvaluation, Uint8Array> = defineJob(
  'overlap/vole-evaluate',
  (input): Steps<Uint8Array> => voleOprfKernel().evaluate(input, { ...input, seed: saltOf(input) }),
  { consumes: ['k', 'differences'], inPlace: (input) => isSmall(input) },
);

/** D = A + P, in place of the table P. */
export function addTo(table: Uint8Array, a: Uint8Array): void {
  xorWordsInto(asWords(table), asWords(a));
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
