/** A protocol of committee members alone, so that operations on shares are measured without the rest of a run. */
import type { PartyId } from '../src/kit/party.ts';
import type { ProtocolSpec } from '../src/kit/protocol.ts';

export const COMMITTEE_MODEL = 'semi-honest; one member of three may be curious';

export function memberSpec(id: string, members: readonly PartyId[]): ProtocolSpec<object> {
  return {
    id,
    securityModel: COMMITTEE_MODEL,
    validate: (parameters) => parameters,
    roles: () => new Map(members.map((party) => [party, ['member']])),
    flow: () => [],
    rounds: () => 0,
    failures: () => [],
    leakage: () => [],
  };
}
