/** What nodes write into their ledgers, when, and what follows from it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  BANKS,
  type Consortium,
  type ConsortiumOptions,
  consortiumPerTest,
  expectedAnswer,
  failure,
  PUBLIC_KEYS,
  QUESTION,
  quiet,
  type RawConfig,
} from '../../../test/support/consortium-of-nodes.ts';
import { contractFiles, draft, signedBy, underContract } from '../../../test/support/signed-question.ts';
import { sourceOf } from '../../data/source.ts';
import type { LedgerStore } from '../../governance/ledger.ts';
import { checkLedger } from '../../governance/ledger-check.ts';
import { type LedgerEntry, type LedgerKind, readEntry } from '../../governance/ledger-entry.ts';
import { systemRng } from '../../kit/clock.ts';
import { partyId } from '../../kit/party.ts';
import { insecureTestVerifier } from '../../testing/test-signer.ts';
import { decodeFrame } from '../../wire/decode.ts';
import { encodeFrame } from '../../wire/encode.ts';
import type { Answer } from '../runs/answer.ts';
import type { ContractFiles } from '../agreements/contract-book.ts';
import type { ListFiles } from '../lists/frozen-lists.ts';
import { createMemoryLists } from '../lists/memory-lists.ts';

const start = consortiumPerTest();
const NOON = Date.UTC(2027, 0, 15, 12);
const DAY_MS = 86_400_000;

/** Ledgers that outlive their nodes, so that a test can read and change them. */
class Ledgers {
  readonly lines = new Map<string, string[]>(BANKS.map((bank) => [bank, []]));

  of(bank: string): string[] {
    return this.lines.get(bank) ?? [];
  }

  readonly store = (bank: string): LedgerStore => {
    const lines = this.of(bank);
    return {
      async *lines() {
        yield* lines;
      },
      append: (line) => Promise.resolve(void lines.push(line)),
      close: () => Promise.resolve(),
    };
  };

  entries(bank: string): readonly LedgerEntry[] {
    return this.of(bank).map((line) => {
      const signed = readEntry(line);
      if (signed === undefined) throw new Error('no entry');
      return signed.entry;
    });
  }

  kinds(bank: string): readonly LedgerKind[] {
    return this.entries(bank).map(({ kind }) => kind);
  }

  last(bank: string, kind: LedgerKind): LedgerEntry['body'] | undefined {
    return this.entries(bank).findLast((entry) => entry.kind === kind)?.body;
  }

  async expectGood(): Promise<void> {
    for (const bank of BANKS) {
      const publicKey = PUBLIC_KEYS.get(partyId(bank)) ?? new Uint8Array(0);
      const options = { party: partyId(bank), publicKey, verify: insecureTestVerifier, peerKeys: PUBLIC_KEYS };
      expect(await checkLedger(this.store(bank).lines(), options), bank).toMatchObject({ kind: 'good' });
    }
  }
}

interface World {
  readonly all: Consortium;
  readonly ledgers: Ledgers;
  readonly time: { nowMs: number };
}

/** Four banks whose question is under a contract that all signed. */
async function signedConsortium(
  options: ConsortiumOptions & { readonly bucket?: number; readonly contracts?: ContractFiles } = {},
): Promise<World> {
  const ledgers = new Ledgers();
  const time = { nowMs: NOON };
  const { bucket = 256, contracts, configure, nodeOptions, ...more } = options;
  const size = (config: RawConfig): void =>
    void Object.assign(config.questions[0], { buckets: { smallest: 64, asker: bucket, evidence: 256 } });
  const files = contracts ?? contractFiles(signedBy(draft({ configure: size })));
  const lists = new Map<string, ListFiles>(BANKS.map((bank) => [bank, createMemoryLists()]));
  const all = await start({
    wallClock: { now: () => time.nowMs },
    ledgerOf: ledgers.store,
    configure(config, bank) {
      underContract(config);
      size(config);
      configure?.(config, bank);
    },
    nodeOptions: (bank) => ({
      contracts: files,
      lists: lists.get(bank) ?? createMemoryLists(),
      ...nodeOptions?.(bank),
    }),
    ...more,
  });
  return { all, ledgers, time };
}

