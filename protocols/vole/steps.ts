/** The computing of a VOLE as jobs over plain data: crypto functions on the kernels. */
import { answerBaseOts, type BaseOtChoice, chooseBaseOts, openBaseOts } from '../../src/crypto/base-ot.ts';
import { concatBytes } from '../../src/crypto/bytes.ts';
import {
  copeeHold,
  type CopeeHolderInput,
  copeeReceive,
  type CopeeReceived,
  type CopeeReceiverInput,
} from '../../src/crypto/copee.ts';
import { ELEMENT_BYTES } from '../../src/crypto/group.ts';
import {
  type ChooserInput,
  type ChosenKeys,
  chooseTransfers,
  type OffererInput,
  offerTransfers,
} from '../../src/crypto/ot-extension.ts';
import { pickSeeds, plantSeeds } from '../../src/crypto/punctured-seeds.ts';
import { wiping } from '../../src/crypto/secrets.ts';
import type { HolderInput, HolderOutput, ReceiverInput, ReceiverOutput } from '../../src/crypto/silent-vole.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import {
  answerCheck,
  type CheckedOutput,
  expandChecked,
  type HolderCheck,
  type HolderRows,
  type ReceiverCheck,
} from '../../src/crypto/vole-check.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { ristretto255Kernel } from '../../src/kernels/ristretto255.ts';
import { silentVoleKernel } from '../../src/kernels/silent-vole.ts';
import { streamFoldsKernel } from '../../src/kernels/stream-folds.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { SEED_TREE_DEPTH, SEED_TREES } from './plan.ts';

const shape = { trees: SEED_TREES, depth: SEED_TREE_DEPTH } as const;

/** The points of 128 base transfers, as their receiver. */
export const pointsJob: Job<Parameters<typeof chooseBaseOts>[1], BaseOtChoice> = defineJob(
  'vole/points',
  (input): Steps<BaseOtChoice> => chooseBaseOts(basePrimitives(), input),
);

export interface Planted {
  readonly message: Uint8Array;
  readonly seeds: Uint8Array;
}

/** As the sender of base transfers: the own element, and seed trees that grow from both keys of each. */
export const plantJob: Job<Parameters<typeof answerBaseOts>[1], Planted> = defineJob('vole/plant', (input) =>
  wiping(function* (secrets): Steps<Planted> {
    const { element, pairs } = yield* answerBaseOts(basePrimitives(), input);
    const planting = { ...shape, context: input.context, pairs: secrets.hold(pairs) };
    const { message, seeds } = yield* plantSeeds(chacha20Kernel(), planting);
    return { message: concatBytes(element, message), seeds };
  }),
);

export interface PickSeedsInput {
  readonly context: Uint8Array;
  readonly choices: Uint8Array;
  readonly scalars: Uint8Array;
  readonly delta: Uint8Array;
  readonly message: Uint8Array;
}

/** As the receiver of base transfers: all seeds but those that Delta names. */
export const pickJob: Job<PickSeedsInput, Uint8Array> = defineJob('vole/pick', (input) =>
  wiping(function* (secrets): Steps<Uint8Array> {
    const { context, delta } = input;
    const element = input.message.subarray(0, ELEMENT_BYTES);
    const message = input.message.subarray(ELEMENT_BYTES);
    const keys = secrets.hold(yield* openBaseOts(basePrimitives(), { ...input, element }));
    return yield* pickSeeds(chacha20Kernel(), { ...shape, context, keys, missing: delta, message });
  }),
);

export const chooseJob: Job<ChooserInput, ChosenKeys> = defineJob(
  'vole/choose',
  (input): Steps<ChosenKeys> => chooseTransfers(extensionPrimitives(), input),
);

export const offerJob: Job<OffererInput, Uint8Array> = defineJob(
  'vole/offer',
  (input): Steps<Uint8Array> => offerTransfers(extensionPrimitives(), input),
);

export const receiveBaseJob: Job<CopeeReceiverInput, CopeeReceived> = defineJob(
  'vole/receive-base',
  (input): Steps<CopeeReceived> => copeeReceive(extensionPrimitives(), input),
);

export const holdBaseJob: Job<CopeeHolderInput, Uint8Array> = defineJob(
  'vole/hold-base',
  (input): Steps<Uint8Array> => copeeHold(extensionPrimitives(), input),
);

export const expandHolderJob: Job<HolderInput, HolderOutput> = defineJob(
  'vole/expand-holder',
  (input): Steps<HolderOutput> => silentVoleKernel().expandHolder(input),
);

export const expandReceiverJob: Job<ReceiverInput, ReceiverOutput> = defineJob(
  'vole/expand-receiver',
  (input): Steps<ReceiverOutput> => silentVoleKernel().expandReceiver(input),
);

/** The same with what the receiver asks of the holder, and the answer that honest trees give. */
export const expandCheckedJob: Job<{ readonly input: ReceiverInput; readonly check: ReceiverCheck }, CheckedOutput> =
  defineJob(
    'vole/expand-checked',
    ({ input, check }): Steps<CheckedOutput> => expandChecked(silentVoleKernel(), input, check),
  );

/** The holder's answer to a challenge of its rows. */
export const proveJob: Job<{ readonly input: HolderRows; readonly check: HolderCheck }, Uint8Array> = defineJob(
  'vole/prove',
  ({ input, check }): Steps<Uint8Array> => answerCheck(silentVoleKernel(), input, check),
  // With the kernel, to hand the rows over takes as long as to weigh them.
  { inPlace: () => true },
);

function basePrimitives() {
  return { group: ristretto255Kernel(), blake2s: blake2sKernel() };
}

function extensionPrimitives() {
  return { chacha20: chacha20Kernel(), blake2s: blake2sKernel(), folds: streamFoldsKernel() };
}
