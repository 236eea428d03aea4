/** Salted commitment of a party to its input, for the run id. */
import { HASH_BYTES, IncrementalHash } from '../crypto/hash.ts';
import type { Steps } from '../crypto/steps.ts';
import { defineJob, type Job } from './compute.ts';
import { isSmallInput } from './small-input.ts';
import type { PrepareContext } from './protocol.ts';

const BYTES_PER_STEP = 65_536;

export const inputRootJob: Job<{ readonly parts: readonly Uint8Array[]; readonly salt: Uint8Array }, Uint8Array> =
  defineJob(
    'kit/input-root',
    function* ({ parts, salt }): Steps<Uint8Array> {
      const totalBytes = parts.reduce((sum, part) => sum + part.length, salt.length);
      const hash = new IncrementalHash('input-root', totalBytes);
      hash.update(salt);
      for (const part of parts) {
        for (let at = 0; at < part.length; at += BYTES_PER_STEP) {
          hash.update(part.subarray(at, at + BYTES_PER_STEP));
          yield;
        }
      }
      return hash.digest();
    },
    { inPlace: isSmallInput },
  );

/** 32 bytes that bind the party to `parts` and, thanks to a fresh salt, tell nothing about them. */
export function inputRoot(parts: readonly Uint8Array[], context: PrepareContext): Promise<Uint8Array> {
  return context.compute.run(inputRootJob, { parts, salt: context.rng(HASH_BYTES) }, context.signal);
}
