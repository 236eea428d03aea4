import { describe, expect, it } from 'vitest';
import { MpcError, TransportError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { TrafficObserver } from '../../src/kit/traffic.ts';
import { sitesOfCase } from './attacked.ts';
import { countCase, dhCase, quickCases } from './cases.ts';
import { errorsOf, observe, ONE_FRAME, type ObserveOptions } from './observe.ts';
import type { AnyCase } from './protocol-case.ts';
import { newSites } from './sites.ts';
import { expectAllNamed, expectOrderlyEnd } from './verdict.ts';

const SEED = 1;
const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;

type Moment = 'sent' | 'taken';

/** Cancels at `party` when its frame number `at` is sent or taken. */
function cancelAt(party: PartyId, moment: Moment, at: number): ObserveOptions & { readonly happened: () => boolean } {
  const controller = new AbortController();
  let count = 0;
  const observer: TrafficObserver = {
    [moment]: () => {
      if (count++ === at) controller.abort();
    },
  };
  return {
    signal: (other) => (other === party ? controller.signal : undefined),
    observers: (other) => (other === party ? [observer] : []),
    happened: () => controller.signal.aborted,
  };
}

/** Whether the moment came; a party that had already ended may have succeeded. */
async function expectCancelled(
  entry: AnyCase,
  party: PartyId,
  [moment, at]: readonly [Moment, number],
  more: ObserveOptions = {},
): Promise<boolean> {
  const what = `${party} cancels when its frame ${at} is ${moment}`;
  const { happened, ...options } = cancelAt(party, moment, at);
  const seen = await observe(entry, { ...options, ...more, seed: SEED });
  expectOrderlyEnd(seen, { entry, seed: SEED, what });
  if (!happened()) return false;
  const errors = errorsOf(seen.outcomes);
  const own = errors.get(party);
  expect(own instanceof TransportError ? own.code : own, what).toBe('cancelled');
  const ended = [...seen.outcomes.keys()].filter((other) => !errors.has(other));
  expectAllNamed(seen, what, { except: ended, blamed: [party] });
  for (const [other, error] of errors) {
    if (other !== party) expect(error instanceof MpcError ? error.code : error, what).toBe('peer-aborted');
  }
  return true;
}

describe('AbortSignal', () => {
  const parties = [...countCase.run(SEED).inputs.keys()];

  it.each(parties.flatMap((party) => (['sent', 'taken'] as const).map((moment) => ({ party, moment }))))(
    'ends the run for all and names $party when it cancels at any frame that it has $moment',
    async ({ party, moment }) => {
      let at = 0;
      while (await expectCancelled(countCase, party, [moment, at])) at++;
      expect(at).toBeGreaterThan(10);
    },
  );

  it('ends the run for all when it cancels at any kind of message of the other cases', async () => {
    const known = new Set<string>((await sitesOfCase(countCase)).map((site) => site.descriptor));
    for (const entry of everywhere ? [...quickCases, dhCase] : quickCases) {
      for (const site of newSites(await sitesOfCase(entry), known)) {
        if (site.occurrence !== 'first' && !everywhere) continue;
        await expectCancelled(entry, site.from, ['sent', site.sent]);
      }
    }
  });

  it('ends the run for all when it cancels while sending waits for credit', async () => {
    for (const party of parties) {
      for (const at of [3, 9, 27]) await expectCancelled(countCase, party, ['sent', at], { limits: ONE_FRAME });
    }
  });

  it.each(parties)('ends the run for all before any frame when %s starts with an aborted signal', async (party) => {
    const seen = await observe(countCase, {
      seed: SEED,
      signal: (other) => (other === party ? AbortSignal.abort() : undefined),
    });
    expectOrderlyEnd(seen, { entry: countCase, seed: SEED, what: party });
    expectAllNamed(seen, party, { blamed: [party] });
    const own = errorsOf(seen.outcomes).get(party);
    expect(own instanceof MpcError ? own.code : own).toBe('cancelled');
    expect(seen.frames.some(({ from, frame }) => from === party && frame.kind === 'data')).toBe(false);
  });

  it('ends the run for all when a party cancels while its policy decides or its source is read', async () => {
    const [asker, contributor] = parties;
    for (const party of [asker, contributor]) {
      const deciding = new AbortController();
      const seen = await observe(countCase, {
        seed: SEED,
        signal: (other) => (other === party ? deciding.signal : undefined),
        policy: (other) => ({
          decide: () => {
            if (other !== party) return { allow: true };
            deciding.abort();
            return new Promise(() => undefined);
          },
        }),
      });
      expectOrderlyEnd(seen, { entry: countCase, seed: SEED, what: party });
      expectAllNamed(seen, party, { blamed: [party] });
    }
    const reading = new AbortController();
    const run = countCase.run(SEED);
    const endless: AsyncIterable<never> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          reading.abort();
          return new Promise(() => undefined);
        },
      }),
    };
    const inputs = new Map(run.inputs).set(contributor, { evidence: endless });
    const seen = await observe(countCase, {
      seed: SEED,
      run: { ...run, inputs },
      signal: (other) => (other === contributor ? reading.signal : undefined),
    });
    expectOrderlyEnd(seen, { entry: countCase, seed: SEED, what: 'reading' });
    expectAllNamed(seen, 'reading', { blamed: [contributor] });
  });
});

describe('the sweep over cancellations', () => {
  it('fails when the party that cancels is not the one that is named', async () => {
    const [asker, contributor] = countCase.run(SEED).inputs.keys();
    const seen = await observe(countCase, { ...cancelAt(asker, 'sent', 7), seed: SEED });
    expect(() => expectAllNamed(seen, 'x', { blamed: [contributor] })).toThrow('blames another');
  });
});
