/** The roles of an overlap run. Each reads like the message table of README.md. */
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import { Prg, SEED_BYTES } from '../../src/crypto/prg.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import { planOfRun } from '../../src/kit/shards.ts';
import { batchesOf, rowsOf } from './batches.ts';
import { firstRows, type PackedColumns, unpackJob } from './columns.ts';
import type { OverlapEvaluation } from './engine.ts';
import type { OverlapPlan } from './plan.ts';
import { holdRecords, type ListPart, type OwnList, pad, type PaddedList } from './pad.ts';
import { mergeJob, type Piece, PieceRows, piecesOf } from './pieces.ts';
import { findJob, type Found } from './find.ts';
import {
  expectedConfirmationsJob,
  checkConfirmationsJob,
  makeConfirmationsJob,
  countJob,
  sealJob,
  tagsJob,
} from './steps.ts';
import type { EvaluatedRows } from './tags.ts';

/** Tag and encrypted columns of one batch of the holder's rows, which are in the order of their tags. */
export const HeldRowsMessage: Message<Uint8Array, number> = bytesMessage('overlap-rows');
/** One value per record of the receiver in ascending order: a confirmation or random bytes. */
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
      /** One byte per own account: 1 where the holder has it. */
      readonly matches: Uint8Array;
      /** With columns. */
      readonly joined: JoinedRows | undefined;
    };

/** Learns which of its accounts the holder has, or in `size-only` how many. */
export async function receiver(io: Io, plan: OverlapPlan, own: OwnList): Promise<ReceiverOutcome> {
  const run = planOfRun(io, plan);
  const matches = new Uint8Array(own.accounts.count);
  let joined: JoinedRows | undefined;
  for await (const shard of ownShards(io, own, { plan, capacity: plan.exchange.rowCount })) {
    const found = await receiveShard(shard.io, run, shard.list);
    if (typeof found === 'number') return { kind: 'size', size: found };
    mark(matches, shard, found.matches);
    joined = await join(shard.io, plan, own, found);
    shard.io.progress(4, 4);
  }
  return { kind: 'rows', matches, joined };
}

/** Brings its list; learns nothing, or in `both` which of its accounts the receiver has: one byte per account. */
export async function holder(io: Io, plan: OverlapPlan, own: OwnList): Promise<Uint8Array | undefined> {
  const run = planOfRun(io, plan);
  const confirmed = plan.mode === 'both' ? new Uint8Array(own.accounts.count) : undefined;
  for await (const shard of ownShards(io, own, { plan, capacity: plan.held.rowCount })) {
    const found = await holdShard(shard.io, run, shard.list);
    if (confirmed !== undefined && found !== undefined) mark(confirmed, shard, found);
  }
  return confirmed;
}

interface OwnShard {
  readonly io: Io;
  readonly list: ListPart;
  /** Which account of the whole list each is. */
  readonly items: Uint32Array;
}

interface Cut {
  readonly plan: OverlapPlan;
  /** Accounts that a shard has room for. */
  readonly capacity: number;
}

/** The whole list, or its shards one after the other, in the same order at both sides. */
async function* ownShards(io: Io, own: OwnList, { plan, capacity }: Cut): AsyncGenerator<OwnShard> {
  const { shards } = plan;
  let number = 0;
  for await (const { digests, items } of own.accounts.shards(io, { shards, capacity })) {
    const channel = shards === 1 ? io : io.sub(`shard:${number}`);
    yield { io: channel, list: { ...own, digests }, items };
    if (shards > 1) io.progress(++number, shards);
  }
}

/** Writes 1 for each account of the shard on which there is something. */
function mark(all: Uint8Array, { items }: OwnShard, found: ArrayLike<number>): void {
  for (let k = 0; k < found.length; k++) if (found[k] > 0) all[items[k]] = 1;
}

