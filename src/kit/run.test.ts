import { describe, expect, it } from 'vitest';
import { insecureSeededRng, insecureTestSigner, insecureTestVerifier, runInMemory } from '../testing.ts';
import { InternalError } from '../errors.ts';
import { type PartyId, partyId } from './party.ts';
import { defineProtocol, type Prepared, type ProtocolDefinition } from './protocol.ts';
import type { RunResult } from './run.ts';

const parties = ['bank-a', 'bank-b'].map((name) => partyId(name));
const NO_PARAMETERS = {};

/** Something that a run holds and has to let go of; the file system refuses. */
class Holding implements Prepared<null> {
  readonly value = null;
  readonly root: Uint8Array = new Uint8Array(32);
  closed = 0;

  close(): Promise<void> {
    this.closed++;
    return Promise.reject(new Error('EACCES: planted'));
  }
}

function holdingProtocol(
  holdings: Map<PartyId, Holding>,
  role: () => Promise<string>,
): ProtocolDefinition<typeof NO_PARAMETERS, null, null, string> {
  return defineProtocol({
    spec: {
      id: 'holding/1',
      securityModel: 'none',
      validate: (parameters) => parameters,
      roles: () => new Map(parties.map((party) => [party, []])),
      flow: () => [],
      rounds: () => 0,
      failures: () => [],
      leakage: () => [],
    },
    prepare(_parameters, _input, { self }) {
      const holding = new Holding();
      holdings.set(self, holding);
      return Promise.resolve(holding);
    },
    run: role,
  });
}

async function outcomesOf(role: () => Promise<string>): Promise<readonly PromiseSettledResult<RunResult<string>>[]> {
  const holdings = new Map<PartyId, Holding>();
  const inputs = new Map(parties.map((party) => [party, null]));
  const outcomes = await runInMemory(
    holdingProtocol(holdings, role),
    { parameters: NO_PARAMETERS, inputs, initiator: parties[0] },
    {
      rng: (party) => insecureSeededRng('holding', party),
      signer: insecureTestSigner,
      verify: insecureTestVerifier,
    },
  );
  expect([...holdings.values()].map(({ closed }) => closed)).toEqual([1, 1]);
  return [...outcomes.values()];
}

describe('runParty', () => {
  it('gives its answer when the input cannot be let go of', async () => {
    const outcomes = await outcomesOf(() => Promise.resolve('answer'));
    expect(outcomes).toMatchObject(parties.map(() => ({ value: { output: 'answer' } })));
  });

  it('gives its error when the input cannot be let go of', async () => {
    const failure = new InternalError('Cannot: planted', { code: 'table-full' });
    const outcomes = await outcomesOf(() => Promise.reject(failure));
    expect(outcomes).toMatchObject(
      parties.map(() => ({ reason: { code: expect.stringMatching(/table-full|peer-aborted/) } })),
    );
  });
});
