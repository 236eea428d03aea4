/** The engine on subfield VOLE: a few operations of symmetric cryptography a bin. */
import { fieldBytes } from '../../src/crypto/gf2.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import {
  type BaseOtStore,
  storeOfRun,
  voleChosenRounds,
  voleFlow,
  voleHoldChosen,
  volePlan,
  voleReceive,
  type VoleShape,
} from '../vole/index.ts';
import type { OprfEngine, OprfHolder, OprfQueries, OprfSize } from './engine.ts';
import { differencesJob, valuesJob, voleEvaluateJob } from './vole-steps.ts';

/** D_j = A_j + H(x_j) for every bin: n x 8 or 16. */
export const OprfDifferences: Message<Uint8Array, number> = bytesMessage('oprf-differences');

/** `store`: where base transfers of a pair of parties are kept from run to run. */
export function voleOprf(store: BaseOtStore): OprfEngine {
  return {
    id: 'vole',
    securityModel:
      'semi-honest holder and receiver; one value per bin also against a malicious receiver, for all records of one hash',
    ofRun: (io) => voleOprf(storeOfRun(io, store)),
    rounds: (size, isFurther = false) => voleChosenRounds(volePlan(voleOf(size))) - (isFurther ? KNOWN_ROUNDS : 0),
    // Whoever has one value of a bin has those of all records with the same H. Half of the longer H may have chosen the bin, too.
    collisionLog2: (size) => (voleOf(size).field === 'gf64' ? -64 : Math.log2(size.binCount) - 128),

    receive: (io, holders, queries) => receiveValues(io, holders, { ...queries, store }),

    hold: (io, receiver, size) => holdValues(io, receiver, { size, store }),

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

/** Base transfers of the first shard save one round, and a holder that begins by itself does not wait for the receiver's first message. */
const KNOWN_ROUNDS = 2;

interface Holding {
  readonly size: OprfSize;
  readonly store: BaseOtStore;
}

async function receiveValues(
  io: Io,
  holders: readonly PartyId[],
  { records, size, store }: OprfQueries & Holding,
): Promise<readonly Uint8Array[]> {
  const shape = voleOf(size);
  const secrets = new Secrets();
  try {
    const values = await io.all(
      holders.map((holder) => async () => {
        const { a, c } = await voleReceive(io.apart(holder), holder, { ...shape, store, secrets });
        const differences = await io.compute(differencesJob, { field: shape.field, into: a, records });
        await io.to(holder).send(OprfDifferences, differences, differences.length);
        secrets.wipe(a);
        return await io.compute(valuesJob, { into: c, records });
      }),
    );
    return values.map((value) => secrets.pass(value));
  } finally {
    secrets.end();
  }
}

function holdValues(io: Io, receiver: PartyId, { size, store }: Holding): OprfHolder {
  const shape = voleOf(size);
  const { field } = shape;
  const secrets = new Secrets();
  const opened = voleHoldChosen(io, receiver, { ...shape, store, secrets }, OprfDifferences);
  const end = (): void => secrets.end();
  // Whoever awaits it below sees the failure; this keeps an unused promise from reporting it a second time.
  opened.catch(() => undefined);
  return {
    answer: async () => void (await opened),
    async evaluate(bins, records) {
      const { delta, k: keys } = await opened;
      return await io.compute(voleEvaluateJob, { field, records, bins, keys, delta });
    },
    end: () => void opened.then(end, end),
  };
}

/** The smaller field where hashes of its length collide rarely enough. */
function voleOf({ binCount, collisionLog2 }: OprfSize): VoleShape {
  const field = collisionLog2 >= -8 * fieldBytes('gf64') ? 'gf64' : 'gf128';
  return { length: binCount, field, security: 'malicious' };
}
