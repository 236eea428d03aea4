/** The block on its own, as a protocol: for its tests, its bench and whoever builds on it. */
import type { VoleField } from '../../src/crypto/gf2.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import { UsageError } from '../../src/errors.ts';
import { inputRoot } from '../../src/kit/input-root.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { defineProtocol, onChannel, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import type { BaseOtStore } from './base-ots.ts';
import { voleFlow } from './flow.ts';
import { volePlan, voleRounds, type VoleSecurity } from './plan.ts';
import { type HeldVole, type ReceivedVole, voleHold, voleReceive } from './roles.ts';

export interface VoleParameters {
  readonly receiver: PartyId;
  readonly holder: PartyId;
  readonly length: number;
  readonly field: VoleField;
  readonly security: VoleSecurity;
}

/** Neither party brings anything. */
export type VoleInput = Readonly<Record<string, never>>;

export type VoleOutput = ({ readonly kind: 'received' } & ReceivedVole) | ({ readonly kind: 'held' } & HeldVole);

export type VoleProtocol = ProtocolDefinition<VoleParameters, VoleInput, VoleInput, VoleOutput>;

/** The check of base VOLEs is a polynomial over GF(2^128), of fewer blocks than 2^24. */
const BASE_CHECK_LOG2 = -128 + 24;
/** Weights of rows have 96 bits, and a holder answers when it knows them: see src/crypto/vole-check.ts. */
const TREE_CHECK_LOG2 = -48;

/** One VOLE between two parties; `store` is that of the party itself, or of several that the process runs. */
export function createVole(store: BaseOtStore): VoleProtocol {
  return defineProtocol({
    spec: {
      id: 'vole/5',
      securityModel: 'semi-honest, or malicious with abort, as the parameter `security` says',
      validate(parameters) {
        if (parameters.receiver === parameters.holder) {
          throw new UsageError('Cannot plan VOLE: one party is both receiver and holder', { code: 'bad-parameter' });
        }
        volePlan(parameters);
        return Object.freeze(parameters);
      },
      roles: ({ receiver, holder }) =>
        new Map([
          [receiver, ['receiver']],
          [holder, ['holder']],
        ]),
      flow: (parameters) => onChannel('vole', voleFlow(parameters.receiver, parameters.holder, volePlan(parameters))),
      rounds: (parameters) => voleRounds(volePlan(parameters)),
      failures: (parameters) => {
        if (parameters.security === 'semi-honest') return [];
        const log2 = volePlan(parameters).silent === undefined ? BASE_CHECK_LOG2 : TREE_CHECK_LOG2;
        return [{ event: 'a check passes by chance', log2 }];
      },
      leakage: ({ receiver, holder, security }) => [
        { to: 'both parties', learns: 'length and field' },
        ...(security === 'malicious'
          ? [
              { to: receiver, learns: 'bits of delta that it guesses: a wrong guess ends the run' },
              {
                to: holder,
                learns: 'that the places of noise are among those that it guesses: a wrong guess ends the run',
              },
            ]
          : []),
      ],
    },

    async prepare(_parameters, input, context) {
      return { value: input, root: await inputRoot([], context) };
    },

    async run(io, { receiver, holder, length, field, security }) {
      const channel = io.sub('vole');
      const secrets = new Secrets();
      const vole = { length, field, security, store, secrets };
      try {
        if (io.self === receiver) {
          const { a, c } = await voleReceive(channel, holder, vole);
          return { kind: 'received', a: secrets.pass(a), c: secrets.pass(c) };
        }
        const { delta, k } = await voleHold(channel, receiver, vole);
        return { kind: 'held', delta: secrets.pass(delta), k: secrets.pass(k) };
      } finally {
        secrets.end();
      }
    },
  });
}
