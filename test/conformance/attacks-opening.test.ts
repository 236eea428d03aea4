import { describe, expect, it } from 'vitest';
import { MpcError } from '../../src/errors.ts';
import { partyId } from '../../src/kit/party.ts';
import { expectAllAttacksFail, expectFailedAttack, sitesOfCase } from './attacked.ts';
import { attacks } from './attacks.ts';
import { countCase, dhCase, quickCases, scoreCase } from './cases.ts';
import { observe, type Observation } from './observe.ts';
import { nameOf, newSites } from './sites.ts';
import { expectOrderlyEnd } from './verdict.ts';

const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;

const known = new Set<string>();
const sitesPerCase = await Promise.all(quickCases.map(async (entry) => ({ entry, sites: await sitesOfCase(entry) })));

for (const { entry, sites } of sitesPerCase) {
  const fresh = newSites(
    sites.filter((site) => site.channel === 'open'),
    known,
  );
  const chosen = everywhere || entry === scoreCase ? fresh : fresh.filter((site) => site.occurrence === 'first');
  if (chosen.length === 0) continue;
  describe(entry.name, () => {
    it.each(chosen.map((site) => [nameOf(site), site] as const))(
      'ends in order and without a wrong answer when attacked at %s',
      async (_, site) => {
        expect(await expectAllAttacksFail(entry, site)).toBeGreaterThan(0);
      },
    );
  });
}

describe('the dh engine', () => {
  const few = [
    'truncate by one byte',
    'extend by one byte',
    'rename the message',
    'drop it',
    'fill the body with garbage',
  ];
  const only = everywhere ? attacks : attacks.filter((attack) => few.includes(attack.name));

  it('ends in order and without a wrong answer when its messages are attacked', async () => {
    const sites = (await sitesOfCase(dhCase)).filter((site) => site.channel.endsWith('/oprf'));
    expect(new Set(sites.map((site) => site.name))).toEqual(new Set(['oprf-query', 'oprf-answer']));
    const chosen = everywhere ? sites : sites.filter((site) => site.occurrence === 'first');
    for (const site of chosen) expect(await expectAllAttacksFail(dhCase, site, { only })).toBe(only.length);
  });
});

describe('the judgement of an attacked run', () => {
  const site = { ...sitesPerCase[0].sites[0], from: partyId('bank-a'), to: partyId('bank-b') };
  const entry = countCase;
  const expectation = { entry, seed: 1, what: 'planted' };
  const failedWith = async (reason: unknown): Promise<Observation> => {
    const seen = await observe(entry);
    const outcomes = new Map(seen.outcomes).set(partyId('bank-b'), { status: 'rejected', reason });
    return { ...seen, outcomes };
  };
  const complete = { code: 'bad-message', phase: 'p', party: 'bank-a', remedy: 'r' } as const;

  it('fails when nobody notices the attack', async () => {
    const seen = await observe(entry);
    const seenBySelf = attacks.filter((attack) => attack.seenBy === 'shape' || attack.seenBy === 'absence');
    expect(seenBySelf.length).toBeGreaterThan(8);
    for (const attack of seenBySelf) {
      expect(() => expectFailedAttack(seen, entry, site, attack)).toThrow('the receiver noticed nothing');
    }
  });

  it('fails when the receiver blames another', async () => {
    const seen = await failedWith(new MpcError('Cannot', { ...complete, party: 'bank-c' }));
    expect(() => expectFailedAttack(seen, entry, site, attacks[0])).toThrow('blames another');
  });

  it.each([
    ['no phase', { ...complete, phase: '' }],
    ['no party', { code: 'bad-message', phase: 'p', remedy: 'r' } as const],
    ['no party', { code: 'disagreement', phase: 'p', remedy: 'r' } as const],
    ['a party that takes no part', { ...complete, party: 'bank-z' }],
    ['no remedy', { code: 'bad-message', phase: 'p', party: 'bank-a' } as const],
    ['internal error', { ...complete, code: 'internal' } as const],
  ])('fails when an error has %s', async (problem, details) => {
    const seen = await failedWith(new MpcError('Cannot', details));
    expect(() => expectOrderlyEnd(seen, expectation)).toThrow(problem);
  });

  it('fails when an error has no type, a rejection is unhandled, or a timer is left', async () => {
    const untyped = await failedWith(new Error('plain'));
    expect(() => expectOrderlyEnd(untyped, expectation)).toThrow('no type');
    const seen = await observe(entry);
    expect(() => expectOrderlyEnd({ ...seen, unhandled: [new Error('lost')] }, expectation)).toThrow('planted');
    expect(() => expectOrderlyEnd({ ...seen, pendingTimers: 1 }, expectation)).toThrow('planted');
  });

  it('fails when the answer is wrong or partial', async () => {
    const other = await observe(entry, { run: entry.run(2) });
    expect(() => expectOrderlyEnd(other, expectation)).toThrow('wrong answer');
    const seen = await observe(entry, { run: entry.equalLeakage(1)[5].run });
    expect(() => expectOrderlyEnd(seen, { ...expectation, anyContent: true })).toThrow('wrong answer');
  });
});
