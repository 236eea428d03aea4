import { describe, expect, it } from 'vitest';
import { type PartyId } from '../../src/kit/party.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import {
  type Answers,
  bare,
  compare,
  heldBy,
  HOLDER,
  type Lists,
  names,
  overlapRun,
  pairsOf,
  parametersFor,
  RECEIVER,
  type Rule,
  sortedPairs,
} from '../../test/support/overlap-run.ts';
import { outputsOf } from '../../test/support/run.ts';
import { Wiretap } from '../../test/redteam/wiretap.ts';
import { memoryBaseOtStore } from '../vole/index.ts';
import {
  createOverlap,
  type HeldRow,
  idealOverlap,
  overlap,
  type OverlapInput,
  type PayloadColumn,
  voleOverlap,
} from './index.ts';

function expectIdeal(answers: Answers, lists: Lists, rule: Rule): void {
  const ideal = idealOverlap(lists.asked, lists.held);
  const [atReceiver, atHolder] = [answers.get(RECEIVER), answers.get(HOLDER)];
  if (rule.mode === 'size-only') {
    expect(atReceiver).toMatchObject({ kind: 'size', size: ideal.size, advisory: true });
    expect(atReceiver).not.toHaveProperty('held');
  } else {
    expect(heldBy(atReceiver)).toEqual(ideal.receiverHeld);
    const columns = rule.columns ?? [];
    if (columns.length > 0) expect(pairsOf(atReceiver, columns)).toEqual(sortedPairs(ideal.joined));
    else expect(atReceiver).not.toHaveProperty('joined');
  }
  if (rule.mode === 'both') {
    expect(heldBy(atHolder)).toEqual(ideal.holderHeld);
    expect(atHolder).not.toHaveProperty('joined');
  } else expect(atHolder).toBeUndefined();
}

/** Lists of random size over few names, so that accounts repeat and meet. */
function randomLists(seed: number, cells: readonly PayloadColumn[]): Lists {
  const rng = insecureSeededRng('lists', seed);
  const draw = (bound: number): number => (rng(2)[0] * 256 + rng(1)[0]) % bound;
  const account = (): string => `id:${draw(150)}`;
  const content = (most: number): Uint8Array => rng(draw(most + 1));
  return {
    asked: Array.from({ length: 60 + draw(68) }, account),
    held: Array.from(
      { length: 60 + draw(68) },
      () => [account(), ...cells.map(({ bytes }) => content(bytes))] as const,
    ),
  };
}

const COLUMNS: readonly PayloadColumn[] = [
  { name: 'risk', bytes: 1 },
  { name: 'opened_on', bytes: 10 },
];

const rules: readonly (readonly [string, string, Rule])[] = [
  ...(['vole', 'dh'] as const).flatMap((engine): (readonly [string, string, Rule])[] => [
    ['receiver', engine, { mode: 'receiver', engine }],
    ['receiver with columns', engine, { mode: 'receiver', columns: COLUMNS, engine }],
    ['both', engine, { mode: 'both', engine }],
    ['both with columns', engine, { mode: 'both', columns: COLUMNS, engine }],
  ]),
  ['size-only', 'dh', { mode: 'size-only' }],
];

