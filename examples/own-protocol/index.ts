/** secure-sum/1: the sum of one value of every party, and no party's value. */
import { defineProtocol, inputRoot, type ProtocolDefinition, UsageError } from 'blindflag';
import { MAX_VALUE, type SumParameters } from './parameters.ts';
import { summand } from './roles.ts';
import { sumSpec } from './spec.ts';

export { idealSum } from './ideal.ts';
export { MAX_VALUE, sumParameters, type SumParameters } from './parameters.ts';

export const secureSum: ProtocolDefinition<SumParameters, bigint, bigint, bigint> = defineProtocol({
  spec: sumSpec,

  async prepare(_parameters: SumParameters, value: bigint, context) {
    if (value < 0n || value > MAX_VALUE) {
      throw new UsageError('Cannot sum: the value is not from 0 to 2^60 - 1', {
        code: 'bad-input',
        phase: 'input',
        party: context.self,
        remedy: 'bring a value in that range',
      });
    }
    const bytes = new Uint8Array(BigUint64Array.of(value).buffer);
    return { value, root: await inputRoot([bytes], context) };
  },

  run: async (io, _parameters, value) => await summand(io, value),
});
