/**
 * The engine on subfield VOLE (Raghuraman, Rindal, CCS 2022, eprint 2022/320): the receiver's records go over as one random
 * band OKVS, masked by the first half of a VOLE. A few operations of symmetric cryptography a row.
 *
 * Semi-honest, over a VOLE with checks, so that neither side can learn of the other's part in it. Not protected: a receiver
 * that departs from the protocol puts any records into its table, as many as it has columns.
 */
import { utf8 } from '../../src/crypto/bytes.ts';
import { fieldBytes, GF128_BYTES, type VoleField } from '../../src/crypto/gf2.ts';
import { okvsColumns, okvsFailureLog2, OKVS_KEY_BYTES } from '../../src/crypto/okvs.ts';
import { Prg, SEED_BYTES } from '../../src/crypto/prg.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import {
  type BaseOtStore,
  type HeldVole,
  voleChosenRounds,
  voleFlow,
  voleHoldChosen,
  volePlan,
  type VolePlan,
  voleReceive,
} from '../vole/index.ts';
import { EVENT_BITS } from './bounds.ts';
import type { Exchange, OverlapEngine, OverlapEvaluation } from './engine.ts';
import { encodeJob, freeBytes, type Common, voleEvaluateJob } from './vole-steps.ts';

/** D = A + P: columns x 8 or 16. */
export const OverlapDifferences: Message<Uint8Array, number> = bytesMessage('overlap-differences');

/** `store`: where base transfers of a pair of parties are kept from run to run. */
export function voleOverlap(store: BaseOtStore): OverlapEngine {
  return {
    id: 'vole',
    securityModel: 'semi-honest holder and receiver',
    valueBytes: GF128_BYTES,
    shuffles: false,
    evaluatesWhole: true,
    // The record is inside every hash that values go into; what can be equal by chance are keys of the table.
    collisionLog2: -8 * OKVS_KEY_BYTES,
    receiverDeparture:
      'the answer for as many accounts as its table has columns, a tenth more than its bucket, and more by 2^64 hashes',

    async receive(io, exchange, records) {
      const plan = planOf(exchange);
      const { holder } = exchange;
      const { a, c } = await voleReceive(io, holder, { ...plan, store });
      const bytes = freeBytes(plan.length, plan.field);
      const free = new Prg(io.rng(SEED_BYTES), io.sid, `${io.phase} free`).draw(bytes);
      const { differences, values } = await io.compute(encodeJob, { ...commonOf(io, plan), records, free, a, c });
      await io.to(holder).send(OverlapDifferences, differences, bytes);
      return values;
    },

    hold(io, exchange): OverlapEvaluation {
      const { receiver, rowCount } = exchange;
      const plan = planOf(exchange);
      const opened = voleHoldChosen(io, receiver, { ...plan, store }, OverlapDifferences);
      // Whoever awaits it below sees the failure; this keeps an unused promise from reporting it a second time.
      opened.catch(() => undefined);
      return {
        answer: async () => void (await opened),
        async evaluate(records) {
          const { delta, k: table } = await opened;
          return await io.compute(voleEvaluateJob, { ...commonOf(io, plan), records, rowCount, table, delta });
        },
        end() {
          const wipe = ({ delta, k }: HeldVole): void => {
            delta.fill(0);
            k.fill(0);
          };
          opened.then(wipe, () => undefined);
        },
      };
    },

    flow(exchange) {
      const { receiver, holder } = exchange;
      const plan = planOf(exchange);
      const bytes = freeBytes(plan.length, plan.field);
      return [
        ...voleFlow(receiver, holder, plan),
        { from: receiver, to: holder, message: OverlapDifferences.name, bytes, count: 1 },
      ];
    },

    rounds: (exchange) => voleChosenRounds(planOf(exchange)),

    failures(exchange) {
      const { rowCount, heldCount } = exchange;
      return [
        { event: 'the rows of a table depend on each other', log2: okvsFailureLog2(rowCount) },
        {
          event: 'the receiver’s table has the hash of an account that is not in it',
          log2: Math.log2(heldCount) - 8 * fieldBytes(planOf(exchange).field),
        },
      ];
    },
  };
}

/**
 * 𝔹 of a run. For y that the receiver does not list, Decode(P, y) = H(y) has probability 1/|𝔹|, and then z(y) = Decode(C, y),
 * which the receiver could compute: over all rows of the holder less than one event's share of the run's error.
 */
export function voleFieldFor(heldCount: number): VoleField {
  return 64 >= EVENT_BITS + Math.log2(heldCount) ? 'gf64' : 'gf128';
}

/** The VOLE of an exchange: one row per column of the receiver's table. */
function planOf({ rowCount, heldCount }: Exchange): VolePlan {
  return volePlan({ length: okvsColumns(rowCount), field: voleFieldFor(heldCount), security: 'malicious' });
}

function commonOf(io: Io, { field }: VolePlan): Common {
  return { field, context: [io.sid, utf8(io.phase)] };
}
