/** The block on its own, as a protocol: for its tests, its bench and whoever builds on it. */
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { UsageError } from '../../src/errors.ts';
import { inputRoot } from '../../src/kit/input-root.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { defineProtocol, onChannel, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import { type OprfEngine, type OprfSize } from './engine.ts';

export interface OprfParameters {
  readonly receiver: PartyId;
  readonly holders: readonly PartyId[];
  /** Bins: evaluations that the receiver gets from each holder. */
  readonly binCount: number;
  /** See `OprfSize`; default -128. */
  readonly collisionLog2?: number;
}

export interface OprfInput {
  /** The receiver's: binCount x 32. */
  readonly records?: Uint8Array;
  /** A holder's own evaluations: any number of records, each in as many bins. */
  readonly own?: { readonly bins: Uint32Array; readonly records: Uint8Array };
}

/** Values of 16 bytes each: per holder at the receiver, of the own evaluations at a holder. */
export type OprfOutput = readonly Uint8Array[];

export const MAX_BINS: number = 2 ** 24;

export function createOprf(engine: OprfEngine): ProtocolDefinition<OprfParameters, OprfInput, OprfInput, OprfOutput> {
  return defineProtocol({
    spec: {
      id: `oprf-${engine.id}/6`,
      securityModel: engine.securityModel,
      validate(parameters) {
        const { receiver, holders, binCount } = parameters;
        const distinct = new Set([receiver, ...holders]).size === holders.length + 1;
        if (!distinct || holders.length === 0 || !Number.isInteger(binCount) || binCount < 1 || binCount > MAX_BINS) {
          throw new UsageError('Cannot plan OPRF: parties or number of bins out of range', { code: 'bad-parameter' });
        }
        return Object.freeze(parameters);
      },
      roles: ({ receiver, holders }) =>
        new Map([receiver, ...holders].map((party) => [party, [party === receiver ? 'receiver' : 'holder']])),
      flow: (parameters) =>
        parameters.holders.flatMap((holder) =>
          onChannel('evaluate', engine.flow(parameters.receiver, holder, sizeOf(parameters))),
        ),
      rounds: (parameters) => engine.rounds(sizeOf(parameters)),
      failures: () => [],
      leakage: ({ receiver, holders }) => [
        { to: receiver, learns: 'the value of one record of its choice per bin and holder' },
        { to: holders.join(', '), learns: 'the number of bins' },
      ],
    },

    async prepare({ receiver, binCount }, input, context) {
      const records = context.self === receiver ? input.records : input.own?.records;
      if (records === undefined || !fits(records, context.self === receiver ? binCount : input.own?.bins.length)) {
        throw new UsageError('Cannot run OPRF: records do not fit the parameters', { code: 'bad-input' });
      }
      if (input.own?.bins.some((bin) => bin >= binCount)) {
        throw new UsageError('Cannot run OPRF: a bin is out of range', { code: 'bad-input' });
      }
      return { value: input, root: await inputRoot([records], context) };
    },

    async run(io, parameters, input) {
      const { receiver, holders } = parameters;
      const size = sizeOf(parameters);
      const channel = io.sub('evaluate');
      if (input.records !== undefined) return await engine.receive(channel, holders, { records: input.records, size });
      const { bins, records } = input.own ?? { bins: new Uint32Array(0), records: new Uint8Array(0) };
      const holder = engine.hold(channel, receiver, size);
      try {
        const [, values] = await io.all([() => holder.answer(), () => holder.evaluate(bins, records)]);
        return [values];
      } finally {
        holder.end();
      }
    },
  });
}

function sizeOf({ binCount, collisionLog2 = -128 }: OprfParameters): OprfSize {
  return { binCount, collisionLog2 };
}

/** As many records as values, or an equal number of values for each record. */
function fits(records: Uint8Array, valueCount: number | undefined): boolean {
  const count = records.length / RECORD_BYTES;
  if (valueCount === undefined || !Number.isInteger(count)) return false;
  return count === 0 ? valueCount === 0 : valueCount % count === 0;
}