/** With a committee that bank-d has no seat in. */
function outsideCommittee(config: RawConfig): void {
  const acknowledged = ['asker-is-committee-member'];
  Object.assign(config.questions[0], { committee: ['bank-a', 'bank-b', 'bank-c'], acknowledged });
}

const ask = (all: Consortium, bank = 'bank-a'): Promise<unknown> => all.node(bank).ask(QUESTION);

describe('the ledger of a node', () => {
  it('shows a run from its admission to its seals at every party, and is good', async () => {
    const { all, ledgers } = await signedConsortium();
    const answer = await all.node('bank-a').ask(QUESTION);
    await quiet(all);
    await ledgers.expectGood();
    const kinds = (bank: string): readonly LedgerKind[] =>
      ledgers.kinds(bank).filter((kind) => kind !== 'contract-signed');
    expect(kinds('bank-a')).toEqual(['run-admitted', 'run-opening', 'heads-countersigned', 'run-ended']);
    for (const bank of ['bank-b', 'bank-c', 'bank-d']) {
      expect(kinds(bank)).toEqual(['run-admitted', 'snapshot', 'run-opening', 'heads-countersigned', 'run-ended']);
      const admitted = ledgers.last(bank, 'run-admitted');
      expect(admitted).toMatchObject({ run: answer.run, asker: 'bank-a', bucket: 64, period: 'day:2027-01-15' });
    }
    expect(ledgers.last('bank-a', 'run-ended')).toMatchObject({ outcome: 'done' });
    // Both ends of a pair hold one statement.
    const seals = BANKS.map((bank) =>
      ledgers.entries(bank).flatMap((one) => {
        if (one.kind !== 'heads-countersigned') return [];
        const { own, peers } = one.body;
        return peers.map((seal) => ({ ...seal, own }));
      }),
    );
    expect(seals.map((own) => own.length)).toEqual([3, 3, 3, 3]);
    for (const [k, own] of seals.entries()) {
      for (const seal of own) {
        const other = seals[BANKS.findIndex((bank) => bank === seal.peer)].find(({ peer }) => peer === BANKS[k]);
        expect(other).toMatchObject({
          own: seal.theirs,
          theirs: seal.own,
          transcript: seal.transcript,
          signature: seal.countersignature,
        });
      }
    }
  });

  const askerIsMember = {
    configure: outsideCommittee,
    contracts: contractFiles(signedBy(draft({ configure: outsideCommittee }))),
  };

  it.each([
    ['outside of the committee', {}, ['bank-b', 'bank-c', 'bank-d']],
    ['a member of it', askerIsMember, ['bank-b', 'bank-c']],
  ] as const)(
    'says that something may open before any table or share of an answer leaves, where the asker is %s',
    async (_where, options, members) => {
      const ledgers = new Ledgers();
      const senders = { 'target-table': new Set<string>(), 'output-shares': new Set<string>() };
      const { all } = await signedConsortium({
        ...options,
        ledgerOf: ledgers.store,
        intercept(from, _to, bytes) {
          const frame = decodeFrame(bytes);
          if (frame.kind === 'data' && (frame.name === 'target-table' || frame.name === 'output-shares')) {
            senders[frame.name].add(from);
            expect(ledgers.kinds(from)).toContain('run-opening');
          }
          return [bytes];
        },
      });
      await ask(all);
      const contributors = new Set(['bank-b', 'bank-c', 'bank-d']);
      expect(senders).toEqual({ 'target-table': contributors, 'output-shares': new Set(members) });
    },
  );

  it('lets nothing open, and counts no run, at a member that is not shown the ledger of the asker', async () => {
    const ledgers = new Ledgers();
    const interrupt = new AbortController();
    const sent: string[] = [];
    const { all } = await signedConsortium({
      ledgerOf: ledgers.store,
      intercept(from, to, bytes) {
        const frame = decodeFrame(bytes);
        if (frame.kind !== 'data') return [bytes];
        if (frame.name === 'ledger-claim' && from === 'bank-a' && to === 'bank-d') return [];
        if (['target-table', 'output-shares'].includes(frame.name)) sent.push(`${from} ${frame.name}`);
        if (sent.length === 2) interrupt.abort();
        return [bytes];
      },
    });
    await failure(all.node('bank-a').ask(QUESTION, { signal: interrupt.signal }));
    await quiet(all);
    // Its table would be enough for an asker that pools with one of the others.
    expect(sent.toSorted()).toEqual(['bank-b target-table', 'bank-c target-table']);
    expect(ledgers.kinds('bank-d')).not.toContain('run-opening');
    for (const bank of ['bank-b', 'bank-c']) expect(ledgers.kinds(bank)).toContain('run-opening');
  });

  it.each(['run-opening', 'run-admitted'] as const)(
    'lets nothing open where its disk refuses %s, and refuses what comes after it',
    async (refused) => {
      const ledgers = new Ledgers();
      let sent = 0;
      const { all } = await signedConsortium({
        ledgerOf(bank) {
          const store = ledgers.store(bank);
          if (bank !== 'bank-c') return store;
          return {
            ...store,
            append: (line) =>
              line.includes(`"kind":"${refused}"`) ? Promise.reject(new Error('disk full')) : store.append(line),
          };
        },
        intercept(from, _to, bytes) {
          const frame = decodeFrame(bytes);
          if (from === 'bank-c' && frame.kind === 'data' && frame.name === 'output-shares') sent++;
          return [bytes];
        },
      });
      expect(await failure(ask(all))).toMatchObject({ party: 'bank-c', phase: 'input' });
      expect(sent).toBe(0);
      expect(await failure(ask(all, 'bank-b'))).toMatchObject({ party: 'bank-c', phase: 'policy/ledger' });
    },
  );

  it('shows runs that a process left as interrupted when it starts again, and they can be repeated', async () => {
    const { all, ledgers } = await signedConsortium({ bucket: 64 });
    await ask(all);
    await all.node('bank-c').stop();
    const lines = ledgers.of('bank-c');
    lines.splice(1 + lines.findIndex((line) => line.includes('run-admitted')));
    await all.start('bank-c');
    expect(ledgers.last('bank-c', 'run-ended')).toMatchObject({ outcome: 'interrupted' });
  });
});