/** What was found on the own accounts, or in `size-only` how many there are. */
async function receiveShard(io: Io, plan: OverlapPlan, own: ListPart): Promise<Found | number> {
  const secrets = new Secrets();
  const randomness = new Prg(secrets.hold(io.rng(SEED_BYTES)), io.sid, `${io.phase} receiver`);
  try {
    const padded = await pad(io, randomness, own, plan.exchange.rowCount);
    holdRecords(secrets, padded, own);
    io.progress(1, 4);
    const [{ evaluated, tags }, rows] = await io.all([
      () => evaluate(io, plan, { records: padded.records, secrets }),
      () => receiveBatches(io.sub('rows'), plan, secrets),
    ]);
    io.progress(2, 4);
    await io.opening();
    const itemCount = own.digests.length / HASH_BYTES;
    return await lookUp(io, plan, { evaluated, tags, rows, itemCount, randomness, secrets });
  } finally {
    randomness.wipe();
    secrets.end();
  }
}

interface LookedUp extends Evaluated {
  readonly rows: Uint8Array;
  readonly itemCount: number;
  readonly randomness: Prg;
  readonly secrets: Secrets;
}

/** The own records among the holder's rows; in `both` the holder is told. */
async function lookUp(
  io: Io,
  plan: OverlapPlan,
  { evaluated, tags, rows, itemCount, randomness, secrets }: LookedUp,
): Promise<Found | number> {
  const { shape } = plan;
  if (tags === undefined) {
    const size = await io.compute(countJob, { ...evaluated, shape, rows });
    io.progress(4, 4);
    return size;
  }
  const found = await io.compute(findJob, { ...evaluated, shape, rows, tags, itemCount });
  io.progress(3, 4);
  if (plan.mode !== 'both') return found;
  const { tagBytes } = shape;
  const decoys = randomness.draw(plan.exchange.rowCount * tagBytes);
  const { matches } = found;
  const sent = secrets.hold(await io.compute(makeConfirmationsJob, { ...evaluated, tagBytes, matches, decoys }));
  const channel = io.sub('confirm').to(plan.holder);
  for (const batch of batchesOf(plan.exchange)) {
    await channel.send(Confirmations, rowsOf(sent, tagBytes, batch), batch.rows * tagBytes);
  }
  return found;
}

interface Evaluated {
  readonly evaluated: EvaluatedRows;
  /** Of the records; in `size-only` nobody may know which record a tag is of. */
  readonly tags: Uint8Array | undefined;
}

/** All that can be made of the records before the holder's rows are there. */
async function evaluate(
  io: Io,
  { engine, exchange, mode, shape }: OverlapPlan,
  { records, secrets }: { readonly records: Uint8Array; readonly secrets: Secrets },
): Promise<Evaluated> {
  const values = secrets.hold(await engine.receive(io.sub('evaluate'), exchange, records));
  const evaluated = { sid: io.sid, records, values, valueBytes: engine.valueBytes };
  if (mode === 'size-only') return { evaluated, tags: undefined };
  const tags = secrets.hold(await io.compute(tagsJob, { ...evaluated, tagBytes: shape.tagBytes }));
  return { evaluated, tags };
}

/** In `both`, one byte per own account. */
async function holdShard(io: Io, plan: OverlapPlan, own: ListPart): Promise<Uint8Array | undefined> {
  const { mode, held, rowBytes, shape } = plan;
  const secrets = new Secrets();
  const randomness = new Prg(secrets.hold(io.rng(SEED_BYTES)), io.sid, `${io.phase} holder`);
  const evaluation = plan.engine.hold(io.sub('evaluate'), plan.exchange);
  const sealed = new PieceRows(held, rowBytes, secrets);
  const expected = new PieceRows(held, shape.tagBytes, secrets);
  try {
    for (const piece of piecesOf(own, held)) {
      const padded = await pad(io, randomness, piece, piece.rowCount);
      holdRecords(secrets, padded, piece);
      if (piece.isFirst) {
        evaluation.expect?.(padded.records);
        await answer(io, evaluation);
      }
      const values = secrets.hold(await evaluation.evaluate(padded.records, { more: !piece.isLast }));
      sealed.add(await seal(io, plan, { piece, padded, values }));
      if (piece.isLast) await sendRows(io.sub('rows'), plan, sealed);
      if (mode === 'both') expected.add(await confirmations(io, plan, { piece, padded, values }));
      secrets.wipe(values);
      secrets.wipe(padded.records);
    }
    io.progress(2, 3);
    const confirmed = mode === 'both' ? await receiveConfirmed(io, plan, own, { expected, secrets }) : undefined;
    io.progress(3, 3);
    return confirmed;
  } finally {
    evaluation.end();
    randomness.wipe();
    secrets.end();
  }
}

