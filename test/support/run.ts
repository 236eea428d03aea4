/** Runs of a few parties for tests of protocol folders: seeded, cheap signatures, every party's outcome awaited. */
import { type PartyId, partyId } from '../../src/kit/party.ts';
import type { ProtocolDefinition } from '../../src/kit/protocol.ts';
import {
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  type InMemoryOptions,
  runInMemory,
  succeeded,
} from '../../src/testing.ts';

export const parties = (...names: readonly string[]): PartyId[] => names.map((name) => partyId(name));

/** Outputs of all parties; fails when any of them fails. */
export async function outputsOf<P, I, T, O>(
  protocol: ProtocolDefinition<P, I, T, O>,
  run: { readonly parameters: P; readonly inputs: ReadonlyMap<PartyId, I>; readonly initiator: PartyId },
  seed: number | string,
  options: InMemoryOptions = {},
): Promise<ReadonlyMap<PartyId, O>> {
  const outcomes = await runInMemory(protocol, run, {
    rng: (party) => insecureSeededRng('run', seed, party),
    signer: insecureTestSigner,
    verify: insecureTestVerifier,
    ...options,
  });
  return new Map([...succeeded(outcomes)].map(([party, result]) => [party, result.output]));
}
