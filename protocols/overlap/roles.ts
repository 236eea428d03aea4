/** The roles of an overlap run. Each reads like the message table of README.md. */
import { Prg, type PrgDraw, SEED_BYTES } from '../../src/crypto/prg.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import { RECORD_BYTES } from '../oprf/index.ts';
import { batchesOf, rowsOf } from './batches.ts';
import { firstRows, type PackedColumns, unpackJob } from './columns.ts';
import type { OverlapEvaluation } from './engine.ts';
import type { OverlapPlan } from './plan.ts';
import { type OwnList, place, type Placed } from './place.ts';
import { SALT_BYTES } from './tags.ts';
import { findJob, type Found } from './find.ts';
import { confirmedJob, confirmJob, countJob, sealJob } from './steps.ts';

/** Tag and encrypted columns of one batch of the holder's slots. */
export const HeldRowsMessage: Message<Uint8Array, number> = bytesMessage('overlap-rows');
/** One value per slot of the receiver: a confirmation or random bytes. */
export const Confirmations: Message<Uint8Array, number> = bytesMessage('overlap-confirmations');

/**
 * The inner join: own row r meets the holder's rows first[r] .. first[r] + count[r] - 1, in no order that means
 * anything. Own rows of one account meet the same ones.
 */
export interface JoinedRows {
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  /** The holder's rows that came; `columnCell` reads one. */
  readonly columns: PackedColumns;
}

export type ReceiverOutcome =
  | { readonly kind: 'size'; readonly size: number }
  | {
      readonly kind: 'rows';
      /** By own account: not 0 where the holder has it. */
      readonly matches: Uint32Array;
      /** With columns. */
      readonly joined: JoinedRows | undefined;
    };

/** Learns which of its accounts the holder has, or in `size-only` how many. */
export async function receiver(io: Io, plan: OverlapPlan, own: OwnList): Promise<ReceiverOutcome> {
  const { engine, shape } = plan;
  const randomness = new Prg(io.rng(SEED_BYTES), io.sid, `${io.phase} receiver`);
  const placed = await place(io, randomness, own, plan.exchange.rowCount);
  io.progress(1, 4);
  const [values, rows] = await io.all([
    () => engine.receive(io.sub('evaluate'), plan.exchange, placed.records),
    () => receiveBatches(io.sub('rows'), plan),
  ]);
  io.progress(2, 4);

  const evaluated = { sid: io.sid, records: placed.records, values, valueBytes: engine.valueBytes };
  const salt = randomness.draw(SALT_BYTES);
  if (plan.mode === 'size-only') {
    const size = await io.compute(countJob, { ...evaluated, shape, rows, salt });
    io.progress(4, 4);
    return { kind: 'size', size };
  }
  const itemOfSlot = itemsOf(placed, own);
  const itemCount = own.digests.length / 32;
  const found = await io.compute(findJob, { ...evaluated, shape, rows, itemOfSlot, itemCount, salt });
  io.progress(3, 4);
  if (plan.mode === 'both') {
    const { tagBytes } = shape;
    const decoys = randomness.draw(plan.exchange.rowCount * tagBytes);
    const { matches } = found;
    const sent = await io.compute(confirmJob, { ...evaluated, tagBytes, itemOfSlot, matches, decoys });
    const channel = io.sub('confirm').to(plan.holder);
    for (const batch of batchesOf(plan.exchange)) {
      await channel.send(Confirmations, rowsOf(sent, tagBytes, batch), batch.rows * tagBytes);
    }
  }
  const joined = await join(io, plan, own, found);
  io.progress(4, 4);
  return { kind: 'rows', matches: found.matches, joined };
}

/** Brings its list; learns nothing, or in `both` which of its accounts the receiver has: one byte per account. */
export async function holder(io: Io, plan: OverlapPlan, own: OwnList): Promise<Uint8Array | undefined> {
  const randomness = new Prg(io.rng(SEED_BYTES), io.sid, `${io.phase} holder`);
  const evaluation = plan.engine.hold(io.sub('evaluate'), plan.exchange);
  try {
    const placed = await place(io, randomness, own, plan.held.rowCount);
    io.progress(1, 3);
    // Rows leave when all queries are in: what a receiver asks cannot depend on them.
    await evaluation.answer();
    const values = await sendRows(io.sub('rows'), plan, { own, placed, evaluation });
    io.progress(2, 3);
    const salt = randomness.draw(SALT_BYTES);
    const confirmed =
      plan.mode === 'both' ? await receiveConfirmed(io, plan, { own, placed, values, salt }) : undefined;
    io.progress(3, 3);
    return confirmed;
  } finally {
    evaluation.end();
  }
}

