/** The public numbers of an overlap run, from its parameters alone: both parties compute the same ones. */
import { UsageError } from '../../src/errors.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { FailureBound } from '../../src/kit/protocol.ts';
import { EVENT_BITS } from './bounds.ts';
import { packedBytes } from './columns.ts';
import type { Exchange, OverlapEngine } from './engine.ts';
import type { OverlapMode, OverlapParameters, PayloadColumn } from './parameters.ts';
import type { RowShape } from './steps.ts';

export interface OverlapPlan {
  readonly receiver: PartyId;
  readonly holder: PartyId;
  readonly mode: OverlapMode;
  readonly columns: readonly PayloadColumn[];
  readonly engine: OverlapEngine;
  /** The receiver's slots. */
  readonly exchange: Exchange;
  /** The holder's slots. */
  readonly held: { readonly rowCount: number; readonly batchRows: number };
  readonly shape: RowShape;
  /** A row of the holder on the wire. */
  readonly rowBytes: number;
  readonly failures: readonly FailureBound[];
}

/** @throws UsageError `bad-parameter` for an engine that is not at hand */
export function planOverlap(parameters: OverlapParameters, engines: readonly OverlapEngine[]): OverlapPlan {
  const { receiver, holder, mode, columns, receiverBucket, holderBucket, batchRows } = parameters;
  const engine = engineOf(parameters, engines);
  // With columns an account is looked up once more for every row of it that was found.
  const lookups = receiverBucket + (columns.length > 0 ? holderBucket : 0);
  const comparisons = Math.log2(lookups) + Math.log2(holderBucket);
  const tagBytes = Math.ceil((EVENT_BITS + comparisons) / 8);
  const shape = { tagBytes, payloadBytes: packedBytes(columns) };
  const pairs = 2 * Math.log2(receiverBucket + holderBucket) - 1;
  const exchange = {
    receiver,
    holder,
    rowCount: receiverBucket,
    batchRows: Math.min(batchRows, receiverBucket),
    heldCount: holderBucket,
    shuffled: mode === 'size-only',
  };
  return {
    receiver,
    holder,
    mode,
    columns,
    engine,
    exchange,
    held: { rowCount: holderBucket, batchRows: Math.min(batchRows, holderBucket) },
    shape,
    rowBytes: tagBytes + shape.payloadBytes,
    failures: [
      { event: 'a tag is equal by chance', log2: comparisons - 8 * tagBytes },
      ...(mode === 'both' ? [{ event: 'a confirmation is equal by chance', log2: comparisons - 8 * tagBytes }] : []),
      { event: 'two accounts have one value', log2: pairs + engine.collisionLog2 },
      ...engine.failures(exchange),
    ],
  };
}

function engineOf({ engine: id, mode }: OverlapParameters, engines: readonly OverlapEngine[]): OverlapEngine {
  const fitting = engines.filter(({ shuffles }) => shuffles || mode !== 'size-only');
  const engine = fitting.find((candidate) => candidate.id === id);
  if (engine !== undefined) return engine;
  const known = engines.some((candidate) => candidate.id === id);
  throw new UsageError(
    `Cannot plan overlap run: this engine is not available ${known ? 'in mode size-only' : 'here'}`,
    {
      code: 'bad-parameter',
      phase: 'parameters',
      remedy: `use one of: ${fitting.map((candidate) => candidate.id).join(', ')}`,
    },
  );
}
