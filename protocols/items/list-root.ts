/** The salted commitment of a party to a long list. */
import { concatBytes } from '../../src/crypto/bytes.ts';
import { hashLong } from '../../src/crypto/hash.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput } from '../../src/kit/small-input.ts';
import { inputRoot } from '../../src/kit/input-root.ts';
import type { PrepareContext } from '../../src/kit/protocol.ts';

/** `inputRoot` of the parts' hashes: it binds to the parts as well, and takes a fraction of the time. */
export async function listRoot(parts: readonly Uint8Array[], context: PrepareContext): Promise<Uint8Array> {
  return await inputRoot([await context.compute.run(partsJob, { parts }, context.signal)], context);
}

/** One hash of 32 bytes for each part. */
export const partsJob: Job<{ readonly parts: readonly Uint8Array[] }, Uint8Array> = defineJob(
  'items/parts',
  function* ({ parts }): Steps<Uint8Array> {
    const hashes: Uint8Array[] = [];
    for (const part of parts) hashes.push(yield* hashLong('list-part', part, blake2sKernel()));
    return concatBytes(...hashes);
  },
  { inPlace: isSmallInput },
);
