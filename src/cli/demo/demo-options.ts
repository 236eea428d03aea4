/** What `blindflag demo` was asked to do, checked. */

/** The numbers of flag/12 that a command line can be wrong about; a test compares them with the protocol's. */
export const MIN_INSTITUTIONS = 3;
export const MAX_INSTITUTIONS = 10;
export const MIN_QUORUM = 2;
/** Largest score of the demo's rule; higher evidence counts as this much. */
export const SCORE_MAX = 255;

export type DemoSource =
  | { readonly kind: 'generated'; readonly accountsPerInstitution: number; readonly seed: string }
  | { readonly kind: 'amlsim'; readonly directory: string };

/** Engines that the command line offers: those that are secure. */
export const ENGINES = ['vole', 'dh'] as const;
export type EngineId = (typeof ENGINES)[number];

export interface DemoOptions {
  readonly source: DemoSource;
  readonly institutions: number;
  /** t, counted over the other institutions. */
  readonly quorum: number;
  /** T, over the sum of the others' scores. */
  readonly scoreThreshold: number;
  readonly engine: EngineId;
  /** All institutions in this process; otherwise a process each. */
  readonly inMemory: boolean;
  readonly json: boolean;
}
