/** The public numbers of an overlap run, from its parameters alone: both parties compute the same ones. */
import { shardLoad } from '../../src/crypto/sharding.ts';
import { UsageError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { FailureBound } from '../../src/kit/protocol.ts';
import { EVENT_BITS } from './bounds.ts';
import { packedBytes } from './columns.ts';
import type { Exchange, OverlapEngine } from './engine.ts';
import { goesInShards, type OverlapMode, type OverlapParameters, type PayloadColumn } from './parameters.ts';
import type { PieceSizes } from './pieces.ts';
import type { RowShape } from './steps.ts';

/**
 * A holder that departs from the protocol may look for two accounts with one tag, so as to answer one more account than it
 * has rows: b bits take 2^(b/2) hashes for the first, all of them between the receiver's table and its own rows.
 */
const LONG_TAG_BYTES = 12;

/** Of each side; with what else shares one event's error both stay below that. */
const SHARD_LOAD_BITS: number = EVENT_BITS + 2;

export interface OverlapPlan {
  readonly receiver: PartyId;
  readonly holder: PartyId;
  readonly mode: OverlapMode;
  readonly columns: readonly PayloadColumn[];
  readonly engine: OverlapEngine;
  /** 1 where lists go over in one piece. */
  readonly shards: number;
  /** The receiver's slots of a shard. */
  readonly exchange: Exchange;
  /** The holder's slots of a shard. */
  readonly held: PieceSizes & { readonly batchRows: number };
  readonly shape: RowShape;
  /** A row of the holder on the wire. */
  readonly rowBytes: number;
  readonly failures: readonly FailureBound[];
}

/** @throws UsageError `bad-parameter` for an engine that is not at hand, or that does not serve lists of these sizes */
export function planOverlap(parameters: OverlapParameters, engines: readonly OverlapEngine[]): OverlapPlan {
  const { receiver, holder, mode, columns, receiverBucket, holderBucket, batchRows, security } = parameters;
  const engine = engineOf(parameters, engines);
  const shards = shardCount(parameters);
  const capacity = (bucket: number): number => (shards === 1 ? bucket : shardLoad(bucket, shards, -SHARD_LOAD_BITS));
  const [rowCount, heldCount] = [capacity(receiverBucket), capacity(holderBucket)];
  // With columns an account is looked up once more for every row of it that was found.
  const lookups = rowCount + (columns.length > 0 ? heldCount : 0);
  const comparisons = Math.log2(shards) + Math.log2(lookups) + Math.log2(heldCount);
  const pairs = Math.log2(shards) + 2 * Math.log2(rowCount + heldCount) - 1;
  const exchange = {
    receiver,
    holder,
    rowCount,
    batchRows: Math.min(batchRows, rowCount),
    heldCount,
    shards,
    security,
    shuffled: mode === 'size-only',
  };
  // Where the engine leaves a departing holder more than its rows, or only a number comes out, tags are as long as chance needs.
  const boundsHolder = mode !== 'size-only' && engine.holderDeparture(exchange) === undefined;
  const tagBytes = Math.max(Math.ceil((EVENT_BITS + comparisons) / 8), boundsHolder ? LONG_TAG_BYTES : 0);
  const shape = { tagBytes, payloadBytes: packedBytes(columns) };
  if (!engine.serves(exchange)) throw tooLong();
  return {
    receiver,
    holder,
    mode,
    columns,
    engine,
    shards,
    exchange,
    held: {
      rowCount: heldCount,
      batchRows: Math.min(batchRows, heldCount),
      pieceRows: pieceRows(parameters, heldCount),
    },
    shape,
    rowBytes: tagBytes + shape.payloadBytes,
    failures: [
      { event: 'a tag is equal by chance', log2: comparisons - 8 * tagBytes },
      ...(mode === 'both' ? [{ event: 'a confirmation is equal by chance', log2: comparisons - 8 * tagBytes }] : []),
      { event: 'two accounts have one value', log2: pairs + engine.collisionLog2 },
      ...(shards > 1 ? [{ event: 'a shard has no room', log2: 1 - SHARD_LOAD_BITS }] : []),
      ...engine.failures(exchange),
    ],
  };
}

/**
 * Into how many shards both lists are cut: those that the longer one needs, as long as the shorter one has an eighth of
 * `shardRows` in each. With less the room that a shard has beyond its share would be room for asking about more.
 */
function shardCount(parameters: OverlapParameters): number {
  const { receiverBucket, holderBucket, shardRows } = parameters;
  const [shorter, longer] = [receiverBucket, holderBucket].toSorted((a, b) => a - b);
  if (!goesInShards(parameters) || longer <= 2 * shardRows) return 1;
  return Math.max(1, Math.min(Math.ceil(longer / shardRows), Math.floor((8 * shorter) / shardRows)));
}

/** Rows of a shard that the holder works on at once: all of them where they are no more than lists in one piece have. */
function pieceRows(parameters: OverlapParameters, heldCount: number): number {
  const { shardRows } = parameters;
  return goesInShards(parameters) && heldCount > 2 * shardRows ? shardRows : heldCount;
}

/** Before anything is sent: a run that failed for it would use up a start of the initiator's. */
function tooLong(): UsageError {
  return new UsageError(
    'Cannot plan overlap run: the receiver has more accounts in one piece than this engine serves',
    {
      code: 'bad-parameter',
      phase: 'parameters',
      remedy: 'use a smaller size bucket for the receiver, or a larger one for the holder, which makes more shards',
    },
  );
}

function engineOf(parameters: OverlapParameters, engines: readonly OverlapEngine[]): OverlapEngine {
  const { engine: id, mode, security } = parameters;
  const shuffling = engines.filter(({ shuffles }) => shuffles || mode !== 'size-only');
  const fitting = shuffling.filter(({ securities }) => securities.includes(security));
  const named = (candidate: OverlapEngine): boolean => candidate.id === id;
  const engine = fitting.find(named);
  if (engine !== undefined) return engine;
  let what = 'this engine is not available here';
  if (shuffling.some(named)) what = `this engine is not available with security ${security}`;
  else if (engines.some(named)) what = 'this engine is not available in mode size-only';
  throw new UsageError(`Cannot plan overlap run: ${what}`, {
    code: 'bad-parameter',
    phase: 'parameters',
    remedy:
      fitting.length > 0
        ? `use one of: ${fitting.map((candidate) => candidate.id).join(', ')}`
        : 'use security semi-honest, or another mode',
  });
}
