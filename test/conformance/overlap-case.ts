/** Cases of `overlap`: mode and columns vary; accounts, rows and contents are drawn from the seed. */
import { expect } from 'vitest';
import {
  idealOverlap,
  overlap,
  type OverlapAnswer,
  type OverlapInput,
  type OverlapMode,
  type OverlapParameters,
  type OverlapProtocol,
  type PayloadColumn,
} from '../../protocols/overlap/index.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import {
  heldBy,
  HOLDER,
  type Lists,
  overlapRun,
  pairsOf,
  parametersFor,
  RECEIVER,
  type Rule,
  sortedPairs,
} from '../support/overlap-run.ts';
import type { Disagreement, ProtocolCase, Variant } from './protocol-case.ts';

export interface OverlapCaseOptions {
  readonly name: string;
  readonly mode: OverlapMode;
  readonly columns?: readonly PayloadColumn[];
  /** Slots of both sides; messages hold 64, of larger ones an eighth or less. Default 64. */
  readonly bucket?: number;
  /** Default: all rows of a side in one piece. */
  readonly shardRows?: number;
  /** Default: the mode's. */
  readonly engine?: 'vole' | 'dh';
  /** Default: the engine's. */
  readonly security?: 'semi-honest' | 'malicious';
}

type OverlapOutput = OverlapAnswer | undefined;
export type OverlapCase = ProtocolCase<
  OverlapParameters,
  OverlapInput,
  Parameters<OverlapProtocol['run']>[2],
  OverlapOutput
>;
type Outputs = ReadonlyMap<PartyId, OverlapOutput>;

const ACCOUNTS = 40;

export function overlapCase(options: OverlapCaseOptions): OverlapCase {
  const { name, mode, columns = [], bucket = 64, shardRows = 2 ** 19, engine, security } = options;
  const sizes = { receiverItems: bucket, holderItems: bucket, sizesPerOctave: 8 } as const;
  const size = { ...sizes, shardRows, batchRows: Math.max(64, 2 ** Math.floor(Math.log2(bucket / 8))) };
  const chosen = { ...(engine === undefined ? {} : { engine }), ...(security === undefined ? {} : { security }) };
  const rule: Rule = { mode, columns, ...size, ...chosen };
  const parameters = parametersFor({ asked: [], held: [] }, rule);
  const lists = (seed: number): Lists => drawLists(seed, columns);

  return {
    name,
    protocol: overlap,
    slow: false,
    run: (seed) => overlapRun(lists(seed), parameters),
    expect(outputs, seed) {
      const ideal = idealOverlap(lists(seed).asked, lists(seed).held);
      expectShape(outputs, parameters);
      const [atReceiver, atHolder] = [outputs.get(RECEIVER), outputs.get(HOLDER)];
      if (atReceiver?.kind === 'size') expect(atReceiver.size).toBe(ideal.size);
      if (atReceiver?.kind === 'rows') expect(heldBy(atReceiver)).toEqual(ideal.receiverHeld);
      if (atHolder !== undefined) expect(heldBy(atHolder)).toEqual(ideal.holderHeld);
      if (atReceiver !== undefined && columns.length > 0) {
        expect(pairsOf(atReceiver, columns)).toEqual(sortedPairs(ideal.joined));
      }
    },
    expectComplete(outputs, seed) {
      expectShape(outputs, parameters);
      const rows = new Map([
        [RECEIVER, lists(seed).asked.length],
        [HOLDER, lists(seed).held.length],
      ]);
      for (const [party, output] of outputs) {
        if (output?.kind === 'rows') expect(heldBy(output).length).toBe(rows.get(party));
        if (output?.kind === 'size') expect(output.size).toBeLessThanOrEqual(bucket);
      }
    },
    equalLeakage: (seed) => equalLeakage(lists(seed), parameters),
    disagreements: () => disagreements(parameters),
    secrets: (seed) =>
      new Map([
        [RECEIVER, lists(seed).asked],
        [HOLDER, lists(seed).held.map(([account]) => account)],
      ]),
  };
}

/** Names of an unmistakable form, about half of them common; with columns some repeat. */
function drawLists(seed: number, columns: readonly PayloadColumn[]): Lists {
  const rng = insecureSeededRng('overlap lists', seed);
  const repeats = columns.length > 0;
  const account = (owner: string, k: number): string => `iban:CANARY${seed}${owner}${String(k).padStart(6, '0')}`;
  const cells = (): readonly Uint8Array[] => columns.map(({ bytes }) => rng(rng(1)[0] % (bytes + 1)));
  const own = Array.from({ length: ACCOUNTS }, (_, k) => account('X', k));
  const held = own.map((name, k) => (rng(1)[0] < 128 ? name : account('Y', k)));
  return {
    asked: repeats ? [...own, own[3], own[7]] : own,
    held: [...held, ...(repeats ? [held[3], held[5], held[5]] : [])].map((name) => [name, ...cells()] as const),
  };
}

