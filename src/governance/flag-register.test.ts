import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../crypto/bytes.ts';
import { ed25519Signer, verifyEd25519 } from '../crypto/signature.ts';
import { MpcError } from '../errors.ts';
import type { WallClock } from '../kit/clock.ts';
import { partyId } from '../kit/party.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { decodeFlagEntry, encodeFlagEntry, flagEntryHash, signedFlagText } from './flag-events.ts';
import { flaggedAccounts } from './flag-evidence.ts';
import { FlagKeeper, type FlagStore, type KeepingOptions, type NewReport } from './flag-keeping.ts';
import { type FlagRegisterState, readFlagRegister } from './flag-register.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-01T00:00:00.000Z');
const SCAMS: ReadonlySet<string> = new Set(['task-rebate', 'fake-loan']);
const MAX_SCORE = 9;
const SIGNER = ed25519Signer(insecureSeededRng('flags', 'signer'));
const CANARY = 'iban:CANARY0000000000000001';

class MovingClock implements WallClock {
  ms = START_MS;
  now(): number {
    return this.ms;
  }
}

function memoryStore(lines: string[] = []): FlagStore & { readonly kept: string[] } {
  return {
    kept: lines,
    async *lines() {
      yield* lines;
    },
    append: (added) => {
      lines.push(...added);
      return Promise.resolve();
    },
  };
}

function keeping(wallClock: WallClock): KeepingOptions {
  const rng = insecureSeededRng('flags', 'salt');
  return { institution: partyId('bank-a'), signer: SIGNER, wallClock, rng, scamTypes: SCAMS };
}

const report = (account: string, more: Partial<NewReport> = {}): NewReport => ({
  account,
  scamType: 'task-rebate',
  role: 'first-payee',
  state: 'suspected',
  evidence: '00'.repeat(32),
  reportedAtMs: START_MS,
  expiresMs: START_MS + 30 * DAY_MS,
  ...more,
});

const byCustomer = (account: string, reporter: string): NewReport =>
  report(account, { state: 'customer-reported', reporter });

async function keeper(): Promise<{ keeper: FlagKeeper; store: ReturnType<typeof memoryStore>; clock: MovingClock }> {
  const [store, clock] = [memoryStore(), new MovingClock()];
  return { keeper: await FlagKeeper.create(store, keeping(clock)), store, clock };
}

const read = (lines: readonly string[], key: Uint8Array = SIGNER.publicKey): Promise<FlagRegisterState> =>
  readFlagRegister(lines, { key, verify: verifyEd25519, scamTypes: SCAMS });

async function scores(lines: readonly string[], nowMs: number): Promise<Readonly<Record<string, number>>> {
  const { flags } = await read(lines);
  const found = flaggedAccounts(flags.values(), { nowMs, maxScore: MAX_SCORE });
  return Object.fromEntries(found.map(({ account, score }) => [account, score]));
}

async function problemOf(work: Promise<unknown>): Promise<MpcError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof MpcError) return error;
    throw error;
  }
  throw new TypeError('nothing was refused');
}

