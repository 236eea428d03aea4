/** The engine on subfield VOLE: a few operations of symmetric cryptography a bin. */
import { fieldBytes } from '../../src/crypto/gf2.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import {
  type BaseOtStore,
  voleChosenRounds,
  voleFlow,
  voleHoldChosen,
  volePlan,
  voleReceive,
  wipeVole,
  type VoleShape,
} from '../vole/index.ts';
import type { OprfEngine, OprfHolder, OprfSize } from './engine.ts';
import { differencesJob, valuesJob, voleEvaluateJob } from './vole-steps.ts';

/** D_j = A_j + H(x_j) for every bin: n x 8 or 16. */
export const OprfDifferences: Message<Uint8Array, number> = bytesMessage('oprf-differences');

/** `store`: where base transfers of a pair of parties are kept from run to run. */
export function voleOprf(store: BaseOtStore): OprfEngine {
  return {
    id: 'vole',
    securityModel:
      'semi-honest holder and receiver; one value per bin also against a malicious receiver, for all records of one hash',
    rounds: (size) => voleChosenRounds(volePlan(voleOf(size))),
    // Whoever has one value of a bin has those of all records with the same H. Half of the longer H may have chosen the bin, too.
    collisionLog2: (size) => (voleOf(size).field === 'gf64' ? -64 : Math.log2(size.binCount) - 128),

    async receive(io, holders, { records, size }) {
      const shape = voleOf(size);
      return await io.all(
        holders.map((holder) => async () => {
          const { a, c } = await voleReceive(io.apart(holder), holder, { ...shape, store });
          const differences = await io.compute(differencesJob, { field: shape.field, into: a, records });
          await io.to(holder).send(OprfDifferences, differences, differences.length);
          return await io.compute(valuesJob, { into: c, records });
        }),
      );
    },

    hold(io, receiver, size): OprfHolder {
      const { field } = voleOf(size);
      const opened = voleHoldChosen(io, receiver, { ...voleOf(size), store }, OprfDifferences);
      // Whoever awaits it below sees the failure; this keeps an unused promise from reporting it a second time.
      opened.catch(() => undefined);
      return {
        answer: async () => void (await opened),
        async evaluate(bins, records) {
          const { delta, k: keys } = await opened;
          return await io.compute(voleEvaluateJob, { field, records, bins, keys, delta });
        },
        end: () => void opened.then(wipeVole, () => undefined),
      };
    },

    flow(receiver, holder, size) {
      const shape = voleOf(size);
      const bytes = shape.length * fieldBytes(shape.field);
      return [
        ...voleFlow(receiver, holder, volePlan(shape)),
        { from: receiver, to: holder, message: OprfDifferences.name, bytes, count: 1 },
      ];
    },
  };
}

/** The smaller field where hashes of its length collide rarely enough. */
function voleOf({ binCount, collisionLog2 }: OprfSize): VoleShape {
  const field = collisionLog2 >= -8 * fieldBytes('gf64') ? 'gf64' : 'gf128';
  return { length: binCount, field, security: 'malicious' };
}
