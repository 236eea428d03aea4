import { describe, expect, it } from 'vitest';
import { partyId } from '../../src/kit/party.ts';
import { createFlag, flag, type FlagInput, type FlagOptions, flagParameters, idealFlag } from './index.ts';
import {
  insecureIdealOprf,
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  type InMemoryOptions,
  runInMemory,
  succeeded,
} from '../../src/testing.ts';

const NAMES = ['bank-a', 'bank-b', 'bank-c', 'bank-d', 'bank-e', 'bank-f', 'bank-g', 'bank-h', 'bank-i', 'bank-j'];

interface Case {
  readonly accounts: readonly string[];
  /** Rows per contributor; accounts may repeat. */
  readonly evidence: readonly (readonly (readonly [string, number])[])[];
}

const ideal = createFlag([insecureIdealOprf(insecureSeededRng('ideal')(32))]);

async function ask(
  data: Case,
  rule: Partial<FlagOptions>,
  {
    engine = 'ideal',
    seed = 1,
    ...options
  }: { engine?: 'ideal' | 'dh' | 'vole'; seed?: number } & InMemoryOptions = {},
): Promise<boolean[]> {
  const [asker, ...rest] = NAMES;
  const contributors = rest.slice(0, data.evidence.length);
  const parameters = flagParameters({
    asker,
    contributors,
    askerItems: data.accounts.length,
    contributorItems: data.evidence.map((rows) => rows.length),
    smallestBucket: 64,
    oprf: engine,
    ...rule,
  });
  const inputs = new Map([[partyId(asker), { accounts: [{ accounts: data.accounts }] } as FlagInput]]);
  for (const [index, name] of contributors.entries()) {
    const rows = data.evidence[index];
    inputs.set(partyId(name), {
      evidence: [{ accounts: rows.map(([account]) => account), scores: Uint32Array.from(rows, ([, score]) => score) }],
    });
  }
  for (const member of parameters.committee) if (!inputs.has(member)) inputs.set(member, {});
  const outcomes = await runInMemory(
    engine === 'ideal' ? ideal : flag,
    { parameters, inputs, initiator: parameters.asker },
    {
      rng: (party) => insecureSeededRng(seed, party),
      signer: insecureTestSigner,
      verify: insecureTestVerifier,
      ...options,
    },
  );
  const answer = succeeded(outcomes).get(parameters.asker)?.output;
  return Array.from(answer?.flagged ?? [], (bit) => bit === 1);
}

function randomCase(seed: number, contributors: number, accounts: number): Case {
  const rng = insecureSeededRng('case', seed, contributors);
  const own = Array.from({ length: accounts }, (_, k) => `id:${k}`);
  return {
    accounts: own,
    evidence: Array.from({ length: contributors }, () =>
      own.filter(() => rng(1)[0] < 128).map((account) => [account, rng(1)[0]] as const),
    ),
  };
}

function expected(data: Case, rule: { quorum?: number; score?: { threshold: number; max: number } }): boolean[] {
  return idealFlag(
    { quorum: rule.quorum ?? 2, ...(rule.score === undefined ? {} : { score: rule.score }) },
    data.accounts,
    data.evidence.map((rows) => new Map(rows)),
  );
}

describe('flag', () => {
  it('equals the ideal functionality when 4 institutions use count and score rules', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const data = randomCase(seed, 3, 50);
      const rule = { quorum: 2, score: { threshold: 100 + 60 * seed, max: 255 } };
      expect(await ask(data, rule, { seed })).toEqual(expected(data, rule));
    }
  });

  it.each(['dh', 'vole'] as const)('equals the ideal functionality when the %s engine runs', async (engine) => {
    const data = randomCase(7, 3, 40);
    const rule = { quorum: 2, score: { threshold: 200, max: 255 } };
    expect(await ask(data, rule, { engine })).toEqual(expected(data, rule));
  });

  it.each([undefined, { threshold: 3, max: 9 }])(
    'refuses a list that repeats an account where that was agreed on, with score %j',
    async (score) => {
      const accounts = Array.from({ length: 40 }, (_, k) => `id:${k}`);
      const repeated = [
        ['id:1', 1],
        ['id:2', 1],
        ['id:1', 2],
      ] as const;
      const rule = { duplicates: 'reject', ...(score === undefined ? {} : { score }) } as const;
      const asked = ask({ accounts, evidence: [repeated, [], []] }, rule);
      await expect(asked).rejects.toMatchObject({ code: 'duplicate-item' });
      await expect(ask({ accounts, evidence: [repeated.slice(0, 2), [], []] }, rule)).resolves.toHaveLength(40);
    },
  );
});