describe('flaggedAccounts', () => {
  it('scores a suspicion 1, customers by their number, the police the most, whatever the order', async () => {
    const { keeper: flags, store } = await keeper();
    await flags.report([
      report('id:a'),
      byCustomer('id:b', 'customer 1'),
      byCustomer('id:b', 'customer 2'),
      byCustomer('id:b', 'customer 2'),
      report('id:c', { state: 'police-confirmed' }),
      report('id:c'),
    ]);
    expect(await scores(store.kept, START_MS)).toEqual({ 'id:a': 1, 'id:b': 2, 'id:c': MAX_SCORE });
  });

  it('counts one person once over several flags of an account, and no more than the largest score', async () => {
    const { keeper: flags, store } = await keeper();
    const many = Array.from({ length: MAX_SCORE + 3 }, (_, k) => byCustomer('id:many', `customer ${k}`));
    await flags.report([
      byCustomer('id:b', 'customer 1'),
      { ...byCustomer('id:b', 'customer 1'), scamType: 'fake-loan', role: 'cash-out' },
      ...many,
    ]);
    expect(await scores(store.kept, START_MS)).toEqual({ 'id:b': 1, 'id:many': MAX_SCORE });
  });

  it('leaves out what was withdrawn, has expired, is disputed, or is about a victim', async () => {
    const { keeper: flags, store, clock } = await keeper();
    const [withdrawn, disputed, ended] = await flags.report([report('id:w'), report('id:d'), report('id:e')]);
    await flags.report([report('id:v', { role: 'victim' }), report('id:x', { expiresMs: START_MS + DAY_MS })]);
    await flags.report([report('id:stays')]);
    expect(Object.keys(await scores(store.kept, START_MS))).toEqual(['id:d', 'id:e', 'id:stays', 'id:w', 'id:x']);
    clock.ms += 1000;
    await flags.change({ kind: 'withdrawn', flag: withdrawn, reason: 'mistaken' });
    await flags.change({ kind: 'disputed', flag: disputed, reference: '0011223344556677' });
    await flags.change({ kind: 'expired', flag: ended });
    expect(Object.keys(await scores(store.kept, START_MS + DAY_MS))).toEqual(['id:stays']);
    await flags.change({ kind: 'upheld', flag: disputed });
    expect(Object.keys(await scores(store.kept, START_MS + DAY_MS))).toEqual(['id:d', 'id:stays']);
  });

  it('counts reports after a withdrawal alone', async () => {
    const { keeper: flags, store } = await keeper();
    const [flag] = await flags.report([byCustomer('id:b', 'one'), byCustomer('id:b', 'two')]);
    await flags.change({ kind: 'withdrawn', flag, reason: 'resolved' });
    await flags.report([byCustomer('id:b', 'three')]);
    expect(await scores(store.kept, START_MS)).toEqual({ 'id:b': 1 });
  });

  it('is the same after every event, from the lines and from the keeper (property)', async () => {
    const step = fc.record({ account: fc.nat(3), what: fc.nat(5), by: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { keeper: flags, store, clock } = await keeper();
        const ids = await flags.report([0, 1, 2, 3].map((k) => report(`id:${k}`)));
        for (const { account, what, by } of steps) {
          clock.ms += 1;
          const flag = ids[account];
          const change = [
            { kind: 'withdrawn', flag, reason: 'other' } as const,
            { kind: 'disputed', flag } as const,
            { kind: 'upheld', flag } as const,
            { kind: 'expired', flag } as const,
          ].at(what);
          // What cannot follow is refused and changes nothing.
          if (what > 3 || change === undefined) await flags.report([byCustomer(`id:${account}`, `customer ${by}`)]);
          else await flags.change(change).catch(() => undefined);
        }
        const options = { nowMs: clock.ms, maxScore: MAX_SCORE };
        const { flags: fromLines } = await read(store.kept);
        expect(flaggedAccounts(fromLines.values(), options)).toEqual(flaggedAccounts(flags.flags.values(), options));
      }),
      { numRuns: 15 },
    );
  });
});

describe('FlagKeeper.change', () => {
  it('refuses what cannot follow, and nothing is written', async () => {
    const { keeper: flags, store, clock } = await keeper();
    const [flag] = await flags.report([report(CANARY)]);
    const before = store.kept.length;
    const unknown = 'ff'.repeat(16);
    const refused = [
      flags.change({ kind: 'withdrawn', flag: unknown, reason: 'other' }),
      flags.change({ kind: 'upheld', flag }),
    ];
    const texts: string[] = [];
    for (const work of refused) texts.push((await problemOf(work)).message);
    clock.ms += 31 * DAY_MS;
    texts.push((await problemOf(flags.change({ kind: 'expired', flag }))).message);
    expect(texts).toEqual([
      'Cannot change flag: the register has none of this number',
      'Cannot change flag: nobody disputes it',
      'Cannot change flag: it has expired',
    ]);
    expect(store.kept.length).toBe(before);
    await flags.change({ kind: 'disputed', flag });
    await flags.change({ kind: 'withdrawn', flag, reason: 'mistaken' });
    expect((await problemOf(flags.change({ kind: 'disputed', flag }))).message).toMatch(/it was withdrawn$/);
  });

  it('refuses a report without its reporter or that ends before it begins, without naming the account', async () => {
    const { keeper: flags } = await keeper();
    for (const more of [
      { state: 'customer-reported' },
      { expiresMs: START_MS - 1 },
      { scamType: 'unheard-of' },
    ] as const) {
      const error = await problemOf(flags.report([report('id:fine'), report(CANARY, more)]));
      expect(error.message).toMatch(/^Cannot add flag: report 2/);
      expect(error.describe()).not.toContain('CANARY');
    }
    expect(flags.flags.size).toBe(0);
  });
});