/** Sends one row per slot, batch by batch; returns the values of all slots where mode `both` needs them again. */
async function sendRows(
  io: Io,
  plan: OverlapPlan,
  list: { readonly own: OwnList; readonly placed: Placed; readonly evaluation: OverlapEvaluation },
): Promise<Uint8Array> {
  const { engine, shape } = plan;
  const { own, placed, evaluation } = list;
  const values = new Uint8Array(plan.mode === 'both' ? plan.held.rowCount * engine.valueBytes : 0);
  const whole = engine.evaluatesWhole ? await evaluation.evaluate(placed.records) : undefined;
  for (const batch of batchesOf(plan.held)) {
    const records = rowsOf(placed.records, RECORD_BYTES, batch);
    const evaluated =
      whole === undefined ? await evaluation.evaluate(records) : rowsOf(whole, engine.valueBytes, batch);
    const sealed = await io.compute(sealJob, {
      sid: io.sid,
      records,
      values: evaluated,
      valueBytes: engine.valueBytes,
      shape,
      sizeOnly: plan.mode === 'size-only',
      occurrences: placed.occurrences.slice(batch.from, batch.from + batch.rows),
      payload: payloadOf(own, shape.payloadBytes, placed.entryOfSlot.subarray(batch.from, batch.from + batch.rows)),
    });
    if (values.length > 0) values.set(evaluated, batch.from * engine.valueBytes);
    await io.to(plan.receiver).send(HeldRowsMessage, sealed, batch.rows * plan.rowBytes);
  }
  return values;
}

/** Columns by slot: zeros in a filler's. */
function payloadOf({ payload }: OwnList, width: number, entryOfSlot: Int32Array): Uint8Array {
  const out = new Uint8Array(entryOfSlot.length * width);
  if (width === 0) return out;
  for (const [slot, entry] of entryOfSlot.entries()) {
    if (entry >= 0) out.set(payload.subarray(entry * width, (entry + 1) * width), slot * width);
  }
  return out;
}

async function receiveBatches(io: Io, plan: OverlapPlan): Promise<Uint8Array> {
  const rows = new Uint8Array(plan.held.rowCount * plan.rowBytes);
  for (const batch of batchesOf(plan.held)) {
    const received = await io.from(plan.holder).recv(HeldRowsMessage, batch.rows * plan.rowBytes);
    rows.set(received, batch.from * plan.rowBytes);
  }
  return rows;
}

async function receiveConfirmed(
  io: Io,
  plan: OverlapPlan,
  list: { readonly own: OwnList; readonly placed: Placed; readonly values: Uint8Array; readonly salt: PrgDraw },
): Promise<Uint8Array> {
  const { tagBytes } = plan.shape;
  const confirmations = new Uint8Array(plan.exchange.rowCount * tagBytes);
  const channel = io.sub('confirm').from(plan.receiver);
  for (const batch of batchesOf(plan.exchange)) {
    confirmations.set(await channel.recv(Confirmations, batch.rows * tagBytes), batch.from * tagBytes);
  }
  return io.compute(confirmedJob, {
    sid: io.sid,
    records: list.placed.records,
    values: list.values,
    valueBytes: plan.engine.valueBytes,
    tagBytes,
    itemOfSlot: itemsOf(list.placed, list.own),
    itemCount: list.own.digests.length / 32,
    confirmations,
    salt: list.salt,
  });
}

function itemsOf({ entryOfSlot }: Placed, { itemOfEntry }: OwnList): Int32Array {
  const items = new Int32Array(entryOfSlot.length);
  for (let slot = 0; slot < items.length; slot++) {
    const entry = entryOfSlot[slot];
    items[slot] = entry < 0 ? -1 : itemOfEntry[entry];
  }
  return items;
}

async function join(io: Io, plan: OverlapPlan, own: OwnList, found: Found): Promise<JoinedRows | undefined> {
  if (plan.columns.length === 0) return undefined;
  // All rows are unpacked, so that the time it takes does not tell how many were found; the rest is left out after it.
  const columns = await io.compute(unpackJob, { packed: found.payload, columns: plan.columns });
  return {
    first: own.itemOfRow.map((item) => found.firstMatch[item]),
    count: own.itemOfRow.map((item) => found.matches[item]),
    columns: firstRows(columns, found.rowCount),
  };
}