/** Rows leave when all queries are in: what a receiver asks cannot depend on them. */
async function answer(io: Io, evaluation: OverlapEvaluation): Promise<void> {
  io.progress(1, 3);
  await evaluation.answer();
  await io.opening();
}

interface EvaluatedPiece {
  readonly piece: Piece;
  readonly padded: PaddedList;
  readonly values: Uint8Array;
}

/** One row per record, in the order of their tags, which tells nothing of the records' order. */
function seal(io: Io, { engine, shape, mode }: OverlapPlan, of: EvaluatedPiece): Promise<Uint8Array> {
  const { piece, padded, values } = of;
  return io.compute(sealJob, {
    sid: io.sid,
    records: padded.records,
    values,
    valueBytes: engine.valueBytes,
    shape,
    sizeOnly: mode === 'size-only',
    occurrences: padded.occurrences,
    payload: piece.payload,
  });
}

function confirmations(io: Io, { engine, shape }: OverlapPlan, of: EvaluatedPiece): Promise<Uint8Array> {
  const { padded, values } = of;
  const { tagBytes } = shape;
  const { valueBytes } = engine;
  return io.compute(expectedConfirmationsJob, { sid: io.sid, records: padded.records, values, valueBytes, tagBytes });
}

/** Sends the rows of all pieces in the order of their tags. */
async function sendRows(io: Io, plan: OverlapPlan, sealed: PieceRows): Promise<void> {
  const { held, rowBytes, shape } = plan;
  // There are no columns where there are several pieces.
  await sealed.change((tags) => io.compute(mergeJob, { tags, tagBytes: shape.tagBytes, pieceRows: held.pieceRows }));
  for (const batch of batchesOf(held)) {
    await io.to(plan.receiver).send(HeldRowsMessage, rowsOf(sealed.rows, rowBytes, batch), batch.rows * rowBytes);
  }
  // The receiver may take a while until it confirms.
  sealed.end();
}

async function receiveBatches(io: Io, plan: OverlapPlan, secrets: Secrets): Promise<Uint8Array> {
  const rows = secrets.hold(new Uint8Array(plan.held.rowCount * plan.rowBytes));
  for (const batch of batchesOf(plan.held)) {
    await io.from(plan.holder).recvInto(HeldRowsMessage, rowsOf(rows, plan.rowBytes, batch));
  }
  return rows;
}

async function receiveConfirmed(
  io: Io,
  plan: OverlapPlan,
  { itemOfEntry, digests }: ListPart,
  { expected, secrets }: { readonly expected: PieceRows; readonly secrets: Secrets },
): Promise<Uint8Array> {
  const { tagBytes } = plan.shape;
  const received = secrets.hold(new Uint8Array(plan.exchange.rowCount * tagBytes));
  const channel = io.sub('confirm').from(plan.receiver);
  for (const batch of batchesOf(plan.exchange)) {
    await channel.recvInto(Confirmations, rowsOf(received, tagBytes, batch));
  }
  return await io.compute(checkConfirmationsJob, {
    tagBytes,
    expected: expected.rows,
    pieceRows: plan.held.pieceRows,
    itemOfEntry,
    itemCount: digests.length / HASH_BYTES,
    confirmations: received,
  });
}

async function join(io: Io, plan: OverlapPlan, own: OwnList, found: Found): Promise<JoinedRows | undefined> {
  if (plan.columns.length === 0) return undefined;
  // All rows are unpacked, so that the time it takes does not tell how many were found; the rest is left out after it.
  const columns = await io.compute(unpackJob, { packed: found.payload, columns: plan.columns });
  return {
    first: own.accounts.itemOfRow.map((item) => found.firstMatch[item]),
    count: own.accounts.itemOfRow.map((item) => found.matches[item]),
    columns: firstRows(columns, found.rowCount),
  };
}
