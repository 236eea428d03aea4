/** What a measuring process and the process of a party say to each other: plain data, in turn. */
import type { PostedError } from '../node/workers/posted-error.ts';
import type { OperationCost, QuestionSettings } from './part.ts';

/** Where a party is reached; absent where it dials this one. */
export interface PartyAddress {
  readonly card: string;
  readonly url?: string;
}

export type PartyRequest =
  | { readonly kind: 'begin'; readonly name: string; readonly threads: number }
  | { readonly kind: 'peers'; readonly peers: readonly PartyAddress[] }
  | { readonly kind: 'prepare'; readonly settings: QuestionSettings }
  /** Links of the run are opened, so that no frame comes for a run that is not known yet. */
  | { readonly kind: 'open'; readonly runName: string }
  | { readonly kind: 'run'; readonly keep: boolean; readonly profile: boolean };

/** What one run was at one party. */
export interface PartyCost {
  readonly party: string;
  readonly roles: readonly string[];
  /** From the request until this party's part was over. */
  readonly wallMs: number;
  /** Of the whole process with all its threads. */
  readonly cpuMs: number;
  /** Highest resident size of the process since it began. */
  readonly peakRssBytes: number;
  /** Whole frames, headers included; what encryption and sockets add is not in it. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The most that it sent to one other party. */
  readonly mostToOneBytes: number;
  readonly operations?: OperationCost;
  /** CPU time by kind of job, where it was asked for. */
  readonly cpuMsByJob?: Readonly<Record<string, number>>;
}

export interface RanReply {
  readonly kind: 'ran';
  readonly cost: PartyCost;
  readonly correct: boolean;
  readonly protocol: string;
  readonly securityModel: string;
  readonly rounds: number;
  readonly failureLog2: number;
}

export type PartyReply =
  | { readonly kind: 'listening'; readonly card: string; readonly port: number }
  | { readonly kind: 'ready' }
  | RanReply
  | { readonly kind: 'failed'; readonly error: PostedError };
