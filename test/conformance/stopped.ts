/** Parties that stop in the middle of a run, with a word of the network or without. */
import type { Interceptor, MemoryNetwork } from '../../src/kit/memory-network.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ObserveOptions } from './observe.ts';

export type Stop = 'its process dies' | 'it falls silent';
export const stops: readonly Stop[] = ['its process dies', 'it falls silent'];

/** Stops `party` just before it sends its frame number `at`. */
export function stopAt(party: PartyId, at: number, how: Stop): ObserveOptions & { readonly stopped: () => boolean } {
  let network: MemoryNetwork | undefined;
  let sent = 0;
  const intercept: Interceptor = (from, _to, frame) => {
    if (from !== party) return [frame];
    if (sent++ < at) return [frame];
    if (how === 'its process dies') network?.disconnect(party);
    return [];
  };
  return { intercept, onNetwork: (created) => (network = created), stopped: () => sent > at };
}
