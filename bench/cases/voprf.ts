/**
 * RFC 9497 VOPRF (ristretto255-SHA512): blind, evaluate a batch with its proof, verify, finalize. noble's own
 * implementation against the one here on the kernel.
 */
import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { concatBytes, utf8 } from '../../src/crypto/bytes.ts';
import type { Group } from '../../src/crypto/group.ts';
import { blind, blindEvaluate, deriveKeyPair, finalize, type OprfKeyPair } from '../../src/crypto/oprf.ts';
import { proveEvaluation, verifyEvaluation } from '../../src/crypto/oprf-proof.ts';
import { finish } from '../../src/crypto/steps.ts';
import { ristretto255Kernel } from '../../src/kernels/ristretto255.ts';
import { systemRng } from '../../src/kit/clock.ts';
import { type BenchCase, ran, requireEqual, requireResult } from '../bench-case.ts';

const BATCH = 4;
const SEED = new Uint8Array(32).fill(0xa3);
const INFO = utf8('bench');
const INPUTS: readonly Uint8Array[] = Array.from({ length: BATCH }, (_, k) => utf8(`account-${k}`));
const SECURITY_MODEL = 'RFC 9497 VOPRF: malicious holder and receiver; proof arithmetic is not constant time';

export const voprfCases: readonly BenchCase[] = [
  roundCase('noble', nobleRound),
  roundCase('kernel', (keys) => ownRound(keys, ristretto255Kernel())),
];

function nobleRound({ secretKey, publicKey }: OprfKeyPair): readonly Uint8Array[] {
  const { voprf } = ristretto255_oprf;
  const blinds = INPUTS.map((input) => voprf.blind(input));
  const blinded = blinds.map((entry) => entry.blinded);
  const { evaluated, proof } = voprf.blindEvaluateBatch(secretKey, publicKey, blinded);
  const items = INPUTS.map((input, k) => ({ input, ...blinds[k], evaluated: evaluated[k] }));
  return voprf.finalizeBatch(items, publicKey, proof);
}

function ownRound(keys: OprfKeyPair, group: Group): readonly Uint8Array[] {
  const options = { mode: 'voprf', group, rng: systemRng } as const;
  const blinds = INPUTS.map((input) => blind(input, options));
  const blindedElements = concatBytes(...blinds.map((entry) => entry.element));
  const evaluatedElements = blindEvaluate(keys.secretKey, blindedElements, group);
  const batch = { blindedElements, evaluatedElements };
  const proof = finish(proveEvaluation(keys, batch, { rng: systemRng, group }));
  requireResult(finish(verifyEvaluation(keys.publicKey, batch, proof, group)), 'the proof does not verify');
  return INPUTS.map((input, k) => {
    const evaluatedElement = evaluatedElements.subarray(32 * k, 32 * k + 32);
    return finalize(input, { blind: blinds[k].blind, evaluatedElement }, group);
  });
}

function roundCase(name: string, round: (keys: OprfKeyPair) => readonly Uint8Array[]): BenchCase {
  return {
    id: `oprf/voprf-round/${name}-${BATCH}`,
    securityModel: SECURITY_MODEL,
    unit: 'input',
    items: BATCH,
    kind: 'micro',
    selection: 'short',
    ...(name === 'noble' ? {} : { baseline: `oprf/voprf-round/noble-${BATCH}` }),
    setUp() {
      const keys = deriveKeyPair(SEED, INFO, { mode: 'voprf' });
      let outputs: readonly Uint8Array[] | undefined;
      return Promise.resolve({
        run() {
          outputs = round(keys);
        },
        check() {
          // Outputs depend on key and input alone, so both implementations agree.
          const expected = name === 'noble' ? ownRound(keys, ristretto255Kernel()) : nobleRound(keys);
          requireEqual(concatBytes(...ran(outputs)), concatBytes(...expected), 'output');
        },
      });
    },
  };
}
