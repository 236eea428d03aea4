/** Which runs a demo consists of: data, parties, parameters, all fixed before the first byte is sent. */
import {
  type Disclosure,
  type FlagInput,
  type FlagParameters,
  flagParameters,
  MIN_BATCH,
} from '../../../protocols/flag/index.ts';
import { readAmlsim } from '../../data/amlsim.ts';
import { accountSource, type Consortium, evidenceSource, type InstitutionData } from '../../data/consortium-data.ts';
import { type PartyId, partyId } from '../../kit/party.ts';
import { sampleConsortium } from '../../service/sample-consortium.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { type DemoOptions, SCORE_MAX } from './demo-options.ts';
import type { FaultTexts } from '../texts.ts';

/** One institution's question to all others. */
export interface PlannedRun {
  readonly asker: InstitutionData;
  readonly parameters: FlagParameters;
  readonly inputs: ReadonlyMap<PartyId, FlagInput>;
}

export interface DemoPlan {
  /** With scores cut to the largest that the rule knows: what the runs and the plaintext rule both see. */
  readonly consortium: Consortium;
  readonly cappedScores: number;
  /** Committee members without data. */
  readonly helpers: readonly string[];
  readonly acknowledged: readonly Disclosure[];
  /** In the order of the institutions. */
  readonly runs: readonly PlannedRun[];
}

/** Smallest size bucket: small demos stay quick; what it tells about their sizes is generated anyway. */
const SMALLEST_BUCKET = 64;
const HELPER = 'clearing-house';
const COMMITTEE = 3;

/** @throws UsageError when the data cannot be read or made */
export async function loadConsortium(
  { source, institutions }: Pick<DemoOptions, 'source' | 'institutions'>,
  signal: AbortSignal,
): Promise<Consortium> {
  if (source.kind === 'amlsim') return await readAmlsim(source.directory, { institutions, signal });
  const { accountsPerInstitution, seed } = source;
  return await sampleConsortium({ institutions, accountsPerInstitution, seed, signal });
}

/** @throws UsageError when the rule or the sizes cannot be */
export function planDemo(data: Consortium, options: DemoOptions, faults: FaultTexts): DemoPlan {
  const { consortium, cappedScores } = capScores(data);
  for (const { name, accounts } of consortium.institutions) {
    if (accounts.length < MIN_BATCH) {
      throw new ArgumentError(faults.smallInstitution(name, accounts.length, MIN_BATCH));
    }
  }
  const contributorCount = options.institutions - 1;
  const helpers = contributorCount < COMMITTEE ? [HELPER] : [];
  const acknowledged: readonly Disclosure[] =
    options.quorum === contributorCount ? ['positive-answer-names-all-contributors'] : [];
  const runs = consortium.institutions.map((asker) => planRun(asker, consortium, { options, helpers, acknowledged }));
  return { consortium, cappedScores, helpers, acknowledged, runs };
}

interface Agreement {
  readonly options: DemoOptions;
  readonly helpers: readonly string[];
  readonly acknowledged: readonly Disclosure[];
}

function planRun(
  asker: InstitutionData,
  { institutions }: Consortium,
  { options, helpers, acknowledged }: Agreement,
): PlannedRun {
  const contributors = institutions.filter((institution) => institution !== asker);
  const names = contributors.map(({ name }) => name);
  // The largest list of all decides, so that the sizes say nothing about any one institution.
  const contributorItems = Math.max(...institutions.map(({ evidence }) => evidence.length));
  const parameters = flagParameters({
    asker: asker.name,
    contributors: names,
    committee: [...names, ...helpers].slice(0, COMMITTEE),
    quorum: options.quorum,
    score: { threshold: options.scoreThreshold, max: SCORE_MAX },
    askerItems: Math.max(...institutions.map(({ accounts }) => accounts.length)),
    contributorItems: names.map(() => contributorItems),
    smallestBucket: SMALLEST_BUCKET,
    oprf: options.engine,
    acknowledged,
  });
  const inputs = new Map<PartyId, FlagInput>([[parameters.asker, { accounts: accountSource(asker) }]]);
  for (const contributor of contributors) {
    inputs.set(partyId(contributor.name), { evidence: evidenceSource(contributor) });
  }
  for (const helper of helpers) inputs.set(partyId(helper), {});
  return { asker, parameters, inputs };
}

function capScores(data: Consortium): { readonly consortium: Consortium; readonly cappedScores: number } {
  const isHigh = ({ score }: { readonly score: number }): boolean => score > SCORE_MAX;
  const cappedScores = data.institutions.reduce((sum, { evidence }) => sum + evidence.filter(isHigh).length, 0);
  if (cappedScores === 0) return { consortium: data, cappedScores };
  const institutions = data.institutions.map((institution) => ({
    ...institution,
    evidence: institution.evidence.map((row) => (isHigh(row) ? { ...row, score: SCORE_MAX } : row)),
  }));
  return { consortium: { ...data, institutions }, cappedScores };
}
