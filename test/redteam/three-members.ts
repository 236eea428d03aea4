/** Three members, and one party outside the committee, that run a piece of committee code over memory links. */
import {
  checkCommittee,
  type CommitteeMember,
  joinCommittee,
  type Committee,
} from '../../protocols/committee/index.ts';
import type { Rng } from '../../src/crypto/rng.ts';
import type { Io } from '../../src/kit/io.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { defineProtocol, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import {
  type InMemoryOptions,
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  runInMemory,
  succeeded,
} from '../../src/testing.ts';

export const COMMITTEE: Committee = checkCommittee(['member-0', 'member-1', 'member-2'].map(partyId));
export const OUTSIDER: PartyId = partyId('outsider');
const PARTIES: readonly PartyId[] = [...COMMITTEE, OUTSIDER];

export interface Bodies<T> {
  readonly member: (io: Io, self: CommitteeMember) => Promise<T>;
  readonly outsider?: (io: Io) => Promise<T>;
}

/** What every party returned. `broken` replaces a member's randomness once the run is open. */
export async function runMembers<T>(
  seed: string,
  bodies: Bodies<T>,
  { broken, ...options }: InMemoryOptions & { readonly broken?: Rng } = {},
): Promise<ReadonlyMap<PartyId, T | undefined>> {
  const protocol: ProtocolDefinition<{ readonly purpose: string }, undefined, undefined, T | undefined> =
    defineProtocol({
      spec: {
        id: 'red-team/1',
        securityModel: 'a piece of a protocol, for tests',
        validate: (parameters) => parameters,
        roles: () => new Map(PARTIES.map((party) => [party, ['party']])),
        flow: () => [],
        rounds: () => 0,
        failures: () => [],
        leakage: () => [],
      },
      prepare: () => Promise.resolve({ value: undefined, root: new Uint8Array(32) }),
      async run(io) {
        if (io.self === OUTSIDER) return await bodies.outsider?.(io);
        const joining = broken === undefined ? io.sub('committee') : withRng(io.sub('committee'), broken);
        return await bodies.member(io, await joinCommittee(joining, COMMITTEE));
      },
    });
  const outcomes = await runInMemory(
    protocol,
    {
      parameters: { purpose: 'test' },
      inputs: new Map(PARTIES.map((party) => [party, undefined])),
      initiator: OUTSIDER,
    },
    {
      rng: (party) => insecureSeededRng(seed, party),
      signer: insecureTestSigner,
      verify: insecureTestVerifier,
      ...options,
    },
  );
  return new Map([...succeeded(outcomes)].map(([party, { output }]) => [party, output]));
}

/** The same surroundings with another source of randomness. */
function withRng(io: Io, rng: Rng): Io {
  return new Proxy(io, {
    get: (target, key) => {
      if (key === 'rng') return rng;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
