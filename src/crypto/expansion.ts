/** What a silent VOLE's expansion needs of an engine: the loops over leaves and rows, in plain TypeScript or a kernel. */
import type { TransferKeys } from './ggm.ts';
import type { ExpansionKeys, SilentVolePlan } from './silent-vole-plan.ts';

/** What an expansion holds: a vector (K), or two (C and A). */
export type ExpansionRole = 'holder' | 'receiver';

export type OpenExpansion = (plan: SilentVolePlan, keys: ExpansionKeys, role: ExpansionRole) => Expansion;

/** Leaves and positions between two pauses: a few milliseconds of work. */
export interface Pace {
  readonly leaves: number;
  readonly positions: number;
}

/** One party's expansion in progress: the loops over leaves and rows. Words are 32-bit; nodes have 4. */
export interface Expansion {
  readonly pace: Pace;
  /** See `transferPads`; valid until the next pads. */
  pads(tree: number, keys: TransferKeys): Uint32Array;
  /** Grows a tree; returns its sums, valid until the next one is grown. */
  grow(tree: number, root: Uint32Array): Uint32Array;
  /** Grows a tree without the path to a leaf: see `growPunctured`. */
  growPunctured(tree: number, leaf: number, sums: Uint32Array): void;
  /** Puts those leaves of the grown tree that the code works on in place, with `noise` (4 words) at `leaf`. */
  placeRight(tree: number, leaf: number, noise: Uint32Array): void;
  convolve(pass: number, from: number, to: number): void;
  wrap(pass: number): void;
  /** Turns the grown tree's other leaves into rows, when the code's work is done. */
  finishLeft(tree: number, leaf: number, noise: Uint32Array): void;
  /** The vectors: `c` is K for a holder, whose `a` is empty. */
  take(): { readonly a: Uint8Array; readonly c: Uint8Array };
  /** Wipes and gives back; nothing else may be called afterwards. */
  close(): void;
}

/** No leaf: nothing of a tree is left out. */
export const WHOLE = 0x7fff_ffff;
