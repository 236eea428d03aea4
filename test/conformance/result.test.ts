import { describe, expect, it } from 'vitest';
import { ed25519Signer, verifyEd25519 } from '../../src/crypto/signature.ts';
import { cases, countCase, scoreCase } from './cases.ts';
import {
  errorsOf,
  observe,
  type ObserveOptions,
  ONE_FRAME,
  outputsOf,
  recordUnhandled,
  takeUnhandled,
} from './observe.ts';
import type { AnyCase } from './protocol-case.ts';
import { transports } from './transports.ts';

const seedsOf = (entry: AnyCase): readonly number[] => (entry.slow ? [1] : [1, 2, 3]);

async function expectIdeal(entry: AnyCase, seed: number, options: ObserveOptions): Promise<void> {
  const seen = await observe(entry, { ...options, seed });
  expect(errorsOf(seen.outcomes), `seed ${seed}`).toEqual(new Map());
  entry.expect(outputsOf(seen.outcomes), seed);
  expect(seen.pendingTimers).toBe(0);
  expect(seen.unhandled).toEqual([]);
}

describe.each(transports)('over $name', (transport) => {
  describe.each(cases)('$name', (entry) => {
    it.each(seedsOf(entry))('equals the ideal functionality for seed %i', async (seed) => {
      await expectIdeal(entry, seed, { transport });
    });

    it('equals the ideal functionality when a window lets one frame through at a time', async () => {
      await expectIdeal(entry, 4, { transport, limits: ONE_FRAME });
    });
  });

  it('equals the ideal functionality when parties sign with Ed25519', async () => {
    await expectIdeal(scoreCase, 5, { transport, signer: ed25519Signer, verify: verifyEd25519 });
  });
});

describe('the comparison with the ideal functionality', () => {
  it('fails when one answer is changed', async () => {
    const { outcomes } = await observe(countCase, { seed: 1 });
    const outputs = outputsOf(outcomes);
    for (const output of outputs.values()) {
      if (typeof output === 'object' && output !== null && 'flagged' in output) (output.flagged as Uint8Array)[7] ^= 1;
    }
    expect(() => countCase.expect(outputs, 1)).toThrow('equal');
  });
});

describe('the observation of a run', () => {
  it('fails when a party never ends', async () => {
    const { protocol } = countCase;
    const [stuck] = countCase.run(1).inputs.keys();
    const hanging: AnyCase = {
      ...countCase,
      protocol: {
        ...protocol,
        run: (io, parameters, input) =>
          io.self === stuck ? new Promise(() => undefined) : protocol.run(io, parameters, input),
      },
    };
    await expect(observe(hanging, { hangMs: 300 })).rejects.toThrow('never ended');
  });

  it('sees a rejection that nobody handles', async () => {
    const others = process.listeners('unhandledRejection').filter((listener) => listener !== recordUnhandled);
    for (const listener of others) process.off('unhandledRejection', listener);
    try {
      void Promise.reject(new Error('planted'));
      expect(await takeUnhandled()).toEqual([new Error('planted')]);
    } finally {
      for (const listener of others) process.on('unhandledRejection', listener);
    }
  });

  it('counts a timer that is left', async () => {
    const [transport] = transports;
    const clock = transport.clock();
    const cancel = clock.timer(60_000, () => undefined);
    const seen = await observe(countCase, { transport: { ...transport, clock: () => clock } });
    cancel();
    expect(seen.pendingTimers).toBe(1);
  });
});
