import { describe, expect, it } from 'vitest';
import { ProtocolError, TransportError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { decodeFrame } from '../../src/wire/decode.ts';
import { sitesOfCase } from './attacked.ts';
import { countCase, dhCase, quickCases } from './cases.ts';
import { errorsOf, observe } from './observe.ts';
import type { AnyCase } from './protocol-case.ts';
import { newSites } from './sites.ts';
import { type Stop, stopAt, stops } from './stopped.ts';
import { expectAllNamed, expectOrderlyEnd } from './verdict.ts';

const SEED = 1;
const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;

async function expectNamed(entry: AnyCase, party: PartyId, at: number, how: Stop): Promise<void> {
  const what = `${how}: ${party} before its frame ${at}`;
  const { stopped, ...options } = stopAt(party, at, how);
  const seen = await observe(entry, { ...options, seed: SEED });
  expect(stopped(), what).toBe(true);
  expectOrderlyEnd(seen, { entry, seed: SEED, what });
  const errors = errorsOf(seen.outcomes);
  // A run may be over for some when the last frames, those that say so, do not come.
  const ended = [...seen.outcomes.keys()].filter((other) => !errors.has(other));
  expectAllNamed(seen, what, { except: [party, ...ended], blamed: [party] });
  if (entry.run(SEED).initiator !== party) expect(errors.has(entry.run(SEED).initiator), what).toBe(true);
}

/** Frames that every party sends in an undisturbed run. */
async function framesSent(entry: AnyCase): Promise<ReadonlyMap<PartyId, number>> {
  const sent = new Map<PartyId, number>();
  for (const { from } of (await observe(entry, { seed: SEED })).frames) sent.set(from, (sent.get(from) ?? 0) + 1);
  return sent;
}

const framesPerParty = [...(await framesSent(countCase))].map(([party, frames]) => ({ party, frames }));

describe.each(stops)('when %s', (how) => {
  describe.each(framesPerParty)('and it is $party', ({ party, frames }) => {
    it('ends all others with an error that names it, before each of its frames', async () => {
      expect(frames).toBeGreaterThan(10);
      for (let at = 0; at < frames; at++) await expectNamed(countCase, party, at, how);
    });
  });

  it('ends all others with an error that names it, at every kind of message of every case', async () => {
    const known = new Set<string>();
    for (const entry of everywhere ? [...quickCases, dhCase] : quickCases) {
      const sites = newSites(await sitesOfCase(entry), known);
      for (const site of everywhere ? sites : sites.filter(({ occurrence }) => occurrence === 'first')) {
        await expectNamed(entry, site.from, site.sent, how);
      }
    }
  });
});

describe('a party that no longer takes anything', () => {
  it('ends the run for all in order when it gives no credit but lives', async () => {
    const [first] = countCase.run(SEED).inputs.keys();
    for (const party of countCase.run(SEED).inputs.keys()) {
      if (party === first) continue;
      // It still answers whether it lives, and its own messages come: only credit is missing.
      const seen = await observe(countCase, {
        seed: SEED,
        limits: { windowBytes: 1 },
        intercept: (from, _to, frame) => (from === party && isCredit(frame) ? [] : [frame]),
      });
      expectOrderlyEnd(seen, { entry: countCase, seed: SEED, what: party });
      const errors = [...errorsOf(seen.outcomes).values()];
      expect(errors.length, party).toBe(seen.outcomes.size);
      expect(errors.every((error) => error instanceof TransportError || error instanceof ProtocolError)).toBe(true);
    }
  });

  it('ends the run for all in order when it gets nothing but speaks', async () => {
    for (const party of countCase.run(SEED).inputs.keys()) {
      const what = `${party} stops reading`;
      // Frames to it never arrive; what it sends before it waits itself still goes out.
      const seen = await observe(countCase, {
        seed: SEED,
        limits: { windowBytes: 1 },
        intercept: (_from, to, frame) => (to === party ? [] : [frame]),
      });
      expectOrderlyEnd(seen, { entry: countCase, seed: SEED, what });
      expect(errorsOf(seen.outcomes).size, what).toBe(seen.outcomes.size);
    }
  });
});

describe('the sweep over stopped parties', () => {
  it('fails when the party is never stopped', async () => {
    const [party] = countCase.run(SEED).inputs.keys();
    await expect(expectNamed(countCase, party, 1_000_000, 'its process dies')).rejects.toThrow('before its frame');
  });

  it('fails when others blame another party', async () => {
    const [asker, stopped, blamed] = countCase.run(SEED).inputs.keys();
    const seen = await observe(countCase, { ...stopAt(stopped, 5, 'its process dies'), seed: SEED });
    expect(() => expectAllNamed(seen, 'x', { except: [stopped], blamed: [blamed] })).toThrow('blames another');
    expect(() => expectAllNamed(seen, 'x', { except: [stopped, asker], blamed: [stopped] })).not.toThrow();
  });
});

function isCredit(frame: Uint8Array): boolean {
  return decodeFrame(frame).kind === 'credit';
}