describe.each(rules)('overlap in mode %s on engine %s', (_name, _engine, rule) => {
  it.each([1, 2, 3])(
    'equals the ideal functionality for random lists with repeated accounts, seed %i',
    async (seed) => {
      const lists = randomLists(seed, rule.columns ?? []);
      expectIdeal(await compare(lists, rule, seed), lists, rule);
    },
  );

  const cell = rule.columns?.map(({ bytes }) => new Uint8Array(bytes).fill(0xa7)) ?? [];
  const filled = (accounts: readonly string[]): HeldRow[] => accounts.map((account) => [account, ...cell]);
  const extremes: readonly (readonly [string, Lists])[] = [
    ['all accounts are common', { asked: names(64), held: filled(names(64)) }],
    ['no account is common', { asked: names(40), held: filled(names(50, 1000)) }],
    ['the receiver has none', { asked: [], held: filled(names(40)) }],
    ['the holder has none', { asked: names(40), held: [] }],
    ['nobody has any', { asked: [], held: [] }],
    ['each brings the smallest batch', { asked: names(32), held: filled(names(32, 31)) }],
  ];
  it.each(extremes)('equals the ideal functionality when %s', async (what, lists) => {
    expectIdeal(await compare(lists, rule, what), lists, rule);
  });

  it.each([127, 128])(
    'equals the ideal functionality for %i accounts in buckets of 128 and messages of 64',
    async (count) => {
      const lists = { asked: names(count), held: filled(names(count, 30)) };
      expectIdeal(await compare(lists, { ...rule, batchRows: 64 }, count), lists, rule);
    },
  );

  it('equals the ideal functionality when the lists differ in size and a window lets one frame through', async () => {
    const lists = { asked: names(300), held: filled(names(40, 280)) };
    const options = { limits: { windowBytes: 1 } };
    expectIdeal(await compare(lists, { ...rule, batchRows: 64 }, 'window', options), lists, rule);
    const other = { asked: names(40), held: filled(names(300, 20)) };
    expectIdeal(await compare(other, { ...rule, batchRows: 64 }, 'window', options), other, rule);
  });

  it.each([1, 31])('refuses %i accounts of a party that learns', async (count) => {
    await expect(compare({ asked: names(count), held: filled(names(40)) }, rule)).rejects.toMatchObject({
      code: 'too-few-items',
      party: RECEIVER,
    });
  });

  it('holds both sides to a larger smallest batch where one is agreed', async () => {
    const agreed: Rule = { mode: 'both', smallestBatch: 48 };
    const fits = { asked: names(48), held: bare(names(48, 40)) };
    expectIdeal(await compare(fits, agreed), fits, agreed);
    const fewAsked = { ...fits, asked: names(47) };
    await expect(compare(fewAsked, agreed)).rejects.toMatchObject({ code: 'too-few-items', party: RECEIVER });
    const fewHeld = { ...fits, held: bare(names(47)) };
    await expect(compare(fewHeld, agreed)).rejects.toMatchObject({ code: 'too-few-items', party: HOLDER });
  });

  it('refuses one account more than the bucket has room for', async () => {
    const fits = { receiverItems: 64, holderItems: 64 };
    const [some, many] = [names(40), names(65)];
    const refused = { code: 'too-many-items' };
    await expect(compare({ asked: many, held: filled(some) }, { ...rule, ...fits })).rejects.toMatchObject(refused);
    await expect(compare({ asked: some, held: filled(many) }, { ...rule, ...fits })).rejects.toMatchObject(refused);
  });

  it('refuses a repeated account when the duplicate policy is reject', async () => {
    const strict: Rule = { ...rule, duplicates: 'reject' };
    const [once, twice] = [names(40), [...names(40), 'id:7']];
    const refused = { code: 'duplicate-item', message: expect.stringMatching(/row 41/) };
    await expect(compare({ asked: twice, held: filled(once) }, strict)).rejects.toMatchObject(refused);
    await expect(compare({ asked: once, held: filled(twice) }, strict)).rejects.toMatchObject(refused);
    const lists = { asked: once, held: filled(once) };
    expectIdeal(await compare(lists, strict), lists, strict);
  });
});

