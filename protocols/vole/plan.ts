/** The public numbers of a VOLE, from length, field and security alone: both parties compute the same ones. */
import { BASE_OT_POINTS_BYTES } from '../../src/crypto/base-ot.ts';
import { copeeMessageBytes } from '../../src/crypto/copee.ts';
import { type VoleField } from '../../src/crypto/gf2.ts';
import { ELEMENT_BYTES } from '../../src/crypto/group.ts';
import { extensionMessageBytes } from '../../src/crypto/ot-extension.ts';
import { seedTreeMessageBytes } from '../../src/crypto/punctured-seeds.ts';
import { MIN_SILENT_LENGTH, silentVolePlan, type SilentVolePlan } from '../../src/crypto/silent-vole-plan.ts';
import { DELTA_BITS } from '../../src/crypto/subfield-vole.ts';
import { checkBaseLength } from '../../src/crypto/vole-check.ts';
import { UsageError } from '../../src/errors.ts';

export type VoleSecurity = 'semi-honest' | 'malicious';

/** What both parties agree on. */
export interface VoleShape {
  /** Rows, 1 to 2^23. */
  readonly length: number;
  /** The field of A. */
  readonly field: VoleField;
  readonly security: VoleSecurity;
}

/**
 * log2 of the seeds of a tree. 4,000 transfers and 300 base VOLEs over GF(2^64) at depths 1, 2, 4, 8 are 377, 193, 100 and
 * 54 kB, and with the kernels about 3, 2, 3 and 32 ms a side (Node 20.20, 2-core EPYC, 2026-11).
 */
export const SEED_TREE_DEPTH = 4;
export const SEED_TREES: number = DELTA_BITS / SEED_TREE_DEPTH;

/** s_0 and s_1 of 128 base transfers. */
export const POINTS_BYTES: number = DELTA_BITS * BASE_OT_POINTS_BYTES;
/** The sender's element of the base transfers, and the seed trees that grow from them. */
export const SEEDS_BYTES: number = ELEMENT_BYTES + seedTreeMessageBytes({ trees: SEED_TREES, depth: SEED_TREE_DEPTH });

export interface VolePlan extends VoleShape {
  readonly checked: boolean;
  /** Undefined where base VOLEs are the whole. */
  readonly silent: SilentVolePlan | undefined;
  /** Base VOLEs, those of the trees' check included. */
  readonly baseLength: number;
  /** The receiver's random transfers; the holder has 128, for Delta. */
  readonly pathCount: number;
  readonly pathsBytes: number;
  readonly deltaBytes: number;
  readonly baseBytes: number;
}

/** @throws UsageError where there is no plan */
export function volePlan({ length, field, security }: VoleShape): VolePlan {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new UsageError('Cannot plan VOLE: length is not a positive integer', { code: 'bad-parameter' });
  }
  const checked = security === 'malicious';
  const silent = length < MIN_SILENT_LENGTH ? undefined : silentVolePlan(length, field, { fullTrees: checked });
  const checkRows = checked ? checkBaseLength(field) : 0;
  const baseLength = silent === undefined ? length : silent.baseLength + checkRows;
  const pathCount = silent?.otCount ?? 0;
  const depth = SEED_TREE_DEPTH;
  return Object.freeze({
    length,
    field,
    security,
    checked,
    silent,
    baseLength,
    pathCount,
    pathsBytes: extensionMessageBytes({ count: pathCount, checked, depth }),
    deltaBytes: extensionMessageBytes({ count: DELTA_BITS, checked, depth }),
    baseBytes: copeeMessageBytes({ field, length: baseLength, checked, depth }),
  });
}

/** Messages that wait for each other, from no kept base transfers; with kept ones it is one less. */
export function voleRounds({ silent, checked }: VolePlan): number {
  if (silent === undefined) return 3;
  return checked ? 6 : 4;
}
