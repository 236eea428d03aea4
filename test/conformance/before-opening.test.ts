/** Nothing opens at a party before its surroundings have said that it may: `Io.opening`. */
import { describe, expect, it } from 'vitest';
import { MpcError, PolicyError } from '../../src/errors.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { TranscriptEntry } from '../../src/testing.ts';
import { cases, dhCase, quickCases } from './cases.ts';
import { errorsOf, observe, type Observation, outputsOf } from './observe.ts';
import type { AnyCase } from './protocol-case.ts';

const SEED = 1;
/** Messages from which an answer opens, of tables in the hands of an asker that pools with a member. */
const OPENING_MESSAGES: readonly string[] = ['target-table', 'output-shares', 'overlap-rows', 'overlap-confirmations'];
const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;

const opens = ({ name }: AnyCase): boolean => name.startsWith('flag') || name.startsWith('overlap');
const openingCases = (everywhere ? cases : [...quickCases, dhCase]).filter(opens);

/** A role that does not wait: what the sweep has to find. */
function hasty(entry: AnyCase): AnyCase {
  const { protocol } = entry;
  const unawaited = (io: Io): Io =>
    new Proxy(io, {
      get(target, name) {
        if (name === 'opening') return () => Promise.resolve();
        if (name === 'sub') return (label: string) => unawaited(target.sub(label));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return { ...entry, protocol: { ...protocol, run: (io, ...rest) => protocol.run(unawaited(io), ...rest) } };
}

/** How often each party said that it is about to open something, in an undisturbed run. */
async function announced(entry: AnyCase): Promise<ReadonlyMap<PartyId, number>> {
  const calls = new Map<PartyId, number>();
  const seen = await observe(entry, {
    seed: SEED,
    beforeOpening(party) {
      calls.set(party, (calls.get(party) ?? 0) + 1);
      return Promise.resolve();
    },
  });
  expect(errorsOf(seen.outcomes).size).toBe(0);
  entry.expect(outputsOf(seen.outcomes), SEED);
  return calls;
}

const refused = (party: PartyId): PolicyError =>
  new PolicyError('Cannot open: this node does not allow it', { code: 'refused', phase: 'ledger', party });

/** Whether an answer opens from a message. */
const opening = ({ message }: Pick<TranscriptEntry, 'message'>): boolean => OPENING_MESSAGES.includes(message);

/** What left `party`, or came out at it, although nothing was to open there. */
function openedAt({ transcript, outcomes }: Observation, party: PartyId): readonly string[] {
  const sent = transcript.filter((message) => message.from === party && opening(message));
  const outcome = outcomes.get(party);
  return [
    ...sent.map(({ message }) => message),
    ...(outcome?.status === 'rejected' ? [] : ['an end as if all went well']),
  ];
}

const refusing = (entry: AnyCase, party: PartyId): Promise<Observation> =>
  observe(entry, {
    seed: SEED,
    beforeOpening: (self) => (self === party ? Promise.reject(refused(self)) : Promise.resolve()),
  });

describe.each(openingCases)('Io.opening of $name', (entry) => {
  it('is awaited once by every party at which something opens, and by no other', async () => {
    const calls = await announced(entry);
    const seen = await observe(entry, { seed: SEED });
    const messages = seen.transcript.filter(opening);
    const parties = new Set(messages.flatMap(({ from, to }) => [from, to]));
    expect(new Set(calls.keys())).toEqual(parties);
    expect([...calls.values()].every((count) => count === 1)).toBe(true);
  });

  it('keeps everything back when it refuses, and the others learn whose side it is', async () => {
    for (const party of (await announced(entry)).keys()) {
      const seen = await refusing(entry, party);
      expect(openedAt(seen, party), party).toEqual([]);
      expect(outputsOf(seen.outcomes).size, party).toBe(0);
      for (const [other, error] of errorsOf(seen.outcomes)) {
        expect(error, `${other} of ${party}`).toMatchObject({
          code: other === party ? 'refused' : 'refused-by-peer',
          party,
        });
      }
    }
  });

  it('keeps everything back when the process dies in it', async () => {
    for (const party of (await announced(entry)).keys()) {
      let disconnect: (name: PartyId) => void = () => undefined;
      const died = new Error('dead');
      const seen = await observe(entry, {
        seed: SEED,
        onNetwork: (network) => (disconnect = (name) => network.disconnect(name)),
        beforeOpening(self) {
          if (self !== party) return Promise.resolve();
          disconnect(party);
          return Promise.reject(died);
        },
      });
      expect(openedAt(seen, party), party).toEqual([]);
      for (const [other, error] of errorsOf(seen.outcomes)) if (other !== party) expect(error).toBeInstanceOf(MpcError);
    }
  });

  it('is missed when a role does not await it', async () => {
    for (const party of (await announced(entry)).keys()) {
      expect(openedAt(await refusing(hasty(entry), party), party), party).not.toEqual([]);
    }
  });
});

describe('RunOptions.beginning', () => {
  const Note = bytesMessage('note');

  it('may exchange messages side by side with the roles, and is over before anything opens', async () => {
    const [entry] = openingCases;
    const over = new Set<PartyId>();
    const seen = await observe(entry, {
      seed: SEED,
      async beginning(io) {
        expect(io.phase).toBe('seal/beginning');
        const others = io.parties.filter((party) => party !== io.self);
        await Promise.all(others.map((party) => io.to(party).send(Note, Uint8Array.of(1), 1)));
        await Promise.all(others.map((party) => io.from(party).recv(Note, 1)));
        over.add(io.self);
      },
      beforeOpening(party) {
        expect(over.has(party), party).toBe(true);
        return Promise.resolve();
      },
    });
    expect(errorsOf(seen.outcomes).size).toBe(0);
    expect(over.size).toBe(seen.outcomes.size);
  });

  it('keeps everything back when it fails at one', async () => {
    for (const entry of openingCases.slice(0, 2)) {
      for (const party of (await announced(entry)).keys()) {
        const seen = await observe(entry, {
          seed: SEED,
          beginning: (io) => (io.self === party ? Promise.reject(refused(party)) : Promise.resolve()),
        });
        expect(openedAt(seen, party), party).toEqual([]);
        expect(outputsOf(seen.outcomes).size, party).toBe(0);
      }
    }
  });
});

describe('RunOptions.closing', () => {
  it('runs at every party after its roles and before anyone counts the run as done, on channels of its own', async () => {
    const [entry] = openingCases;
    const ended: PartyId[] = [];
    const seen = await observe(entry, {
      seed: SEED,
      closing(io) {
        ended.push(io.self);
        expect(io.phase).toBe('seal');
        return Promise.resolve();
      },
    });
    expect(new Set(ended)).toEqual(new Set(entry.run(SEED).inputs.keys()));
    expect(errorsOf(seen.outcomes).size).toBe(0);
  });

  it('ends the run for all when it fails at one', async () => {
    const [entry] = openingCases;
    const [party] = entry.run(SEED).inputs.keys();
    const seen = await observe(entry, {
      seed: SEED,
      closing: (io) => (io.self === party ? Promise.reject(refused(party)) : Promise.resolve()),
    });
    expect(outputsOf(seen.outcomes).size).toBe(0);
  });
});
