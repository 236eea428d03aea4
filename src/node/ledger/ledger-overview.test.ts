import { describe, expect, it } from 'vitest';
import type { LedgerBodies, LedgerEntry, LedgerKind } from '../../governance/ledger-entry.ts';
import { partyId } from '../../kit/party.ts';
import { LedgerReading } from './ledger-overview.ts';

const NOON = Date.UTC(2027, 0, 15, 12);
const [ASKER, OWN] = [partyId('bank-b'), partyId('bank-a')];

function reading(): { readonly one: LedgerReading; say<K extends LedgerKind>(kind: K, body: LedgerBodies[K]): void } {
  const one = new LedgerReading();
  const at = new Date(NOON).toISOString();
  let seq = 0;
  return { one, say: (kind, body) => one.add({ seq: seq++, prev: '', at, salt: '', kind, body } as LedgerEntry) };
}

describe('LedgerReading', () => {
  it('says what is used of each limit', () => {
    const { one, say } = reading();
    for (const run of ['1', '2']) {
      say('run-admitted', {
        run,
        question: 'q',
        protocol: 'flag/12',
        asker: ASKER,
        contributors: [OWN],
        bucket: 64,
        contract: 'c',
        period: 'day:2027-01-15',
        grant: 'g',
      });
    }
    say('failed-start', { run: '2', outcome: 'cancelled', shown: true, givenBack: false });
    const limits = { contract: 'c', period: 'day', baseRows: 256, maxRuns: 9, failedStarts: 3, oneRule: true } as const;
    const { budgets } = one.overview(
      {
        allow: [{ id: 'g', question: 'q', askers: [ASKER], maxItems: 64, perDay: 5, uses: 7 }],
        agreed: [{ question: 'q', askers: [[ASKER, limits]], contributors: [OWN] }],
      },
      NOON,
    );
    expect(budgets).toEqual([
      { kind: 'day', question: 'q', asker: ASKER, used: 2, most: 5 },
      { kind: 'grant', question: 'q', grant: 'g', used: 1, most: 7 },
      {
        kind: 'contract',
        question: 'q',
        asker: ASKER,
        period: 'day:2027-01-15',
        rows: { used: 64, most: 256 },
        runs: { used: 1, most: 9 },
        failedStarts: { used: 1, most: 3 },
      },
    ]);
  });

  it('keeps the latest of many', () => {
    const { one, say } = reading();
    for (let run = 0; run < 300; run++) {
      const name = String(run);
      say('run-admitted', { run: name, question: 'q', protocol: 'p', asker: ASKER, contributors: [], bucket: 1 });
      say('run-ended', { run: name, outcome: 'done' });
      say('refused', { peer: ASKER, reason: 'r', count: run });
    }
    const { runs, refusals, entries } = one.overview({ allow: [], agreed: [] }, NOON);
    expect([runs.length, refusals.length, entries]).toEqual([100, 100, 900]);
    expect([runs[0].run, runs[99].run, refusals[0].count]).toEqual(['299', '200', 299]);
  });
});