describe('a limit that several runs race for', () => {
  it('is given to exactly one of them', async () => {
    const ledgers = new Ledgers();
    const { all } = await signedConsortium({
      ledgerOf: ledgers.store,
      configure: (config, bank) => void (bank === 'bank-b' && (config.allow[0].perDay = 1)),
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => ask(all)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await quiet(all);
    expect(ledgers.kinds('bank-b').filter((kind) => kind === 'run-admitted')).toHaveLength(1);
    await ledgers.expectGood();
  });

  it('is given to one of two askers of one grant', async () => {
    const { all } = await signedConsortium({
      configure: (config, bank) => void (bank === 'bank-b' && Object.assign(config.allow[0], { id: 'g', uses: 1 })),
    });
    const outcomes = await Promise.allSettled([ask(all, 'bank-a'), ask(all, 'bank-c'), ask(all, 'bank-d')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a period', () => {
  it('answers from the lists as they were when it began, and the next one from what they are', async () => {
    const { all, time } = await signedConsortium();
    const before = await all.node('bank-a').ask(QUESTION);
    expect(flagged(before)).toEqual(expectedAnswer('bank-a'));
    for (const bank of BANKS) writeFileSync(join(all.folder, bank, 'evidence.csv'), 'account,score\nacct-1,1\n');
    expect(flagged(await all.node('bank-a').ask(QUESTION))).toEqual(expectedAnswer('bank-a'));
    time.nowMs += DAY_MS;
    expect(flagged(await all.node('bank-a').ask(QUESTION))).not.toContain(true);
  });

  it('gives an asker as many rows as it declared, at the others too when its own ledger counts nothing', async () => {
    const { all, ledgers } = await signedConsortium({ bucket: 64 });
    await ask(all);
    expect(await failure(ask(all))).toMatchObject({
      code: 'refused',
      party: 'bank-a',
      phase: 'policy/contract/inputs.size-bucket',
    });
    await all.node('bank-a').stop();
    ledgers.of('bank-a').splice(0);
    await all.start('bank-a');
    expect(await failure(ask(all))).toMatchObject({
      code: 'refused-by-peer',
      phase: 'policy/contract/inputs.size-bucket',
    });
  });

  it('is not begun anew by runs that all have one name', async () => {
    const { all, ledgers } = await signedConsortium({
      bucket: 128,
      // A name of 16 bytes is drawn for each run.
      nodeOptions: (bank) => (bank === 'bank-a' ? { rng: (n) => (n === 16 ? new Uint8Array(n) : systemRng(n)) } : {}),
    });
    await ask(all);
    await quiet(all);
    expect(await failure(ask(all))).toMatchObject({ phase: 'open' });
    await quiet(all);
    for (const bank of ['bank-b', 'bank-c', 'bank-d']) {
      expect(ledgers.kinds(bank).filter((kind) => kind === 'run-admitted')).toHaveLength(1);
    }
  });

  it('is not begun anew by a clock that goes back by seconds over its end', async () => {
    const { all, time } = await signedConsortium({ bucket: 64 });
    const midnight = Date.UTC(2027, 0, 16);
    time.nowMs = midnight - 2000;
    await ask(all);
    time.nowMs = midnight + 2000;
    await ask(all, 'bank-b');
    time.nowMs = midnight - 1000;
    await ask(all);
    time.nowMs = midnight + 3000;
    expect(await failure(ask(all))).toMatchObject({ phase: 'policy/contract/inputs.size-bucket' });
  });

  it('has one rule: another threshold on the same lists is refused until it is over', async () => {
    const other = (config: RawConfig): void =>
      void config.questions.push({ ...config.questions[0], name: 'other', score: { threshold: 151, max: 255 } });
    const contracts = new Map([
      [QUESTION, signedBy(draft())],
      ['other', signedBy(draft({ configure: other, question: 1, frame: { jobId: 'e'.repeat(32) } }))],
    ]);
    const { all, time } = await signedConsortium({
      configure(config) {
        other(config);
        config.allow.push({ ...config.allow[0], question: 'other' });
      },
      contracts: {
        ...contractFiles(undefined),
        read: (question) => contractFiles(contracts.get(question)).read(question),
      },
    });
    await ask(all);
    const refused = await failure(all.node('bank-a').ask('other'));
    expect(refused).toMatchObject({ code: 'refused', phase: 'policy/contract/limits.period' });
    await all.node('bank-b').ask('other');
    time.nowMs += DAY_MS;
    await all.node('bank-a').ask('other');
  });

  it.each([
    ['when the nonces are known', 'openings', 0, 'bank-a'],
    ['when all have confirmed the id of the run', 'confirm', 3, 'bank-a'],
    ['when the asker has shown its ledger too', 'ledger-claim', 3, 'bank-a'],
    ['then, by an asker that names another', 'ledger-claim', 3, 'bank-d'],
  ])('bounds starts that end %s', async (_when, message, letThrough, named) => {
    let stop: AbortController | undefined;
    let seen = 0;
    const { all, ledgers } = await signedConsortium({
      intercept(from, _to, bytes) {
        const frame = decodeFrame(bytes);
        if (stop === undefined || from !== 'bank-a') return [bytes];
        if (frame.kind === 'abort') return [encodeFrame({ ...frame, party: named })];
        if (frame.kind !== 'data') return [bytes];
        if (frame.name === message) seen++;
        const isOver = frame.channel === 'open' ? seen > letThrough : seen === letThrough;
        if (!isOver || (letThrough === 0 && seen === 0)) return [bytes];
        stop.abort();
        return [];
      },
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      stop = new AbortController();
      seen = 0;
      await failure(all.node('bank-a').ask(QUESTION, { signal: stop.signal }));
      await quiet(all);
    }
    stop = undefined;
    expect(ledgers.last('bank-c', 'failed-start')).toMatchObject({
      shown: true,
      phase: expect.any(String),
      party: named,
    });
    expect(ledgers.last('bank-c', 'alert')).toMatchObject({ alert: 'failed-starts', peer: named, question: QUESTION });
    // Nobody has signed the asker's head yet: it can forget what it did, the others do not.
    await all.node('bank-a').stop();
    ledgers.of('bank-a').splice(0);
    await all.start('bank-a');
    expect(await failure(ask(all))).toMatchObject({
      code: 'refused-by-peer',
      phase: 'policy/contract/limits.failed-starts',
    });
    await ask(all, 'bank-b');
  });
});

describe('a contributor that is no member', () => {
  it('counts a run from its table on, also when the asker ends it with the table in its hands', async () => {
    let stop: AbortController | undefined;
    const seen: boolean[] = [];
    const ledgers = new Ledgers();
    const { all } = await signedConsortium({
      ledgerOf: ledgers.store,
      configure(config, bank) {
        outsideCommittee(config);
        if (bank === 'bank-d') Object.assign(config.allow[0], { id: 'g', uses: 1 });
      },
      contracts: contractFiles(signedBy(draft({ configure: outsideCommittee }))),
      intercept(from, _to, bytes) {
        const frame = decodeFrame(bytes);
        if (from !== 'bank-d' || frame.kind !== 'data' || frame.name !== 'target-table') return [bytes];
        seen.push(ledgers.kinds('bank-d').includes('run-opening'));
        stop?.abort();
        return [bytes];
      },
    });
    stop = new AbortController();
    await failure(all.node('bank-a').ask(QUESTION, { signal: stop.signal }));
    await quiet(all);
    expect(seen).toEqual([true]);
    expect(await failure(ask(all))).toMatchObject({ party: 'bank-d', phase: 'policy/grant/uses' });
  });
});

describe('an asker that enumerates', () => {
  it('is stopped at the quota with 10^6 phone numbers, and an alert is raised', async () => {
    const ledgers = new Ledgers();
    const { all } = await signedConsortium({
      ledgerOf: ledgers.store,
      configure(config) {
        config.questions[0]['agreement'] = 'configured';
        config.allow[0].perDay = 3;
      },
    });
    const NUMBERS = 1_000_000;
    let told = 0;
    let refusals = 0;
    // It goes on however often it is refused, as an attacker would; a hundred refusals say that it never gets through.
    for (let from = 0; from < NUMBERS && refusals < 100; from += 256) {
      const numbers = Array.from({ length: 256 }, (_, k) => `phone:+86130${String(from + k).padStart(8, '0')}`);
      try {
        await all.node('bank-a').ask(QUESTION, { accounts: sourceOf(numbers) });
        told += 256;
      } catch {
        refusals++;
      }
    }
    expect([told, refusals]).toEqual([3 * 256, 100]);
    await quiet(all);
    // Whichever was asked first refuses; each that did has the alert once, and few entries for many refusals.
    const alerts = BANKS.flatMap((bank) => ledgers.entries(bank).filter(({ kind }) => kind === 'alert'));
    expect(alerts.length).toBeGreaterThan(0);
    expect(alerts[0].body).toEqual({ alert: 'enumeration', peer: 'bank-a', question: QUESTION });
    for (const bank of BANKS) {
      expect(ledgers.kinds(bank).filter((kind) => kind === 'alert').length).toBeLessThanOrEqual(1);
      expect(ledgers.kinds(bank).filter((kind) => kind === 'refused').length).toBeLessThanOrEqual(3);
    }
    expect(all.logs.some((line) => line.includes('"alert"'))).toBe(true);
  });
});

describe('a ledger that was rolled back', () => {
  it.each(BANKS)('is found out at the next run with a party that signed a later head (%s)', async (bank) => {
    const { all, ledgers } = await signedConsortium();
    await ask(all, 'bank-a');
    const copy = [...ledgers.of(bank)];
    await ask(all, 'bank-a');
    await all.node(bank).stop();
    ledgers.of(bank).splice(0, Infinity, ...copy);
    await all.start(bank);
    const error = await failure(ask(all, 'bank-a'));
    expect(error).toMatchObject({ party: bank, phase: 'ledger/rollback' });
    await quiet(all);
    expect(ledgers.last(bank, 'alert')).toMatchObject({ alert: 'own-rollback' });
    // Nothing had opened in that run, and nothing does in any other, also after a restart.
    const kinds = ledgers.kinds(bank).slice(copy.length);
    expect(kinds).not.toContain('run-opening');
    await all.node(bank).stop();
    await all.start(bank);
    expect(await failure(ask(all, bank === 'bank-b' ? 'bank-a' : 'bank-b'))).toMatchObject({ party: bank });
  });
});

const flagged = (answer: Answer): readonly boolean[] => [...answer.rows()].map((row) => row.flagged);
