/** A flag run over memory links for tests: one call, everything seeded. */
import { createFlag, flag, type FlagInput, type FlagOptions, flagParameters } from '../../protocols/flag/index.ts';
import type { FlagAnswer, FlagParameters, FlagProtocol } from '../../protocols/flag/index.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import type { RunResult } from '../../src/kit/run.ts';
import {
  type InMemoryOptions,
  insecureIdealOprf,
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  runInMemory,
  succeeded,
} from '../../src/testing.ts';

export type ScoredAccount = readonly [account: string, score: number];

/** What everybody brings: the asker's accounts and one list per contributor. */
export interface FlagCase {
  readonly accounts: readonly string[];
  readonly evidence: readonly (readonly ScoredAccount[])[];
}

export interface FlagSettings extends InMemoryOptions {
  readonly rule?: Partial<FlagOptions>;
  readonly seed?: string | number;
  /** Default: the ideal engine. A protocol must offer the engine that the rule names. */
  readonly protocol?: FlagProtocol;
  /** Inputs that replace those of the case, by party. */
  readonly inputs?: Readonly<Record<string, FlagInput>>;
}

export type Outcomes = ReadonlyMap<PartyId, PromiseSettledResult<RunResult<FlagAnswer | undefined>>>;

export const ASKER: PartyId = partyId('bank-a');
export const CONTRIBUTORS: readonly PartyId[] = [...'bcdefghij'].map((letter) => partyId(`bank-${letter}`));
const ROWS_PER_BATCH = 4096;

export const idealFlagProtocol: FlagProtocol = createFlag([insecureIdealOprf(insecureSeededRng('ideal engine')(32))]);
export const dhSettings: FlagSettings = { protocol: flag, rule: { oprf: 'dh' } };

/** The parameters of a case: smallest buckets, and what the rule says. */
export function parametersFor(data: FlagCase, rule: Partial<FlagOptions> = {}): FlagParameters {
  return flagParameters({
    asker: ASKER,
    contributors: CONTRIBUTORS.slice(0, data.evidence.length),
    askerItems: data.accounts.length,
    contributorItems: data.evidence.map((rows) => rows.length),
    smallestBucket: 64,
    oprf: 'ideal',
    ...rule,
  });
}

export function evidenceRows(rows: readonly ScoredAccount[]): FlagInput {
  return {
    evidence: batchesOf(rows).map((batch) => ({
      accounts: batch.map(([account]) => account),
      scores: Uint32Array.from(batch, ([, score]) => score),
    })),
  };
}

export function accountRows(accounts: readonly string[]): FlagInput {
  return { accounts: batchesOf(accounts).map((batch) => ({ accounts: batch })) };
}

function batchesOf<T>(rows: readonly T[]): (readonly T[])[] {
  const count = Math.ceil(rows.length / ROWS_PER_BATCH);
  return Array.from({ length: count }, (_, k) => rows.slice(k * ROWS_PER_BATCH, (k + 1) * ROWS_PER_BATCH));
}

/** Every party's outcome. */
export async function runFlag(data: FlagCase, settings: FlagSettings = {}): Promise<Outcomes> {
  const { rule, seed = 1, protocol = idealFlagProtocol, inputs: replaced = {}, ...options } = settings;
  const parameters = parametersFor(data, rule);
  const inputs = new Map<PartyId, FlagInput>([[parameters.asker, accountRows(data.accounts)]]);
  parameters.contributors.forEach((name, index) => inputs.set(name, evidenceRows(data.evidence[index])));
  for (const member of parameters.committee) if (!inputs.has(member)) inputs.set(member, {});
  for (const [name, input] of Object.entries(replaced)) inputs.set(partyId(name), input);
  return await runInMemory(
    protocol,
    { parameters, inputs, initiator: parameters.asker },
    {
      rng: (party) => insecureSeededRng(seed, party),
      signer: insecureTestSigner,
      verify: insecureTestVerifier,
      ...options,
    },
  );
}

/** The asker's answer of a run that all parties have to end well. */
export async function askFlag(data: FlagCase, settings: FlagSettings = {}): Promise<boolean[]> {
  return answerOf(await runFlag(data, settings));
}

export function answerOf(outcomes: Outcomes): boolean[] {
  const results = succeeded(outcomes);
  const learned = [...results].filter(([, result]) => result.output !== undefined).map(([party]) => party);
  if (learned.join() !== ASKER) throw new Error(`Cannot read answer: ${learned.join()} got one`);
  return Array.from(results.get(ASKER)?.output?.flagged ?? [], (bit) => bit === 1);
}

/** The rule in plain words, written apart from the package: lists hold every account once. */
export function expectedFlags(data: FlagCase, rule: Pick<FlagOptions, 'quorum' | 'score'>): boolean[] {
  const scoresOf = new Map<string, number[]>();
  for (const [account, score] of data.evidence.flat()) {
    const scores = scoresOf.get(account);
    if (scores === undefined) scoresOf.set(account, [score]);
    else scores.push(score);
  }
  return data.accounts.map((account) => {
    let holders = 0;
    let sum = 0;
    for (const score of scoresOf.get(account) ?? []) {
      holders++;
      sum += score;
    }
    return holders >= (rule.quorum ?? 2) && (rule.score === undefined || sum >= rule.score.threshold);
  });
}

/** The same rows in an order of the seed (Fisher and Yates, with draws of 32 bits: a test's purpose). */
export function shuffled<T>(rows: readonly T[], seed: string): T[] {
  const rng = insecureSeededRng('shuffle', seed);
  const out = [...rows];
  for (let i = out.length - 1; i > 0; i--) {
    const j = new DataView(rng(4).buffer).getUint32(0) % (i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}
