import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localDigest } from '../support/local-digest.ts';
import { concatBytes, utf8 } from '../../src/crypto/bytes.ts';
import { MpcError } from '../../src/errors.ts';
import type { Progress } from '../../src/kit/io.ts';
import { bytesMessage } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { attackAt, attacks } from './attacks.ts';
import { sitesOfCase } from './attacked.ts';
import { cases, countCase } from './cases.ts';
import { type Finding, LeakScanner } from './leak-scanner.ts';
import { dataFrames, errorsOf, type Observation, observe, reportsOf } from './observe.ts';
import type { AnyCase } from './protocol-case.ts';

const SEED = 1;
/** Items of every party that are looked for in all their forms: the rest are alike. */
const ITEMS_PER_PARTY = 6;

function scannersOf(entry: AnyCase, seen: Observation): ReadonlyMap<PartyId, LeakScanner> {
  const salts = [
    ...[...reportsOf(seen.outcomes).values()].slice(0, 1).map((report) => report.sid),
    seen.frames[0].frame.run,
  ];
  return new Map(
    [...entry.secrets(SEED)].map(([party, items]) => [party, new LeakScanner(items.slice(0, ITEMS_PER_PARTY), salts)]),
  );
}

/** Every place where one party could see another's items. */
function leaksOf(entry: AnyCase, seen: Observation, progress: readonly Progress[] = []): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [owner, scanner] of scannersOf(entry, seen)) {
    const wire = seen.frames.filter(({ from }) => from === owner).map(({ bytes }) => bytes);
    findings.push(...scanner.scan(`frames of ${owner}`, concatBytes(...wire)));
    // Other parties must not hold it either, wherever they got it.
    const passedOn = seen.frames.filter(({ from }) => from !== owner).map(({ bytes }) => bytes);
    if (!sharesItems(entry, owner)) findings.push(...scanner.scan(`frames of others`, concatBytes(...passedOn)));
    for (const [party, error] of errorsOf(seen.outcomes))
      findings.push(...scanner.scan(`error of ${party}`, textOf(error)));
    for (const [party, report] of reportsOf(seen.outcomes)) {
      findings.push(...scanner.scan(`report of ${party}`, JSON.stringify(report, plain)));
    }
    findings.push(...scanner.scan('progress', JSON.stringify(progress)));
  }
  return findings;
}

/** Whether other parties hold the same items themselves: then a find would not say whose it is. */
function sharesItems(entry: AnyCase, owner: PartyId): boolean {
  const own = new Set(entry.secrets(SEED).get(owner));
  return [...entry.secrets(SEED)].some(([party, items]) => party !== owner && items.some((item) => own.has(item)));
}

