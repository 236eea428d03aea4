import { afterEach, describe, expect, it } from 'vitest';
import { BANKS, type Consortium, expectedAnswer, QUESTION, startConsortium } from '../../test/support/consortium-of-nodes.ts';

let consortium: Consortium | undefined;
afterEach(async () => {
  await consortium?.close();
  consortium = undefined;
});

describe('createNode', () => {
  it('gives every one of four institutions that ask each other the ideal answer', async () => {
    consortium = await startConsortium();
    for (const bank of BANKS) {
      const answer = await consortium.node(bank).ask(QUESTION);
      const rows = [...answer.rows()];
      expect(rows.map((row) => row.flagged)).toEqual(expectedAnswer(bank));
      expect(rows.map((row) => row.account)[1]).toBe(`id:acct-${4 + BANKS.indexOf(bank)}`);
      expect(answer.flaggedCount).toBe(rows.filter((row) => row.flagged).length);
      expect(answer.flaggedCount).toBeGreaterThan(0);
      expect(answer.flaggedCount).toBeLessThan(rows.length);
      expect(rows[0]).toMatchObject({ advisory: true, expires: '2027-01-22T12:00:00.000Z', disputeId: answer.disputeId });
    }
  });
});
