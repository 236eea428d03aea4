/** The engine on subfield VOLE: a few operations of symmetric cryptography a bin. */
import { utf8 } from '../../src/crypto/bytes.ts';
import { GF128_BYTES } from '../../src/crypto/gf2.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import {
  type BaseOtStore,
  voleChosenRounds,
  voleFlow,
  voleHoldChosen,
  volePlan,
  voleReceive,
  type VoleShape,
} from '../vole/index.ts';
import { type OprfEngine, type OprfHolder, RECORD_BYTES } from './engine.ts';
import { differencesJob, hashRecordsJob, voleEvaluateJob } from './vole-steps.ts';

/** D_j = A_j + H(x_j) for every bin: n x 16. */
export const OprfDifferences: Message<Uint8Array, number> = bytesMessage('oprf-differences');

/** `store`: where base transfers of a pair of parties are kept from run to run. */
export function voleOprf(store: BaseOtStore): OprfEngine {
  const shape = (length: number): VoleShape => ({ length, field: 'gf128', security: 'malicious' });
  return {
    id: 'vole',
    valueBytes: GF128_BYTES,
    securityModel: 'semi-honest holder and receiver; at most one record per bin also against a malicious receiver',
    rounds: (binCount) => voleChosenRounds(volePlan(shape(binCount))),
    // Which record it is of is in the hash that values go into; a value repeats by its 128 bits.
    collisionLog2: -8 * GF128_BYTES,

    async receive(io, holders, records) {
      const binCount = records.length / RECORD_BYTES;
      const hashes = await io.compute(hashRecordsJob, { records, context: hashContext(io) });
      return await io.all(
        holders.map((holder) => async () => {
          const { a, c } = await voleReceive(io, holder, { ...shape(binCount), store });
          const differences = await io.compute(differencesJob, { a, hashes });
          await io.to(holder).send(OprfDifferences, differences, differences.length);
          return c;
        }),
      );
    },

    hold(io, receiver, binCount): OprfHolder {
      const opened = voleHoldChosen(io, receiver, { ...shape(binCount), store }, OprfDifferences);
      // Whoever awaits it below sees the failure; this keeps an unused promise from reporting it a second time.
      opened.catch(() => undefined);
      return {
        answer: async () => void (await opened),
        async evaluate(bins, records) {
          const { delta, k: keys } = await opened;
          return await io.compute(voleEvaluateJob, { records, bins, context: hashContext(io), keys, delta });
        },
      };
    },

    flow(receiver, holder, binCount) {
      const bytes = binCount * GF128_BYTES;
      return [
        ...voleFlow(receiver, holder, volePlan(shape(binCount))),
        { from: receiver, to: holder, message: OprfDifferences.name, bytes, count: 1 },
      ];
    },
  };
}

function hashContext(io: Io): readonly Uint8Array[] {
  return [io.sid, utf8(io.phase)];
}
