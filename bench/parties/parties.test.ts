import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createFlagQuestion } from '../../src/measure/flag-question.ts';
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import { PartyGroup } from '../../src/measure/party-group.ts';
import { measureParties } from './measure-parties.ts';
import { PARTY_PROGRAM } from './party-program.ts';
import { fullSeries, shortSeries } from './series.ts';

const settings = { question: 'overlap', engine: 'vole', accounts: 64, institutions: 2 };

describe('the program of a party', () => {
  it('is compiled: npm run build', () => {
    expect(existsSync(fileURLToPath(PARTY_PROGRAM))).toBe(true);
  });
});

describe('measureParties', () => {
  it('gives right answers and complete rows when all of the short series run', async () => {
    const { rows, skipped } = await measureParties(shortSeries(), { short: true });
    expect(skipped).toEqual([]);
    expect(new Set(rows.map(({ settings: { question } }) => question))).toEqual(
      new Set(['overlap', 'flag', 'committee']),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.correct).toBe(true);
      expect(Math.min(row.wallMs.median, row.cpuMs.median, row.bytes, row.rounds + 1)).toBeGreaterThan(0);
      // What leaves one party arrives at another.
      const received = row.parties.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
      expect(received).toBe(row.bytes);
      for (const party of row.parties) expect(party.peakRssBytes).toBeGreaterThan(1e7);
    }
    const kept = rows.find(
      ({ baseTransfers, settings: { question } }) => baseTransfers === 'kept' && question === 'overlap',
    );
    const fresh = rows.find(({ state, baseTransfers }) => state === 'warm' && baseTransfers === 'fresh');
    expect(kept?.bytes).toBeLessThan(fresh?.bytes ?? 0);
    expect(Object.keys(kept?.parties[0].cpuMsByJob ?? {})).toContain('other');
    expect(rows.find(({ allAsk }) => allAsk !== undefined)?.settings.question).toBe('flag');
  }, 300_000);

  it('asks again what had no quiet cores, keeps the rest, and works its models out anew', async () => {
    const series = shortSeries().slice(0, 2);
    const { rows: first } = await measureParties(series, { short: true });
    const isAgain = ({ settings: { accounts }, state, link }: (typeof first)[number]): boolean =>
      accounts === 2 ** 10 && state === 'warm' && link === 'loopback';
    // As if that question had had no quiet cores, had taken a day, and nothing else had.
    const rows = first.map((measured) => {
      if (!isAgain(measured)) return { ...measured, proportion: 1 };
      const row = { ...measured };
      delete row.proportion;
      const samplesMs = { cpu: [1], yardstick: [1], slowest: [900], quickestMs: 1 };
      return { ...row, samplesMs, wallMs: { median: 8.64e7, min: 8.64e7, max: 8.64e7 } };
    });
    const asked: string[] = [];
    const onRow = ({ id }: { readonly id: string }): void => void asked.push(id);
    const again = await measureParties(series, { short: true, again: { rows, withinMs: 300_000 }, onRow });
    expect(asked).toEqual(rows.filter(isAgain).map(({ id }) => id));
    expect(asked).toHaveLength(2);
    expect(again.rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    for (const row of again.rows) expect(row.wallMs.median).toBeLessThan(1e6);
    for (const row of again.rows.filter(({ link }) => link !== 'loopback'))
      expect(row.model?.computeMs).toBeLessThan(1e6);
    const none = await measureParties(series, { short: true, again: { rows, withinMs: 0 } });
    expect(none.rows.filter(isAgain).map(({ wallMs }) => wallMs.median)).toEqual([8.64e7, 8.64e7]);
  }, 300_000);

  it('skips what needs another Node where there is none, and says so', async () => {
    const other = fullSeries().filter(({ node }) => node === 'other');
    expect(other.length).toBeGreaterThan(0);
    const { rows, skipped } = await measureParties(other, { short: true });
    expect(rows).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual(other.map(() => 'there is no other Node here'));
  });
});

describe('PartyGroup', () => {
  it('rejects with the error of a party when its part cannot be made', async () => {
    const question = createOverlapQuestion();
    const group = await PartyGroup.start({ question, settings, program: PARTY_PROGRAM, threads: 0 });
    try {
      expect((await group.run(settings, { keep: false })).correct).toBe(true);
      const wrong = { ...settings, engine: 'no-such-engine' };
      await expect(group.run(wrong, { keep: false })).rejects.toMatchObject({ code: 'bad-parameter' });
    } finally {
      await group.stop();
    }
  });

  it('rejects with the party when its process ends, and with what is missing when there is no program', async () => {
    const question = createFlagQuestion();
    const flag = { question: 'flag', engine: 'vole', accounts: 64, institutions: 4 };
    const start = (program: URL): Promise<PartyGroup> =>
      PartyGroup.start({ question, settings: flag, program, threads: 0 });
    await expect(start(new URL('./none.js', PARTY_PROGRAM))).rejects.toThrow('not compiled');
    // A program that is no party's ends at once.
    await expect(start(new URL('./series.js', PARTY_PROGRAM))).rejects.toMatchObject({
      code: 'internal',
      party: expect.stringMatching(/^bank-/),
    });
  });
});