/** All texts of an error and of what caused it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error instanceof MpcError ? `${error.describe()} ${JSON.stringify({ ...error }, plain)}` : error.message;
  return `${own} ${error.stack ?? ''} ${error.cause === undefined ? '' : textOf(error.cause)}`;
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

describe.each(cases)('$name', (entry) => {
  it('shows no item of a party, nor its digests, to any other in frames, reports or progress', async () => {
    const progress: Progress[] = [];
    const seen = await observe(entry, { seed: SEED, onProgress: (step) => progress.push(step) });
    expect(errorsOf(seen.outcomes)).toEqual(new Map());
    expect(progress.length).toBeGreaterThan(0);
    expect(leaksOf(entry, seen, progress)).toEqual([]);
  });
});

describe('a run that fails', () => {
  it('shows no item in any error, whatever the attack', async () => {
    const sites = (await sitesOfCase(countCase)).filter((site) => site.occurrence === 'first');
    for (const [index, site] of sites.entries()) {
      const attack = attacks[index % attacks.length];
      const seen = await observe(countCase, { seed: SEED, intercept: attackAt(site, attack).intercept });
      expect(leaksOf(countCase, seen), `${attack.name} at ${site.descriptor}`).toEqual([]);
    }
  });

  it('shows no item of a list that is refused', async () => {
    const run = countCase.run(SEED);
    const [asker, contributor] = run.inputs.keys();
    const secrets = countCase.secrets(SEED);
    const long = [...(secrets.get(asker) ?? []), 'iban:CANARY1X000001'.repeat(20)];
    const refused: readonly (readonly [PartyId, unknown])[] = [
      [asker, { accounts: [{ accounts: (secrets.get(asker) ?? []).slice(0, 3) }] }],
      [asker, { accounts: [{ accounts: long }] }],
      [
        contributor,
        {
          evidence: [
            { accounts: Array.from({ length: 99 }, (_, k) => `iban:CANARY1X${k}`), scores: new Uint32Array(99) },
          ],
        },
      ],
      [contributor, {}],
    ];
    for (const [party, input] of refused) {
      const inputs = new Map(run.inputs).set(party, input);
      const seen = await observe(countCase, { seed: SEED, run: { ...run, inputs } });
      expect(errorsOf(seen.outcomes).size).toBe(run.inputs.size);
      expect(dataFrames(seen.frames).filter(({ from }) => from === party)).toEqual([]);
      expect(leaksOf(countCase, seen)).toEqual([]);
    }
  });
});

describe('the search for items', () => {
  const leaking = (what: (item: string) => Uint8Array): AnyCase => {
    const { protocol } = countCase;
    const [owner] = countCase.secrets(SEED).keys();
    const item = countCase.secrets(SEED).get(owner)?.[2] ?? '';
    return {
      ...countCase,
      protocol: {
        ...protocol,
        async run(io, parameters, input) {
          const body = what(item);
          const to = io.parties.find((party) => party !== owner) ?? owner;
          const extra = io.sub('planted');
          if (io.self === owner) await extra.to(to).send(bytesMessage('leak'), body, body.length);
          if (io.self === to) await extra.from(owner).recv(bytesMessage('leak'), body.length);
          return await protocol.run(io, parameters, input);
        },
      },
    };
  };
  const sha256 = (item: string): Buffer => createHash('sha256').update(item).digest();

  it.each<readonly [string, (item: string) => Uint8Array]>([
    ['itself', (item) => utf8(item)],
    ['without its domain, among other bytes', (item) => utf8(`xx${item.slice(5)}yy`)],
    ['as SHA-256', (item) => sha256(item)],
    ['as SHA-256 in hex', (item) => utf8(sha256(item).toString('hex'))],
    ['as SHA-256 in base64', (item) => utf8(sha256(item).toString('base64'))],
    ['as the digest that it has at home', localDigest],
    ['as SHA-1', (item) => createHash('sha1').update(item).digest()],
    ['as MD5 in upper-case hex', (item) => utf8(createHash('md5').update(item).digest('hex').toUpperCase())],
  ])('finds an item that a protocol sends %s', async (_, form) => {
    const entry = leaking(form);
    const seen = await observe(entry, { seed: SEED });
    expect(errorsOf(seen.outcomes)).toEqual(new Map());
    expect(leaksOf(entry, seen).some(({ where }) => where.startsWith('frames'))).toBe(true);
  });

  it('finds an item in an error, in its cause, in a report and in progress', async () => {
    const seen = await observe(countCase, { seed: SEED });
    const [party, [, , item]] = [...countCase.secrets(SEED)][0];
    const withOutcome = (outcome: PromiseSettledResult<never>): Observation => ({
      ...seen,
      outcomes: new Map(seen.outcomes).set(party, outcome),
    });
    const details = { code: 'bad-message', phase: 'p' } as const;
    for (const reason of [
      new MpcError(`Cannot read ${item}`, details),
      new MpcError('Cannot', { ...details, cause: new Error(`row ${sha256(item).toString('hex')}`) }),
      new MpcError('Cannot', { ...details, remedy: item }),
      new Error(item),
    ]) {
      expect(leaksOf(countCase, withOutcome({ status: 'rejected', reason })).length).toBeGreaterThan(0);
    }
    expect(leaksOf(countCase, seen, [{ party, phase: item, done: 1, total: 1 }]).length).toBeGreaterThan(0);
    const reported = [...seen.outcomes.values()][0];
    if (reported.status === 'rejected') throw new Error('the run failed');
    const report = { ...reported.value.report, protocol: item };
    const outcomes = new Map(seen.outcomes).set(party, { status: 'fulfilled', value: { ...reported.value, report } });
    expect(leaksOf(countCase, { ...seen, outcomes }).length).toBeGreaterThan(0);
  });
});
