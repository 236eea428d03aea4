/** Runs of `match` between an asker, two contributors and a helper. */
import { createMatch, type MatchInput } from '../../protocols/match/index.ts';
import type { OprfEngine } from '../../protocols/oprf/index.ts';
import { u32le } from '../../src/crypto/bytes.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import type { InMemoryOptions } from '../../src/testing.ts';
import { outputsOf } from './run.ts';

export const ASKER: PartyId = partyId('asker');
export const CONTRIBUTOR: PartyId = partyId('bank-1');
export const HELPER: PartyId = partyId('helper');
const OTHER_CONTRIBUTOR = partyId('bank-2');

interface MatchRunOptions extends InMemoryOptions {
  readonly engine: OprfEngine;
  readonly seed?: number;
}

/** All lists are full, and the same. From 4,096 bins on a VOLE is expanded from a short one. */
export async function matchOf(bucket: number, { engine, seed = 1, ...options }: MatchRunOptions): Promise<void> {
  const digests = new Uint8Array(32 * bucket);
  for (let k = 0; k < bucket; k++) digests.set(hashTuple('item', u32le(k)), 32 * k);
  const contributors = [CONTRIBUTOR, OTHER_CONTRIBUTOR];
  const parameters = {
    asker: ASKER,
    contributors,
    committee: [CONTRIBUTOR, HELPER, OTHER_CONTRIBUTOR] as const,
    askerBucket: bucket,
    contributorBuckets: [bucket, bucket],
    scoreBits: 4,
  };
  const held: MatchInput = { held: { digests, scores: new Uint32Array(bucket).fill(1) } };
  const inputs = new Map<PartyId, MatchInput>([
    [ASKER, { asked: digests }],
    [HELPER, {}],
    [CONTRIBUTOR, held],
    [OTHER_CONTRIBUTOR, held],
  ]);
  await outputsOf(createMatch(engine), { parameters, inputs, initiator: ASKER }, seed, options);
}