describe('readFlagRegister', () => {
  async function filled(): Promise<string[]> {
    const { keeper: flags, store } = await keeper();
    const [flag] = await flags.report([report(CANARY), report('id:b')]);
    await flags.change({ kind: 'disputed', flag });
    await flags.change({ kind: 'upheld', flag });
    return store.kept;
  }

  it('goes on where another process stopped', async () => {
    const lines = await filled();
    const again = await FlagKeeper.open(memoryStore(lines), keeping(new MovingClock()));
    await again.report([report('id:c')]);
    expect(Object.keys(await scores(lines, START_MS))).toEqual([CANARY, 'id:b', 'id:c']);
  });

  it('names the first line that was changed, left out, moved, repeated or forged, and no account', async () => {
    const lines = await filled();
    expect(lines.length).toBe(4);
    const edit = (at: number, change: (line: string) => string): string[] =>
      lines.map((line, k) => (k === at ? change(line) : line));
    const planted: readonly (readonly [string, readonly string[], number])[] = [
      ['an account', edit(1, (line) => line.replace('0001', '0002')), 2],
      ['a time', edit(1, (line) => line.replace('"at":"2026-11-01', '"at":"2026-11-02')), 3],
      ['left out', lines.toSpliced(2, 1), 3],
      ['swapped', [lines[0], lines[1], lines[3], lines[2]], 3],
      ['repeated', [lines[0], lines[1], lines[1], lines[2]], 3],
      ['cut', lines.slice(1), 1],
      ['no canonical text', edit(2, (line) => line.replace('{', '{ ')), 3],
      ['an unknown field', edit(2, (line) => line.replace('"kind":"disputed"', '"kind":"disputed","more":1')), 3],
      ['the last signature', edit(3, (line) => line.replace(/"signature":"[0-9a-f]{2}/, '"signature":"00')), 4],
      ['empty', [], 1],
    ];
    for (const [what, changed, line] of planted) {
      const error = await problemOf(read(changed));
      expect(error.message, what).toMatch(new RegExp(`^Cannot read flag register: line ${line}: `));
      expect(error.describe(), what).not.toContain('CANARY');
    }
  });

  it('refuses events that do not follow although they are chained and signed', async () => {
    const lines = await filled();
    const last = decodeFlagEntry(lines[3]);
    if (last === undefined) throw new TypeError('no entry');
    const signed = (event: Parameters<typeof flagEntryHash>[0]['event']): string => {
      const entry = { seq: 4, prev: toHex(flagEntryHash(last.entry)), at: last.entry.at, event };
      return encodeFlagEntry({ entry, signature: toHex(SIGNER.sign(signedFlagText(flagEntryHash(entry)))) });
    };
    const { event } = last.entry;
    if (event.kind !== 'upheld') throw new TypeError('another entry');
    for (const bad of [signed({ kind: 'upheld', flag: event.flag }), signed({ kind: 'reported', reports: [] })]) {
      expect((await problemOf(read([...lines, bad]))).message).toMatch(/line 5: its event does not follow/);
    }
    // A positive control: what does follow is taken.
    const good = signed({ kind: 'withdrawn', flag: event.flag, reason: 'other' });
    expect((await read([...lines, good])).flags.get(event.flag)?.state).toBe('withdrawn');
  });

  it('refuses the register of another institution', async () => {
    const lines = await filled();
    const other = ed25519Signer(insecureSeededRng('flags', 'other')).publicKey;
    expect((await problemOf(read(lines, other))).message).toMatch(/line 1: it begins the register of another key/);
    const state = await readFlagRegister(lines, { verify: verifyEd25519, scamTypes: SCAMS });
    expect(state.key).toEqual(SIGNER.publicKey);
  });

  it('keeps no reference of a person, and ids that tell nothing of an account', async () => {
    const { keeper: flags, store } = await keeper();
    const [flag] = await flags.report([byCustomer(CANARY, 'customer 4711')]);
    expect(store.kept.join('\n')).not.toContain('4711');
    expect(fromHex(flag).length).toBe(16);
    const { keeper: other } = await keeper();
    expect(await other.report([byCustomer(CANARY, 'x')])).toEqual([flag]);
    // Another salt, another id.
    const rng = insecureSeededRng('flags', 'another salt');
    const salted = await FlagKeeper.create(memoryStore(), { ...keeping(new MovingClock()), rng });
    expect(await salted.report([byCustomer(CANARY, 'x')])).not.toEqual([flag]);
  });
});
