import { describe, expect, it } from 'vitest';
import { expectAllAttacksFail, sitesOfCase } from './attacked.ts';
import { attacks } from './attacks.ts';
import { cases, quickCases, scoreCase } from './cases.ts';
import { ONE_FRAME } from './observe.ts';
import { nameOf, newSites, type Site } from './sites.ts';

/** The opening has a file of its own, so that the two share the test processes. */
const protocolSites = (sites: readonly Site[]): readonly Site[] => sites.filter((site) => site.channel !== 'open');
const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;

const known = new Set<string>();
const sitesPerCase = await Promise.all(quickCases.map(async (entry) => ({ entry, sites: await sitesOfCase(entry) })));

for (const { entry, sites } of sitesPerCase) {
  const fresh = newSites(protocolSites(sites), known);
  // Every descriptor at all its occurrences in one case; where only a role or a length differs, once.
  const chosen = everywhere || entry === scoreCase ? fresh : fresh.filter((site) => site.occurrence === 'first');
  describe(entry.name, () => {
    it.each(chosen.map((site) => [nameOf(site), site] as const))(
      'ends in order and without a wrong answer when attacked at %s',
      async (_, site) => {
        expect(await expectAllAttacksFail(entry, site)).toBeGreaterThan(0);
      },
    );
  });
}

describe('a message of several frames', () => {
  // The sender's own session is honest: it would refuse credit for bytes that were added behind its back.
  const only = attacks.filter((attack) => !attack.name.startsWith('extend'));

  it('ends in order and without a wrong answer when attacked at its first, middle or last frame', async () => {
    const sites = await sitesOfCase(scoreCase, { limits: ONE_FRAME });
    const long = sites.filter((site) => site.name === 'dealt-component' && site.descriptor.includes('of asker'));
    expect(Math.max(...long.map((site) => site.sequence))).toBeGreaterThan(3);
    for (const site of long) {
      expect(await expectAllAttacksFail(scoreCase, site, { limits: ONE_FRAME, only })).toBeGreaterThan(0);
    }
  });
});

describe('the sites of attack', () => {
  it('cover every message of every specification and of the opening', async () => {
    for (const entry of cases) {
      const { spec } = entry.protocol;
      const sites = await sitesOfCase(entry);
      const flow = spec.flow(spec.validate(entry.run(1).parameters)).map((row) => row.message);
      const opening = ['offer', 'commitment', 'commitments', 'opening', 'openings', 'confirm', 'done'];
      expect(new Set(sites.map((site) => site.name)), entry.name).toEqual(new Set([...flow, ...opening]));
    }
  });
});
