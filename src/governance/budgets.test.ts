import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partyId } from '../kit/party.ts';
import { type AgreedLimits, Budgets, type Exceeded, type Request } from './budgets.ts';
import type { LedgerBodies, LedgerEntry, LedgerKind } from './ledger-entry.ts';
import { periodOf } from './period.ts';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2027, 0, 15, 12);
const [ASKER, OTHER, B, C, D] = ['bank-a', 'bank-z', 'bank-b', 'bank-c', 'bank-d'].map(partyId);

const agreed: AgreedLimits = {
  contract: 'c1',
  period: 'day',
  baseRows: 256,
  maxRuns: 1000,
  failedStarts: 3,
  oneRule: true,
};

/** Budgets under a clock, and what a node does with them. */
class World {
  readonly budgets = new Budgets();
  nowMs = NOON;
  #seq = 0;

  say<K extends LedgerKind>(kind: K, body: LedgerBodies[K]): void {
    const at = new Date(this.nowMs).toISOString();
    this.budgets.apply({ seq: this.#seq++, prev: '', at, salt: '', kind, body } as LedgerEntry);
  }

  request(change: Partial<Request> = {}): Request {
    const run = String(this.#seq).padStart(32, '0');
    return {
      run,
      question: 'fraud-flags',
      protocol: 'flag/12',
      asker: ASKER,
      contributors: [B, C, D],
      bucket: 64,
      ...change,
    };
  }

  exceeded(change: Partial<Request> = {}): Exceeded | undefined {
    return this.budgets.exceeded(this.request(change), this.nowMs);
  }

  /** Admits it unless a limit stands against it. */
  admit(change: Partial<Request> = {}): string | undefined {
    const request = this.request(change);
    if (this.budgets.exceeded(request, this.nowMs) !== undefined) return undefined;
    const { run, question, protocol, asker, contributors, bucket, grant } = request;
    const contract = request.agreed?.contract;
    const period = request.agreed === undefined ? undefined : periodOf(request.agreed.period, this.nowMs);
    this.say('run-admitted', {
      run,
      question,
      protocol,
      asker,
      contributors,
      bucket,
      ...(contract === undefined ? {} : { contract }),
      ...(period === undefined ? {} : { period }),
      ...(grant === undefined ? {} : { grant: grant.id }),
    });
    return run;
  }

  /** A whole run that may have opened something. */
  answered(change: Partial<Request> = {}): boolean {
    const run = this.admit(change);
    if (run === undefined) return false;
    this.say('run-opening', { run, sid: '' });
    this.say('run-ended', { run, outcome: 'done' });
    return true;
  }

  failStart(run: string | undefined, { shown = false, givenBack = false } = {}): void {
    if (run === undefined) throw new Error('not admitted');
    this.say('failed-start', { run, outcome: 'peer-closed', shown, givenBack });
  }
}

describe('Budgets of a day', () => {
  it('counts each question and asker up to its limit, whatever becomes of the run', () => {
    const world = new World();
    const run = world.admit({ perDay: 3 });
    world.failStart(run);
    expect(world.answered({ perDay: 3 })).toBe(true);
    expect(world.admit({ perDay: 3 })).toBeDefined();
    expect(world.exceeded({ perDay: 3 })).toBe('per-day');
    expect(world.exceeded({ perDay: 3, question: 'other' })).toBeUndefined();
    expect(world.exceeded({ perDay: 3, asker: OTHER })).toBeUndefined();
  });

  it('begins anew at midnight UTC', () => {
    const world = new World();
    world.nowMs = Date.UTC(2027, 0, 15, 23, 59, 59);
    expect(world.answered({ perDay: 1 })).toBe(true);
    expect(world.exceeded({ perDay: 1 })).toBe('per-day');
    world.nowMs += 1000;
    expect(world.answered({ perDay: 1 })).toBe(true);
    expect(world.exceeded({ perDay: 1 })).toBe('per-day');
  });

  it('takes requests back, not without end, and never those of another day', () => {
    const world = new World();
    let attempts = 0;
    for (;;) {
      const run = world.admit({ perDay: 1 });
      if (run === undefined) break;
      const givenBack = world.budgets.mayGiveBack(run);
      world.failStart(run, { givenBack });
      if (givenBack) attempts++;
    }
    expect(attempts).toBe(20);
    const late = world.admit({ perDay: 1, question: 'other' });
    world.nowMs += DAY_MS;
    world.say('alert', { alert: 'enumeration' });
    expect(world.budgets.mayGiveBack(late ?? '')).toBe(false);
  });

  it('refuses when the clock went back by more than minutes', () => {
    const world = new World();
    world.answered();
    world.nowMs = NOON - 60_000;
    expect(world.exceeded()).toBeUndefined();
    world.nowMs = NOON - 3_600_000;
    expect(world.exceeded()).toBe('clock');
  });
});

describe('Budgets of a grant', () => {
  it('counts runs under way and those that may have opened something, of all askers together', () => {
    const world = new World();
    const grant = { id: 'g', uses: 2 };
    const first = world.admit({ grant });
    const second = world.admit({ grant, asker: OTHER });
    expect(world.exceeded({ grant })).toBe('grant-uses');
    world.say('run-ended', { run: second ?? '', outcome: 'peer-closed' });
    expect(world.exceeded({ grant })).toBeUndefined();
    world.say('run-opening', { run: first ?? '', sid: '' });
    world.say('run-ended', { run: first ?? '', outcome: 'peer-closed' });
    expect(world.answered({ grant })).toBe(true);
    world.nowMs += 40 * DAY_MS;
    expect(world.exceeded({ grant })).toBe('grant-uses');
    expect(world.budgets.uses('g')).toBe(2);
  });
});

describe('Budgets of a contract', () => {
  it('counts padded rows up to the declared size of the asker, in each period anew', () => {
    const world = new World();
    for (const bucket of [128, 64, 64]) expect(world.answered({ agreed, bucket })).toBe(true);
    expect(world.exceeded({ agreed, bucket: 64 })).toBe('period-rows');
    expect(world.exceeded({ agreed, asker: OTHER, bucket: 256 })).toBeUndefined();
    expect(world.exceeded({ agreed, asker: OTHER, bucket: 512 })).toBe('period-rows');
    expect(world.budgets.use(agreed, world.request(), world.nowMs)).toEqual({ rows: 256, runs: 3, failedStarts: 0 });
    world.nowMs += DAY_MS;
    expect(world.exceeded({ agreed, bucket: 64 })).toBeUndefined();
    expect(world.budgets.use(agreed, world.request(), world.nowMs)).toEqual({ rows: 0, runs: 3, failedStarts: 0 });
  });

  it('lets a run be repeated that opened nothing, and none that may have', () => {
    const world = new World();
    const full = { agreed, bucket: 256 };
    const run = world.admit(full);
    expect(world.exceeded(full)).toBe('period-rows');
    world.say('run-ended', { run: run ?? '', outcome: 'peer-closed' });
    const again = world.admit(full);
    expect(again).toBeDefined();
    world.say('run-opening', { run: again ?? '', sid: '' });
    world.say('run-ended', { run: again ?? '', outcome: 'interrupted' });
    expect(world.exceeded(full)).toBe('period-rows');
  });

  it('counts a run that ended well at a party that opens nothing itself', () => {
    const world = new World();
    const run = world.admit({ agreed, bucket: 256 });
    world.say('run-ended', { run: run ?? '', outcome: 'done' });
    expect(world.exceeded({ agreed })).toBe('period-rows');
  });

  it('lets no answer be repeated in a period with another contributor absent, or subtracted from that of N - 1', () => {
    const world = new World();
    expect(world.answered({ agreed })).toBe(true);
    expect(world.exceeded({ agreed, contributors: [B, C] })).toBe('contributors');
    expect(world.exceeded({ agreed: { ...agreed, contract: 'without d' }, contributors: [B, C] })).toBe(
      'other-contract',
    );
    expect(world.exceeded({ agreed, asker: OTHER, contributors: [B, C] })).toBeUndefined();
    world.nowMs += DAY_MS;
    expect(world.exceeded({ agreed, contributors: [B, C] })).toBeUndefined();
  });

  it('does not begin a period anew when the software has another version of the protocol', () => {
    const world = new World();
    expect(world.answered({ agreed })).toBe(true);
    const upgraded = { agreed: { ...agreed, contract: 'of flag/13' }, protocol: 'flag/13' };
    expect(world.exceeded(upgraded)).toBe('other-contract');
    // Another protocol is another question.
    expect(world.exceeded({ ...upgraded, protocol: 'flags/4' })).toBeUndefined();
    world.nowMs += DAY_MS;
    expect(world.exceeded(upgraded)).toBeUndefined();
  });

  it('lets nobody look for a score with one threshold after another', () => {
    const world = new World();
    const thresholds = Array.from({ length: 50 }, (_, k) => ({ ...agreed, contract: `threshold ${k}` }));
    expect(thresholds.filter((one) => world.answered({ agreed: one }))).toEqual([thresholds[0]]);
    expect(world.exceeded({ agreed: thresholds[1] })).toBe('other-contract');
    // Longer periods are over when the longest is.
    const monthly = { ...agreed, contract: 'monthly', period: 'month' } as const;
    const other = new World();
    other.answered({ agreed: monthly });
    other.nowMs += DAY_MS;
    expect(other.exceeded({ agreed })).toBe('other-contract');
    other.nowMs = Date.UTC(2027, 1, 1);
    expect(other.exceeded({ agreed })).toBeUndefined();
  });

  it('bounds starts that failed with nonces shown, so that nobody can choose a run id', () => {
    const world = new World();
    for (let start = 0; start < 3; start++) world.failStart(world.admit({ agreed }), { shown: true });
    expect(world.exceeded({ agreed })).toBe('failed-starts');
    expect(world.exceeded({ agreed, asker: OTHER })).toBeUndefined();
    world.nowMs += DAY_MS;
    expect(world.exceeded({ agreed })).toBeUndefined();
    // A start at which nothing was seen gives nothing to choose from.
    for (let start = 0; start < 30; start++) world.failStart(world.admit({ agreed }));
    expect(world.exceeded({ agreed })).toBeUndefined();
  });

  it('counts each institution for itself where every run goes to one', () => {
    const world = new World();
    const overlap = { agreed: { ...agreed, oneRule: false, maxRuns: 2 }, protocol: 'overlap/9', bucket: 256 };
    expect(world.answered({ ...overlap, contributors: [B] })).toBe(true);
    expect(world.exceeded({ ...overlap, contributors: [B] })).toBe('period-rows');
    expect(world.answered({ ...overlap, contributors: [C] })).toBe(true);
    world.nowMs += DAY_MS;
    expect(world.answered({ ...overlap, contributors: [B] })).toBe(true);
    world.nowMs += DAY_MS;
    expect(world.exceeded({ ...overlap, contributors: [B] })).toBe('contract-runs');
    expect(world.exceeded({ ...overlap, contributors: [C] })).toBeUndefined();
  });

  it('counts answered runs until the contract ends', () => {
    const world = new World();
    const few = { agreed: { ...agreed, maxRuns: 2 } };
    expect([world.answered(few), world.answered(few)]).toEqual([true, true]);
    world.nowMs += 90 * DAY_MS;
    expect(world.exceeded(few)).toBe('contract-runs');
  });

  it('says which runs a former process left, and holds no more than what still counts', () => {
    const world = new World();
    const open = world.admit({ agreed });
    world.answered({ agreed });
    expect(world.budgets.unfinished()).toEqual([open]);
    world.say('run-ended', { run: open ?? '', outcome: 'interrupted' });
    expect(world.budgets.unfinished()).toEqual([]);
  });

  it('counts what a recount of all entries counts, whatever became of the runs, in whichever order', () => {
    const contracts = ['c1', 'c2'].map((contract) => ({ ...agreed, contract, baseRows: 10_000 }));
    const targets = [
      [B, C, D],
      [B, C],
    ];
    // What was asked, when, and what became of it: 0 goes on, 1 opens and goes on, 2 opens and fails, 3 is done, 4 fails,
    // 5 failed to start.
    const asked = fc.record({
      contract: fc.nat(1),
      asker: fc.constantFrom(ASKER, OTHER),
      target: fc.nat(1),
      bucket: fc.constantFrom(64, 128),
      end: fc.nat(5),
      laterMs: fc.constantFrom(0, DAY_MS / 3),
    });
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 40 }), (all) => {
        const world = new World();
        const counted = all.map(({ contract, asker, target, bucket, end, laterMs }, number) => {
          world.nowMs += laterMs;
          const run = String(number);
          const period = periodOf('day', world.nowMs);
          const body = { run, question: 'q', protocol: 'flag/12', asker, contributors: targets[target], bucket };
          world.say('run-admitted', { ...body, contract: contracts[contract].contract, period });
          if (end === 1 || end === 2) world.say('run-opening', { run, sid: '' });
          if (end >= 2 && end <= 4) world.say('run-ended', { run, outcome: end === 3 ? 'done' : 'peer-closed' });
          if (end === 5) world.failStart(run);
          return { ...body, contract: contracts[contract].contract, period, rows: end < 4 ? bucket : 0, ran: end < 4 };
        });
        for (const limits of contracts) {
          for (const asker of [ASKER, OTHER]) {
            for (const [oneRule, contributors] of [[true, targets[0]] as const, [false, targets[1]] as const]) {
              const own = counted.filter((one) => one.contract === limits.contract && one.asker === asker);
              const same = own.filter((one) => oneRule || one.contributors === contributors);
              const today = same.filter(({ period }) => period === periodOf('day', world.nowMs));
              const { rows, runs } = world.budgets.use({ ...limits, oneRule }, { asker, contributors }, world.nowMs);
              expect(rows).toBe(today.reduce((sum, one) => sum + one.rows, 0));
              expect(runs).toBe(same.filter(({ ran }) => ran).length);
            }
          }
        }
      }),
    );
  });
});
