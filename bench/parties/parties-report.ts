/** Results of parties in processes of their own, as they are stored. */
import type { QuestionSamples, QuestionSummary } from '../../src/measure/measure-question.ts';
import type { Spread } from '../../src/measure/statistics.ts';
import type { MachineRecord } from '../machine.ts';

export const PARTIES_FORMAT = 'blindflag-parties/2';

/** What the model of rounds and bytes says beside a measured run over a link. */
export interface LinkModel {
  /** Chain of messages, the opening's included. */
  readonly messages: number;
  /** Through the busiest direction of a link between two parties. */
  readonly bytes: number;
  readonly computeMs: number;
  readonly modelMs: number;
}

export interface PartiesRow extends QuestionSummary {
  /** question/engine/institutions x accounts/threads/node/link/state. */
  readonly id: string;
  readonly node: string;
  /** Name of the link's shape, or `loopback`. */
  readonly link: string;
  readonly model?: LinkModel;
  readonly allAsk?: AllAsk;
  /** Of the attempt that had less quiet cores, where it was asked again: it is in no figure. */
  readonly setAside?: QuestionSamples;
}

/** All institutions ask, one after the other, with kept base transfers. */
export interface AllAsk {
  /** Until the last has its answer. */
  readonly wallMs: Spread;
  /** Of what counts, the longest that the yardstick took beside it on the slowest core. */
  readonly slowestMs: number;
  /** Of all times of the yardstick until then. */
  readonly quickestMs: number;
}

export interface PartiesReport extends MachineRecord {
  readonly format: typeof PARTIES_FORMAT;
  readonly short: boolean;
  /** When what had no quiet cores was asked again, and what the machine did when that began. */
  readonly again?: Pick<MachineRecord, 'date' | 'loadAverage'>;
  readonly rows: readonly PartiesRow[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

export function rowId(
  {
    settings,
    threads,
    state,
    baseTransfers,
  }: Pick<QuestionSummary, 'settings' | 'threads' | 'state' | 'baseTransfers'>,
  { node, link }: { readonly node: string; readonly link: string },
): string {
  const { question, engine, security, institutions, accounts } = settings;
  return [
    question,
    security === undefined ? engine : `${engine}-${security}`,
    `${institutions}x${accounts}`,
    `threads-${threads}`,
    node.replace(/^v(\d+)\..*$/, 'node-$1'),
    link,
    `${state}-${baseTransfers}`,
  ].join('/');
}
