import { describe, expect, it } from 'vitest';
import { MpcError, ProtocolError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { allowList, denyAll } from '../../src/kit/policy.ts';
import { cases } from './cases.ts';
import { channelPrefix, errorsOf, type Observation, observe } from './observe.ts';
import type { AnyCase, Disagreement } from './protocol-case.ts';
import { transports } from './transports.ts';
import { expectOrderlyEnd } from './verdict.ts';

const SEED = 1;

/** No frame whose content could depend on anybody's data has left. */
function expectNothingSent(entry: AnyCase, seen: Observation, what: string): void {
  const sent = seen.frames.flatMap(({ frame }) => (frame.kind === 'data' ? [`${frame.channel} ${frame.name}`] : []));
  expect(
    sent.filter((name) => name.startsWith(channelPrefix(entry))),
    what,
  ).toEqual([]);
}

/** The error at the party that found the difference: it names the field and not its value. */
function expectFieldNamed(
  error: MpcError | string | undefined,
  disagreement: Disagreement<unknown>,
  what: string,
): void {
  if (!(error instanceof ProtocolError)) throw new Error(`${what}: ${String(error)}`);
  expect(error.code, what).toBe('offer-mismatch');
  expect(error.phase, what).toBe('offer');
  const named = disagreement.reportedAs.filter((field) => error.message.includes(`'${field}'`));
  expect(named.length, `${what}: ${error.message}`).toBe(1);
  expect(error.describe(), what).not.toContain(disagreement.value);
}

describe.each(transports)('over $name', (transport) => {
  describe.each(cases)('$name', (entry) => {
    const run = entry.run(SEED);
    const parties = [...run.inputs.keys()];
    const [follower] = parties.filter((party) => party !== run.initiator);
    const withParameters = (changed: PartyId, parameters: unknown): Promise<Observation> =>
      observe(entry, { transport, seed: SEED, parametersOf: (party) => (party === changed ? parameters : undefined) });

    it.each(entry.disagreements(SEED))(
      'names $field before anything is sent when one party was configured otherwise',
      async (disagreement) => {
        const what = `${entry.name}, ${disagreement.field} at ${follower}`;
        const seen = await withParameters(follower, disagreement.parameters);
        expectOrderlyEnd(seen, { entry, seed: SEED, what });
        expectNothingSent(entry, seen, what);
        const errors = errorsOf(seen.outcomes);
        expect(errors.size, what).toBe(parties.length);
        expectFieldNamed(errors.get(follower), disagreement, what);
        expect(errors.get(run.initiator), what).toMatchObject({ code: 'peer-aborted' });
      },
    );

    it.each(entry.disagreements(SEED))(
      'names $field before anything is sent when the initiator was configured otherwise',
      async (disagreement) => {
        const what = `${entry.name}, ${disagreement.field} at the initiator`;
        const seen = await withParameters(run.initiator, disagreement.parameters);
        expectOrderlyEnd(seen, { entry, seed: SEED, what });
        expectNothingSent(entry, seen, what);
        const errors = errorsOf(seen.outcomes);
        expect(errors.size, what).toBe(parties.length);
        const found = [...errors.values()].filter(
          (error) => error instanceof MpcError && error.code === 'offer-mismatch',
        );
        expect(found.length, what).toBeGreaterThan(0);
        for (const error of found) {
          expectFieldNamed(error, disagreement, what);
          expect(error, what).toMatchObject({ party: run.initiator });
        }
      },
    );

    it('is refused before anything is sent when a party has no policy', async () => {
      for (const party of parties) {
        const seen = await observe(entry, {
          transport,
          seed: SEED,
          policy: (other) => (other === party ? denyAll : allow(entry)),
        });
        expectRefused(entry, seen, party);
      }
    });

    it('is refused before anything is sent when a policy throws or allows other questions only', async () => {
      const refusing = [
        {
          decide: (): never => {
            throw new Error('planted');
          },
        },
        { decide: () => Promise.reject(new Error('planted')) },
        allowList([{ protocol: 'another/1', initiators: [run.initiator] }]),
        allowList([{ protocol: entry.protocol.spec.id, initiators: ['another'] }]),
      ];
      for (const policy of refusing) {
        const seen = await observe(entry, {
          transport,
          seed: SEED,
          policy: (other) => (other === follower ? policy : allow(entry)),
        });
        expectRefused(entry, seen, follower);
        expect(errorText(seen, follower)).not.toContain('planted');
      }
    });
  });
});

function allow(entry: AnyCase): ReturnType<typeof allowList> {
  return allowList([{ protocol: entry.protocol.spec.id, initiators: [entry.run(SEED).initiator] }]);
}

function expectRefused(entry: AnyCase, seen: Observation, refuser: PartyId): void {
  expectOrderlyEnd(seen, { entry, seed: SEED, what: refuser });
  expectNothingSent(entry, seen, refuser);
  const errors = errorsOf(seen.outcomes);
  expect(errors.size).toBe(seen.outcomes.size);
  for (const [party, error] of errors) {
    expect(error, party).toMatchObject(
      party === refuser
        ? { code: 'refused', party: refuser }
        : // Who hears it from another than the refuser hears that the run has ended, and because of whom.
          { code: expect.stringMatching(/^(refused-by-peer|peer-aborted)$/), party: refuser },
    );
  }
  const told = [...errors.values()].filter((error) => error instanceof MpcError && error.code === 'refused-by-peer');
  expect(told.length).toBeGreaterThan(0);
}

function errorText(seen: Observation, party: PartyId): string {
  const error = errorsOf(seen.outcomes).get(party);
  return error instanceof MpcError ? `${error.describe()} ${String(error.cause)}` : String(error);
}

describe('the check of a disagreement', () => {
  const [entry] = cases;
  const [disagreement] = entry.disagreements(SEED);

  it('fails when the run goes on', async () => {
    const seen = await observe(entry, { seed: SEED });
    expect(() => expectNothingSent(entry, seen, 'x')).toThrow('x');
    expect(() => expectFieldNamed(undefined, disagreement, 'x')).toThrow('x');
  });

  it('fails when the error shows the value, another field, or another code', () => {
    const details = { code: 'offer-mismatch', phase: 'offer' } as const;
    const named = `Cannot: '${disagreement.reportedAs[0]}'`;
    expect(() => expectFieldNamed(new ProtocolError(named, details), disagreement, 'x')).not.toThrow();
    const wrong = [
      new ProtocolError(`${named} ${disagreement.value}`, details),
      new ProtocolError("Cannot: 'another'", details),
      new ProtocolError(named, { ...details, code: 'bad-message' }),
      new ProtocolError(named, { ...details, phase: 'run' }),
    ];
    for (const error of wrong) expect(() => expectFieldNamed(error, disagreement, 'x')).toThrow('x');
  });
});