/** Who gets an answer, and of which kind. */
function expectShape(outputs: Outputs, { mode, columns }: OverlapParameters): void {
  for (const [party, output] of outputs) {
    if (party === HOLDER && mode !== 'both') expect(output, party).toBeUndefined();
    else expect(output?.kind, party).toBe(mode === 'size-only' ? 'size' : 'rows');
    const joins = party === RECEIVER && columns.length > 0;
    expect(output !== undefined && 'joined' in output, party).toBe(joins);
  }
}

/** What the traffic must not tell apart, whoever learns what: none in common, all in common, few rows, no rows. */
function equalLeakage(
  { asked, held }: Lists,
  parameters: OverlapParameters,
): readonly Variant<OverlapParameters, OverlapInput>[] {
  const variant = (name: string, lists: Lists) => ({ name, run: overlapRun(lists, parameters) });
  const renamed = (change: (k: number) => string): Lists['held'] =>
    held.map(([, ...cells], k) => [change(k), ...cells] as const);
  return [
    variant('half in common', { asked, held }),
    variant('none in common', { asked, held: renamed((k) => `none:${k}`) }),
    variant('all in common', { asked, held: renamed((k) => asked[k % ACCOUNTS]) }),
    variant('smallest batch', { asked: asked.slice(0, 32), held: held.slice(0, 32) }),
    variant('nothing asked', { asked: [], held }),
    variant('nothing held', { asked, held: [] }),
  ];
}

function disagreements(parameters: OverlapParameters): readonly Disagreement<OverlapParameters>[] {
  const differ = (
    field: keyof OverlapParameters,
    change: Partial<OverlapParameters>,
    also: readonly string[] = [],
  ): Disagreement<OverlapParameters> => ({
    field,
    parameters: { ...parameters, ...change },
    reportedAs: [`parameters.${field}`, ...also],
    value: JSON.stringify(change[field]),
  });
  const everything = [
    'receiver-learns-row-level-overlap',
    'holder-learns-row-level-overlap',
    'receiver-learns-payload-columns',
    'receiver-learns-exact-overlap-size',
  ] as const;
  const { receiver, holder, mode, columns, receiverBucket, holderBucket } = parameters;
  // What a party's own list would not fit is refused before there is anything to disagree on.
  const byList =
    columns.length > 0
      ? [differ('columns', { columns: columns.map(({ name, bytes }) => ({ name, bytes: bytes + 2 })) })]
      : [
          differ('receiver', { receiver: holder, holder: receiver }, ['parameters.holder', 'parties', 'keys', 'roles']),
          differ('duplicates', { duplicates: 'reject' }),
        ];
  return [
    ...byList,
    ...(parameters.engine === 'vole' ? [differ('security', { security: otherSecurity(parameters) })] : []),
    differ('mode', { mode: mode === 'both' ? 'receiver' : 'both', acknowledged: everything }, [
      'parameters.acknowledged',
    ]),
    differ('receiverBucket', { receiverBucket: 2 * receiverBucket }),
    differ('holderBucket', { holderBucket: 4 * holderBucket }),
    differ('batchRows', { batchRows: 2 * parameters.batchRows }),
    differ('shardRows', { shardRows: parameters.shardRows === 64 ? 128 : 64 }),
    differ('smallestBatch', { smallestBatch: 33 }),
    differ('ttlDays', { ttlDays: 111 }),
    differ('purpose', { purpose: 'another purpose altogether' }),
    differ('acknowledged', { acknowledged: everything }),
  ];
}

function otherSecurity({ security }: OverlapParameters): OverlapParameters['security'] {
  return security === 'malicious' ? 'semi-honest' : 'malicious';
}

export const overlapCases: readonly OverlapCase[] = [
  overlapCase({
    name: 'overlap, the receiver learns, with columns',
    mode: 'receiver',
    engine: 'vole',
    columns: [
      { name: 'risk', bytes: 1 },
      { name: 'opened_on', bytes: 10 },
    ],
  }),
  overlapCase({ name: 'overlap, both learn, silent VOLE', mode: 'both', bucket: 4096 }),
  overlapCase({ name: 'overlap, semi-honest', mode: 'receiver', engine: 'vole', security: 'semi-honest' }),
  overlapCase({
    name: 'overlap, both learn, in three shards',
    mode: 'both',
    engine: 'vole',
    bucket: 192,
    shardRows: 64,
  }),
  overlapCase({ name: 'overlap, both learn, dh engine', mode: 'both', engine: 'dh' }),
  overlapCase({ name: 'overlap, size only, in two messages', mode: 'size-only', bucket: 128 }),
];
