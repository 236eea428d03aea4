/** The engine on subfield VOLE: a few operations of symmetric cryptography a bin. */
import { GF128_BYTES } from '../../src/crypto/gf2.ts';
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
import { type OprfEngine, type OprfHolder, RECORD_BYTES, VALUE_BYTES } from './engine.ts';
import { differencesJob, voleEvaluateJob } from './vole-steps.ts';

/** D_j = A_j + H(x_j) for every bin: n x 16. */
export const OprfDifferences: Message<Uint8Array, number> = bytesMessage('oprf-differences');

/** `store`: where base transfers of a pair of parties are kept from run to run. */
export function voleOprf(store: BaseOtStore): OprfEngine {
  const shape = (length: number): VoleShape => ({ length, field: 'gf128', security: 'malicious' });
  return {
    id: 'vole',
    securityModel: 'semi-honest holder and receiver; at most one record per bin also against a malicious receiver',
    rounds: (binCount) => voleChosenRounds(volePlan(shape(binCount))),
    // Values of one bin are equal if H of their records is, those of two bins by chance: 128 bits either way.
    collisionLog2: -8 * VALUE_BYTES,

    async receive(io, holders, records) {
      const binCount = records.length / RECORD_BYTES;
      return await io.all(
        holders.map((holder) => async () => {
          const { a, c } = await voleReceive(io.apart(holder), holder, { ...shape(binCount), store });
          const differences = await io.compute(differencesJob, { a, records });
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
          return await io.compute(voleEvaluateJob, { records, bins, keys, delta });
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
