/** What secure-sum/1 is, as data; README.md says the same in words. */
import { type FlowRow, onChannel, type PartyId, type ProtocolSpec } from 'blindflag';
import { checkSumParameters, type SumParameters } from './parameters.ts';

/** A share or a partial sum: one integer modulo 2^64. */
const VALUE_BYTES = 8;

export const sumSpec: ProtocolSpec<SumParameters> = {
  id: 'secure-sum/1',
  securityModel: 'semi-honest; all parties but two may pool what they see',
  validate: checkSumParameters,
  roles: ({ parties }) => new Map(parties.map((party) => [party, ['summand']])),
  flow: ({ parties }) => [...toAllOthers('shares', 'share', parties), ...toAllOthers('partials', 'partial', parties)],
  rounds: () => 2,
  failures: () => [],
  leakage: () => [{ to: 'every party', learns: 'the sum of all values, and when each party was slow' }],
};

function toAllOthers(channel: string, message: string, parties: readonly PartyId[]): readonly FlowRow[] {
  // onChannel leaves out what a party sends to itself.
  return onChannel(
    channel,
    parties.flatMap((from) => parties.map((to) => ({ from, to, message, count: 1, bytes: VALUE_BYTES }))),
  );
}
