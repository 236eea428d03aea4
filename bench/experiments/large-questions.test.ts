import { describe, expect, it } from 'vitest';
import { measureLarge } from './large-questions.ts';

/** Reads the compiled program of a party: npm run build. */
describe('measureLarge', () => {
  it.each(['overlap', 'large-flag'])(
    'finds the answer of %s right, here about few accounts',
    async (question) => {
      const summary = await measureLarge(question, 200);
      expect(summary.correct).toBe(true);
      expect(summary.parties.length).toBe(question === 'overlap' ? 2 : 4);
      for (const party of summary.parties) expect(party.peakRssBytes).toBeGreaterThan(1e7);
    },
    60_000,
  );

  it('refuses a question that nobody knows', async () => {
    await expect(measureLarge('no-such-question', 200)).rejects.toThrow('wrong order');
  }, 60_000);
});
