/** The computing of the VOLE engine as jobs over plain data: the oblivious PRF of src/crypto/vole-oprf.ts on its kernel. */
import { asWords } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import type { AskInput, Asked, EvaluateInput, VoleOprfShape } from '../../src/crypto/vole-oprf.ts';
import { voleOprfKernel } from '../../src/kernels/vole-oprf.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';

interface Common extends VoleOprfShape {
  /** Run id and channel. */
  readonly context: readonly Uint8Array[];
}

export type EncodeInput = Common & Omit<AskInput, 'seed'>;
export type VoleEvaluation = Common & Omit<EvaluateInput, 'seed'>;

/** The public salt of the table. The run id is drawn when both lists are fixed, so no account can be chosen for it. */
function saltOf({ context }: Common): Uint8Array {
  return hashTuple('overlap-okvs', ...context);
}

/** The receiver's part: D and its values, n x 16. */
export const encodeJob: Job<EncodeInput, Asked> = defineJob(
  'overlap/vole-encode',
  (input): Steps<Asked> => voleOprfKernel().ask(input, { ...input, seed: saltOf(input) }),
);

/** The values of the holder's records: n x 16. */
export const voleEvaluateJob: Job<VoleEvaluation, Uint8Array> = defineJob(
  'overlap/vole-evaluate',
  (input): Steps<Uint8Array> => voleOprfKernel().evaluate(input, { ...input, seed: saltOf(input) }),
);

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
