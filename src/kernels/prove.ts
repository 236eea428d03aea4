/** All kernels that runs of protocols use, compiled and tested before there is one. */
import { referenceBitSlicer } from '../crypto/bit-slices.ts';
import { referenceBlake2s } from '../crypto/blake2s.ts';
import { referenceChaCha20 } from '../crypto/chacha20.ts';
import { referenceCuckoo } from '../crypto/cuckoo.ts';
import { referenceGf2 } from '../crypto/gf2.ts';
import { referenceExpandMessages, referenceGroup } from '../crypto/group.ts';
import { referenceOkvs } from '../crypto/okvs.ts';
import { referenceSilentVole } from '../crypto/reference-expansion.ts';
import { referenceRows } from '../crypto/rows.ts';
import { referenceSortedTags } from '../crypto/sorted-tags.ts';
import { referenceVoleOprf } from '../crypto/vole-oprf.ts';
import { bitSlicesKernel } from './bit-slices.ts';
import { blake2sKernel } from './blake2s.ts';
import { chacha20Kernel } from './chacha20.ts';
import { cuckooKernel } from './cuckoo.ts';
import { expandMessagesKernel } from './expand-message.ts';
import { gf2Kernel } from './gf2.ts';
import { okvsKernel } from './okvs.ts';
import { ristretto255Kernel } from './ristretto255.ts';
import { rowsKernel } from './rows.ts';
import { silentVoleKernel } from './silent-vole.ts';
import { sortedTagsKernel } from './sorted-tags.ts';
import { streamFoldsKernel } from './stream-folds.ts';
import { voleOprfKernel } from './vole-oprf.ts';

const KERNELS: readonly (readonly [kernel: () => unknown, reference: unknown])[] = [
  [blake2sKernel, referenceBlake2s],
  [chacha20Kernel, referenceChaCha20],
  [ristretto255Kernel, referenceGroup],
  [expandMessagesKernel, referenceExpandMessages],
  [bitSlicesKernel, referenceBitSlicer],
  [cuckooKernel, referenceCuckoo],
  [gf2Kernel, referenceGf2],
  [okvsKernel, referenceOkvs],
  [rowsKernel, referenceRows],
  [silentVoleKernel, referenceSilentVole],
  [sortedTagsKernel, referenceSortedTags],
  [voleOprfKernel, referenceVoleOprf],
  // Its reference is made for the ChaCha20 that there is.
  [streamFoldsKernel, undefined],
];

/**
 * Compiles and tests them, some ten milliseconds each, with `turn` between two of them. Returns for how many the plain
 * reference runs instead: many times slower, and that of the group not in constant time.
 */
export async function proveKernels(turn: () => Promise<void>): Promise<number> {
  let missing = 0;
  for (const [kernel, reference] of KERNELS) {
    if (kernel() === reference) missing++;
    await turn();
  }
  return missing;
}
