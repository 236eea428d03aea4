/** Texts of `blindflag monitor`. */
import type { NodeEvent } from '../../node/ledger/monitor.ts';

/** What has a line of its own here: limits and alerts are told as the ledger's commands tell them. */
export type ToldEvent = Exclude<NodeEvent, { readonly kind: 'budget' | 'alert' }>;

export interface MonitorTexts {
  readonly help: Readonly<Record<'about' | 'json', string>>;
  /** Behind the time. */
  event(event: ToldEvent): string;
  alert(text: string): string;
  missed(count: number): string;
}
