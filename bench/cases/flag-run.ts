/** One whole flag run of all parties in this process, and what its reports say. */
import type { FlagInput, FlagParameters, FlagProtocol } from '../../protocols/flag/index.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { runInMemory, succeeded } from '../../src/testing/in-memory.ts';

export interface FlagRunOutcome {
  /** One byte per account. */
  readonly flagged: Uint8Array;
  /** Sent by all parties together, frame headers included. */
  readonly bytes: number;
  readonly rounds: number;
  readonly failureLog2: number;
}

export async function flagRun(
  protocol: FlagProtocol,
  parameters: FlagParameters,
  inputOf: (party: PartyId) => FlagInput,
): Promise<FlagRunOutcome> {
  const parties = [...protocol.spec.roles(parameters).keys()];
  const inputs = new Map(parties.map((party) => [party, inputOf(party)]));
  const results = succeeded(await runInMemory(protocol, { parameters, inputs, initiator: parameters.asker }));
  const own = results.get(parameters.asker);
  if (own?.output === undefined) throw new TypeError('Cannot read answer: the asker has none');
  const { rounds, failureLog2 } = own.report;
  let bytes = 0;
  for (const { report } of results.values()) bytes += report.traffic.sentBytes;
  return { flagged: own.output.flagged, bytes, rounds, failureLog2 };
}
