/** The asker's part of a match. */
import { firstIntegers } from '../../src/crypto/bytes.ts';
import { CUCKOO_POSITIONS } from '../../src/crypto/cuckoo.ts';
import { OPPRF_VALUE_BYTES, type OpprfQuery, type OpprfRecords, type OpprfShape } from '../../src/crypto/opprf.ts';
import { fillInSteps, type PrgDraw } from '../../src/crypto/prg.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import { sharedBytes } from '../../src/crypto/shared-bytes.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { bitSlicesKernel } from '../../src/kernels/bit-slices.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { cuckooKernel } from '../../src/kernels/cuckoo.ts';
import { opprfKernel } from '../../src/kernels/opprf.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput, isSmallOutput } from '../../src/kit/small-input.ts';
import { heldDraw } from '../../src/kit/held-draw.ts';
import type { Io } from '../../src/kit/io.ts';
import { deal, roomForWords, shareWords, type WordsToShare } from '../committee/index.ts';
import { rowSalt, TargetTable, tableBytes, tableSalts } from './messages.ts';
import type { MatchPlan } from './plan.ts';

/**
 * Places `digests` (n x 32, distinct) in bins, obtains one value per bin and contributor and deals all of them to the
 * committee. Returns the item in each bin, -1 where there is none. The asker learns nothing else.
 */
export async function matchAsker(io: Io, plan: MatchPlan, digests: Uint8Array): Promise<Int32Array> {
  const { engine, contributors, committee, bins } = plan;
  const secrets = new Secrets();
  try {
    const fillers = heldDraw(io, 'fillers', { bytes: bins * RECORD_BYTES, secrets });
    const { itemOfBin, records, slots } = await io.compute(placeJob, { digests, bins, fillers });
    secrets.hold(records);
    io.progress(1, 4);

    const values = await engine.receive(io.sub('oprf'), contributors, { records, size: plan.oprfSize });
    for (const ofContributor of values) secrets.hold(ofContributor);
    io.progress(2, 4);

    const slices = await readTables(io, plan, { records, slots, values, secrets });
    secrets.wipe(records);
    io.progress(3, 4);

    const input = io.sub(`input:${io.self}`);
    await deal(input, committee, await shareWords(input, slices));
    io.progress(4, 4);
    return itemOfBin;
  } finally {
    secrets.end();
  }
}

interface AskedRecords {
  /** bins x 32. */
  readonly records: Uint8Array;
  /** See `Placed`. */
  readonly slots: Uint8Array;
  /** By contributor: bins x 16. */
  readonly values: readonly Uint8Array[];
  readonly secrets: Secrets;
}

/** What the values give in the contributors' tables: [bit][contributor][lane]. */
async function readTables(io: Io, plan: MatchPlan, asked: AskedRecords): Promise<WordsToShare> {
  const { contributors, laneWords, opprfShapes } = plan;
  const { records, slots, values, secrets } = asked;
  const expandedRows = await expandShared(io, plan, asked);
  const bits = sliceCount(plan);
  const slices = roomForWords(bits * contributors.length * laneWords);
  secrets.hold(slices.component);
  await io.all(
    contributors.map((contributor, index) => async () => {
      const shape = opprfShapes[index];
      const table = await io.sub('targets').from(contributor).recv(TargetTable, tableBytes(plan, index));
      const input = {
        shape,
        ...tableSalts(io, contributor),
        records,
        slots,
        oprfValues: values[index],
        table,
        expandedRows: expandedRows.get(shape.columns),
        bits,
        laneWords,
      };
      const own = secrets.hold(await io.compute(readJob, input));
      interleave(slices.words, own, { index, of: contributors.length, laneWords });
      secrets.wipe(own);
    }),
  );
  for (const rows of expandedRows.values()) secrets.wipe(rows);
  return slices;
}

/** By columns, the rows for each width of table that several contributors share, made before the first table arrives. */
async function expandShared(
  io: Io,
  { opprfShapes }: MatchPlan,
  { records, slots, secrets }: AskedRecords,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const expandedRows = new Map<number, Uint8Array>();
  for (const [index, shape] of opprfShapes.entries()) {
    const before = opprfShapes.slice(0, index).filter(({ columns }) => columns === shape.columns);
    // At the second table of a width: once, and for shared widths alone.
    if (before.length !== 1) continue;
    const rows = await io.compute(rowsJob, { shape, rowSalt: rowSalt(io), records, slots });
    if (rows !== undefined) expandedRows.set(shape.columns, secrets.hold(rows));
  }
  return expandedRows;
}

