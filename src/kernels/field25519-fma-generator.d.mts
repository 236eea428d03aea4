/** Largest number of units of the operands; `product` is for that of both operands. */
export interface FmaFieldLimits {
  readonly product: bigint;
  readonly square: bigint;
  readonly multiple: bigint;
  readonly weak: bigint;
}
export const LIMITS: FmaFieldLimits;
/** Largest magnitude of a limb within one unit. */
export const UNIT: bigint;
/** The AssemblyScript text; throws where a limb, product or column may exceed its bound. */
export function generateField25519Fma(limits?: FmaFieldLimits): string;
