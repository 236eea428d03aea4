import { describe, expect, it } from 'vitest';
import { systemRng } from '../../src/kit/clock.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { expectAllAttacksFail, sitesOfCase } from './attacked.ts';
import { type Attack, attacks } from './attacks.ts';
import { dhCase, quickCases, scoreCase } from './cases.ts';
import { observe, type ObserveOptions, outputsOf } from './observe.ts';
import { overlapCases } from './overlap-case.ts';
import type { AnyCase } from './protocol-case.ts';
import { nameOf, type Site } from './sites.ts';
import { stopAt, stops } from './stopped.ts';
import { wsTransport } from './transports.ts';
import { expectAllNamed, expectOrderlyEnd } from './verdict.ts';

const SEED = 1;
const everywhere = process.env['BLINDFLAG_LONG'] !== undefined;
const overWs: ObserveOptions = { transport: wsTransport };

/** One case of each protocol: memory has every site of every case. */
const entries: readonly AnyCase[] = everywhere ? [...quickCases, dhCase] : [scoreCase, overlapCases[0]];

/** A connection carries many runs: a frame that names another one is that run's, and in its own it is missing. */
const attacksOverWs: readonly Attack[] = attacks.map((attack) =>
  attack.name === 'name another run' ? { ...attack, seenBy: 'absence' } : attack,
);

/** Attacks the first site, of all from a drawn one on, at which the attack changes something. */
async function attackSomewhere(entry: AnyCase, sites: readonly Site[], attack: Attack): Promise<string> {
  const [low, high] = insecureSeededRng('attack over ws', SEED, entry.name, attack.name)(2);
  const start = (256 * high + low) % sites.length;
  for (const site of [...sites.slice(start), ...sites.slice(0, start)]) {
    if ((await expectAllAttacksFail(entry, site, { ...overWs, only: [attack] })) > 0) return nameOf(site);
  }
  throw new Error(`'${attack.name}' changes nothing at any site`);
}

const sitesPerCase = await Promise.all(entries.map(async (entry) => ({ entry, sites: await sitesOfCase(entry) })));

describe.each(sitesPerCase)('over WebSockets, $entry.name', ({ entry, sites }) => {
  it.each(attacksOverWs)(
    `ends in order and without a wrong answer when one of its frames is attacked: $name (seed ${SEED})`,
    async (attack) => {
      expect(await attackSomewhere(entry, sites, attack)).not.toBe('');
      // The connections go on, those that the attack broke have been made again, and nothing of it is left in a run.
      const { outcomes } = await observe(entry, { ...overWs, seed: SEED });
      expect(outputsOf(outcomes).size).toBe(outcomes.size);
      entry.expect(outputsOf(outcomes), SEED);
    },
  );

  it.each(stops)('ends all others with an error that names the party when %s', async (how) => {
    const before = sites.filter((site) => site.channel !== 'done');
    const [place] = insecureSeededRng('stop over ws', SEED, entry.name, how)(1);
    const { from, sent } = before[place % before.length];
    const { stopped, ...options } = stopAt(from, sent, how);
    const what = `${how}: ${from} before its frame ${sent}`;
    const seen = await observe(entry, { ...options, ...overWs, seed: SEED });
    expect(stopped(), what).toBe(true);
    expectOrderlyEnd(seen, { entry, seed: SEED, what });
    expectAllNamed(seen, what, { except: [from], blamed: [from] });
  });
});

describe('WsTransport', () => {
  it('fails when something of a run is left on a connection', async () => {
    const [self, peer] = scoreCase.run(SEED).inputs.keys();
    const network = await wsTransport.network(self);
    const link = (await network.connect(peer)).run(systemRng(16));
    await expect(observe(scoreCase, overWs)).rejects.toThrow(`${self} holds 1 runs with ${peer}`);
    link.close();
    expect(outputsOf((await observe(scoreCase, overWs)).outcomes).size).toBe(4);
  });
});