describe('overlap', () => {
  it('joins every row of the receiver with every row of the holder when both repeat an account', async () => {
    const rule: Rule = { mode: 'receiver', columns: [{ name: 'branch', bytes: 1 }] };
    const lists: Lists = {
      asked: [...names(32), 'id:5', 'id:5'],
      held: Array.from({ length: 40 }, (_, k) => [k < 30 ? 'id:5' : `id:${k}`, Uint8Array.of(k)] as const),
    };
    const answers = await compare(lists, rule);
    expectIdeal(answers, lists, rule);
    // Rows 5, 32 and 33 meet 30 rows each, rows 30 and 31 one.
    expect(pairsOf(answers.get(RECEIVER), rule.columns ?? []).length).toBe(92);
  });

  it('takes a few accounts of a holder that learns nothing about persons', async () => {
    const lists = { asked: names(40), held: bare(names(3)) };
    expectIdeal(await compare(lists, { mode: 'receiver' }), lists, { mode: 'receiver' });
    for (const mode of ['both', 'size-only'] as const) {
      await expect(compare(lists, { mode })).rejects.toMatchObject({ code: 'too-few-items', party: HOLDER });
    }
  });

  it('keeps contents of every length from empty to the largest', async () => {
    const rule: Rule = { mode: 'receiver', columns: [{ name: 'note', bytes: 64 }] };
    const held = names(65).map((account, k) => [account, new Uint8Array(k).fill(255 - k)] as const);
    const lists = { asked: names(65), held };
    expectIdeal(await compare(lists, rule), lists, rule);
  });

  it.each([
    ['missing', {}],
    ['shorter than the accounts', { note: [new Uint8Array(1)] }],
    ['longer than agreed', { note: names(40).map(() => new Uint8Array(4)) }],
    ['inherited', Object.create({ note: names(40).map(() => new Uint8Array(3)) })],
  ])('refuses a payload column that is %s', async (_what, columns) => {
    const rule: Rule = { mode: 'receiver', columns: [{ name: 'note', bytes: 3 }] };
    const lists = { asked: names(40), held: bare(names(40)) };
    const run = overlapRun(lists, parametersFor(lists, rule));
    const inputs = new Map<PartyId, OverlapInput>([
      ...run.inputs,
      [HOLDER, { accounts: [{ accounts: names(40), columns }] }],
    ]);
    await expect(outputsOf(overlap, { ...run, inputs }, 1)).rejects.toMatchObject({
      code: 'malformed-row',
      message: expect.stringMatching(/'note'/),
    });
  });

  it('reads only the columns that were agreed', async () => {
    const rule: Rule = { mode: 'receiver', columns: [{ name: 'risk', bytes: 1 }] };
    const lists = { asked: names(40), held: bare(names(40)) };
    const columns = {
      risk: names(40).map(() => Uint8Array.of(3)),
      get balance(): Uint8Array[] {
        throw new Error('the balance was read');
      },
    };
    const run = overlapRun(lists, parametersFor(lists, rule));
    const inputs = new Map<PartyId, OverlapInput>([
      ...run.inputs,
      [HOLDER, { accounts: [{ accounts: names(40), columns }] }],
    ]);
    const answers = await outputsOf(overlap, { ...run, inputs }, 1);
    expect(pairsOf(answers.get(RECEIVER), rule.columns ?? []).length).toBe(40);
  });

  it('compares many rows in several messages', async () => {
    const lists = { asked: names(1000), held: bare(names(600, 700)) };
    const rule: Rule = { mode: 'both', batchRows: 512, engine: 'dh' };
    expectIdeal(await compare(lists, rule), lists, rule);
  });

  it.each([
    [4096, 128],
    [100, 5000],
    [20_000, 20_000],
  ])('compares %i accounts with %i over a silent VOLE', async (asked, held) => {
    const lists = { asked: names(asked), held: bare(names(held, asked - 64)) };
    const rule: Rule = { mode: 'both', engine: 'vole' };
    expectIdeal(await compare(lists, rule), lists, rule);
  });

  const cut = (['receiver', 'both'] as const).flatMap((mode) =>
    ['vole', 'dh'].map((engine) => [mode, engine] as const),
  );
  it.each(cut)('equals the ideal functionality where lists are cut, in mode %s on engine %s', async (mode, engine) => {
    const rule: Rule = { mode, engine, shardRows: 64, sizesPerOctave: 8 };
    const [some, others] = [randomLists(5, []), randomLists(6, [])];
    const repeated = { asked: [...some.asked, ...names(200)], held: [...others.held, ...bare(names(150, 120))] };
    expectIdeal(await compare(repeated, rule, 'both sides'), repeated, rule);
    const full = { asked: names(192), held: bare(names(40, 170)) };
    expectIdeal(await compare(full, rule, 'full'), full, rule);
    const long = { asked: names(40), held: bare(names(300, 20)) };
    expectIdeal(await compare(long, rule, 'one side'), long, rule);
    const nothing = { asked: [], held: bare(names(300)) };
    expectIdeal(await compare(nothing, { ...rule, receiverItems: 256 }, 'nothing'), nothing, rule);
  });

  it('makes base transfers in the first shard of a run, for all of them', async () => {
    const lists = { asked: names(250), held: bare(names(250, 100)) };
    const rule: Rule = { mode: 'receiver', engine: 'vole', shardRows: 64 };
    const tap = new Wiretap();
    expectIdeal(await compare(lists, rule, 1, { intercept: tap.intercept }), lists, rule);
    expect(tap.all({ name: 'base-ot-state' }).length).toBe(8);
    expect(tap.all({ name: 'base-ot-seeds' }).map(({ channel }) => channel)).toEqual([
      'overlap/shard:0/evaluate',
      'overlap/shard:0/evaluate',
    ]);
  });

  it('keeps base transfers from one run to the next where there is a store', async () => {
    const protocol = createOverlap([voleOverlap(memoryBaseOtStore())]);
    const lists = { asked: names(64), held: bare(names(64, 32)) };
    const rule: Rule = { mode: 'receiver', engine: 'vole' };
    const seeds = async (seed: number): Promise<number> => {
      const tap = new Wiretap();
      expectIdeal(await compare(lists, rule, seed, { protocol, intercept: tap.intercept }), lists, rule);
      return tap.all({ name: 'base-ot-seeds' }).length;
    };
    expect([await seeds(1), await seeds(2)]).toEqual([2, 0]);
  });
});

describe('the comparison with the ideal functionality', () => {
  it('fails when one answer is changed', async () => {
    const lists = { asked: names(40), held: bare(names(40, 20)) };
    const answers = await compare(lists, { mode: 'receiver' });
    const answer = answers.get(RECEIVER);
    if (answer?.kind === 'rows') answer.held[7] ^= 1;
    expect(() => expectIdeal(answers, lists, { mode: 'receiver' })).toThrow('equal');
  });
});
