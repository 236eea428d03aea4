/** Records that are no item's, in place of those that a list has not. */
import { fillFromDraw, type PrgDraw } from '../../src/crypto/prg.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';

/** Bytes between two pauses. */
const STEP_BYTES = 524_288;

/** Fills `records` with random bytes from the beginning of the draw. */
export function* fillRecords(fillers: PrgDraw, records: Uint8Array): Steps<void> {
  for (const [from, to] of ranges(records.length, STEP_BYTES)) {
    fillFromDraw(fillers, from, records.subarray(from, to), chacha20Kernel());
    yield;
  }
}
