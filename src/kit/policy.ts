/** May this node take part? Asked with the offer, before any byte that depends on its data. Default: no. */
import type { Offer } from './offer.ts';

export type Decision = { readonly allow: true } | { readonly allow: false; readonly reason: string };

/** Must not throw: an error counts as a refusal. May take as long as a person does; the run waits, up to its deadline. */
export interface Policy {
  decide(offer: Offer): Decision | Promise<Decision>;
}

/** Refuses every run. */
export const denyAll: Policy = { decide: () => ({ allow: false, reason: 'no policy is set' }) };

export interface AllowedQuestion {
  /** Protocol id: `flag/12`. */
  readonly protocol: string;
  /** Who may ask. */
  readonly initiators: readonly string[];
}

/** Allows the listed questions to the listed initiators, nothing else. */
export function allowList(allowed: readonly AllowedQuestion[]): Policy {
  return {
    decide: (offer) =>
      allowed.some((entry) => entry.protocol === offer.protocol && entry.initiators.includes(offer.initiator))
        ? { allow: true }
        : { allow: false, reason: 'question or initiator is not on the list' },
  };
}