/** Bits per bin and contributor: target and score. */
export function sliceCount(plan: Pick<MatchPlan, 'targetBits' | 'scoreBits'>): number {
  return plan.targetBits + plan.scoreBits;
}

/** Writes one contributor's slices [bit][lane] into all contributors' [bit][contributor][lane]. */
export function interleave(
  out: Uint32Array,
  own: Uint32Array,
  { index, of, laneWords }: { readonly index: number; readonly of: number; readonly laneWords: number },
): void {
  for (let bit = 0; bit * laneWords < own.length; bit++) {
    out.set(own.subarray(bit * laneWords, (bit + 1) * laneWords), (bit * of + index) * laneWords);
  }
}

interface Placed {
  readonly itemOfBin: Int32Array;
  /** bins x 32: an item's digest, or random bytes, which are no item's. */
  readonly records: Uint8Array;
  /** Of each bin: its number among the three of its item; 0 where there is none. */
  readonly slots: Uint8Array;
}

export const placeJob: Job<{ readonly digests: Uint8Array; readonly bins: number; readonly fillers: PrgDraw }, Placed> =
  defineJob(
    'match/place',
    function* ({ digests, bins, fillers }): Steps<Placed> {
      const cuckoo = cuckooKernel();
      const positions = yield* cuckoo.positions(digests, bins);
      const itemOfBin = yield* cuckoo.insert(positions, bins);
      const records = sharedBytes(bins * RECORD_BYTES);
      yield* fillInSteps(fillers, records, chacha20Kernel());
      yield* cuckoo.writeDigests(records, { digests, itemOfBin });
      return { itemOfBin, records, slots: slotsOf(positions, itemOfBin) };
    },
    { inPlace: ({ bins }) => isSmallOutput(bins, RECORD_BYTES) },
  );

function slotsOf(positions: Uint32Array, itemOfBin: Int32Array): Uint8Array {
  const slots = new Uint8Array(itemOfBin.length);
  for (let bin = 0; bin < slots.length; bin++) {
    const item = itemOfBin[bin];
    if (item < 0) continue;
    const at = CUCKOO_POSITIONS * item;
    // Without branches, which would be mispredicted: slots are random.
    slots[bin] = Number(positions[at + 1] === bin) + 2 * Number(positions[at + 2] === bin);
  }
  return slots;
}

/** The rows of all bins' records in tables of one width; see `Opprf.expandRows`. */
export const rowsJob: Job<OpprfRecords & { readonly shape: OpprfShape }, Uint8Array | undefined> = defineJob(
  'match/rows',
  function* ({ shape, ...records }): Steps<Uint8Array | undefined> {
    const opprf = opprfKernel();
    // The first use of a kernel compiles and self-tests it: a turn of its own.
    yield;
    return yield* opprf.expandRows(shape, records);
  },
  { inPlace: isSmallInput },
);

interface ReadInput extends Omit<OpprfQuery, 'bins'> {
  readonly shape: OpprfShape;
  readonly bits: number;
  readonly laneWords: number;
}

/** Reads each bin's record in one contributor's table and turns the values into bit slices. */
export const readJob: Job<ReadInput, Uint32Array> = defineJob(
  'match/read',
  function* ({ shape, bits, laneWords, ...query }): Steps<Uint32Array> {
    const rowCount = query.slots.length;
    const opprf = opprfKernel();
    // The first use of a kernel compiles and self-tests it: a turn of its own.
    yield;
    const values = yield* opprf.read(shape, { ...query, bins: firstIntegers(rowCount) });
    return yield* bitSlicesKernel().toSlices(values, {
      rowBytes: OPPRF_VALUE_BYTES,
      rowCount,
      firstBit: 0,
      bits,
      strideWords: laneWords,
    });
  },
  { consumes: ['oprfValues', 'table'], inPlace: ({ oprfValues, table }) => isSmallInput({ oprfValues, table }) },
);
