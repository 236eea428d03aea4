/** What overlap/9 is, as data: roles, messages, rounds, failure bound, leakage. README.md says the same in words. */
import type { PartyId } from '../../src/kit/party.ts';
import { type FlowRow, type Leakage, onChannel, type ProtocolSpec } from '../../src/kit/protocol.ts';
import { flowOfShard } from '../../src/kit/shards.ts';
import { batchCount } from './batches.ts';
import type { OverlapEngine } from './engine.ts';
import { checkOverlapParameters, neededOverlapDisclosures, type OverlapParameters } from './parameters.ts';
import { planOverlap, type OverlapPlan } from './plan.ts';
import { Confirmations, HeldRowsMessage } from './roles.ts';

export function overlapSpec(engines: readonly OverlapEngine[]): ProtocolSpec<OverlapParameters> {
  return {
    id: 'overlap/9',
    securityModel:
      'malicious with abort on the vole engine, where the parameters say so; else semi-honest, and the dh engine, except in size-only, holds a receiver that departs from it to one account a slot',
    validate(parameters) {
      const checked = checkOverlapParameters(parameters);
      planOverlap(checked, engines);
      return checked;
    },
    roles: ({ receiver, holder }) =>
      new Map([
        [receiver, ['receiver']],
        [holder, ['holder']],
      ]),
    flow: (parameters) => overlapFlow(planOverlap(parameters, engines)),
    rounds(parameters) {
      const { engine, exchange, mode, shards } = planOverlap(parameters, engines);
      const first = engine.rounds(exchange, 'nothing') + (mode === 'both' ? 2 : 1);
      // Confirmations of a shard leave with the first message of the next one.
      const further = engine.rounds(exchange, mode === 'both' ? 'confirmations' : 'rows') + 1;
      return first + (shards - 1) * further;
    },
    failures: (parameters) => planOverlap(parameters, engines).failures,
    leakage: (parameters) => overlapLeakage(parameters, planOverlap(parameters, engines)),
  };
}

function overlapFlow(plan: OverlapPlan): readonly FlowRow[] {
  if (plan.shards === 1) return exchangeFlow(plan);
  return Array.from({ length: plan.shards }, (_, shard) =>
    flowOfShard(shard, exchangeFlow(plan, `shard:${shard}/`)),
  ).flat();
}

function exchangeFlow(plan: OverlapPlan, path = ''): readonly FlowRow[] {
  const { receiver, holder, exchange, held, shape } = plan;
  const rows = {
    from: holder,
    to: receiver,
    message: HeldRowsMessage.name,
    count: batchCount(held),
    bytes: held.rowCount * plan.rowBytes,
  };
  const confirmations = {
    from: receiver,
    to: holder,
    message: Confirmations.name,
    count: batchCount(exchange),
    bytes: exchange.rowCount * shape.tagBytes,
  };
  return [
    ...plan.engine.flow(exchange, `${path}evaluate`),
    ...onChannel(`${path}rows`, [rows]),
    ...onChannel(`${path}confirm`, plan.mode === 'both' ? [confirmations] : []),
  ];
}

function overlapLeakage(parameters: OverlapParameters, plan: OverlapPlan): readonly Leakage[] {
  return [
    ...neededOverlapDisclosures(parameters).map((disclosure) => DISCLOSED[disclosure](parameters)),
    {
      to: 'both parties',
      learns:
        'who takes part, mode and columns, the declared size buckets, and when each party was slow; the time of single look-ups is not evened out',
    },
    ...departures(parameters, plan),
  ];
}

const DISCLOSED: Readonly<
  Record<ReturnType<typeof neededOverlapDisclosures>[number], (parameters: OverlapParameters) => Leakage>
> = {
  'receiver-learns-row-level-overlap': ({ receiver, holder }) => ({
    to: receiver,
    learns: `receiver-learns-row-level-overlap: for each own account, whether ${holder} lists it`,
  }),
  'holder-learns-row-level-overlap': ({ receiver, holder }) => ({
    to: holder,
    learns: `holder-learns-row-level-overlap: for each own account, whether ${receiver} lists it; later than ${receiver}, which may withhold it`,
  }),
  'receiver-learns-payload-columns': ({ receiver, holder, columns }) => ({
    to: receiver,
    learns: `receiver-learns-payload-columns: of every row that ${holder} has of an account which both list, ${columns.map(({ name }) => name).join(', ')}`,
  }),
  'receiver-learns-exact-overlap-size': ({ receiver }) => ({
    to: receiver,
    learns: 'receiver-learns-exact-overlap-size: the exact number of accounts that both list',
  }),
};

/** What is open to a party that brings what it likes, or whose software departs. */
function departures(
  { mode, receiver, holder }: OverlapParameters,
  { engine, exchange }: OverlapPlan,
): readonly Leakage[] {
  const departing = (party: PartyId): string => `${party}, if its software departs from the protocol`;
  if (mode === 'size-only') {
    return [
      {
        to: departing(receiver),
        learns: 'which of its accounts the other lists, by queries that it can tell apart; nothing here would show it',
      },
    ];
  }
  const asks: Leakage = {
    to: `${receiver}, if it brings accounts that it does not hold`,
    learns: 'the answer for those as well, up to its declared bucket; nothing here would show it',
  };
  const lists: Leakage = { ...asks, to: `${holder}, if it brings accounts that it does not hold` };
  const [tries, reads] = [engine.receiverDeparture(exchange), engine.holderDeparture(exchange)];
  return [
    asks,
    ...(mode === 'both' ? [lists] : []),
    ...(tries === undefined
      ? []
      : [{ to: departing(receiver), learns: `${tries}; limits add up declared sizes; nothing here would show it` }]),
    ...(reads === undefined ? [] : [{ to: departing(holder), learns: `${reads}; nothing here would show it` }]),
  ];
}
