/** Largest number of units of the operands. */
export interface FieldLimits {
  readonly left: bigint;
  readonly right: bigint;
  readonly square: bigint;
  readonly doubledSquare: bigint;
  readonly subtrahend: bigint;
  readonly multiple: bigint;
  readonly weak: bigint;
}
export const LIMITS: FieldLimits;
/** Largest magnitude of limb k within one unit. */
export function unitOf(k: number): bigint;
/** The AssemblyScript text; throws where a limb or column may exceed its bound. */
export function generateField25519(limits?: FieldLimits): string;
