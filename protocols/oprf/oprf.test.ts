import { describe, expect, it } from 'vitest';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { createOprf, dhOprf, type OprfEngine, type OprfInput, VALUE_BYTES, voleOprf } from './index.ts';
import { memoryBaseOtStore, noBaseOtStore } from '../vole/index.ts';
import { insecureIdealOprf } from './ideal.ts';
import { evaluateJob } from './dh-steps.ts';
import { valuesJob, voleEvaluateJob } from './vole-steps.ts';
import { finish } from '../../src/crypto/steps.ts';
import { invertScalar, randomScalar } from '../../src/crypto/group.ts';
import { utf8 } from '../../src/crypto/bytes.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { outputsOf, parties } from '../../test/support/run.ts';

const [receiver, one, two] = parties('receiver', 'holder-1', 'holder-2');
const BINS = 20;

const engines: readonly (readonly [string, OprfEngine])[] = [
  ['dh', dhOprf],
  ['vole', voleOprf(noBaseOtStore)],
  ['ideal', insecureIdealOprf(insecureSeededRng('ideal')(32))],
];

function records(seed: string, count: number): Uint8Array {
  return insecureSeededRng('records', seed)(count * RECORD_BYTES);
}

const row = (values: Uint8Array, index: number): string =>
  values.subarray(index * VALUE_BYTES, (index + 1) * VALUE_BYTES).join();

describe.each(engines)('oprf with the %s engine', (_name, engine) => {
  const queried = records('queried', BINS);
  // A holder evaluates every queried record in its own bin and in the next one.
  const own = {
    bins: Uint32Array.from({ length: 2 * BINS }, (__, k) => ((k >> 1) + (k & 1)) % BINS),
    records: queried,
  };
  const evaluate = (seed: number): Promise<ReadonlyMap<string, readonly Uint8Array[]>> =>
    outputsOf(
      createOprf(engine),
      {
        parameters: { receiver, holders: [one, two], binCount: BINS },
        inputs: new Map<typeof receiver, OprfInput>([
          [receiver, { records: queried }],
          [one, { own }],
          [two, { own }],
        ]),
        initiator: receiver,
      },
      seed,
    );

  it('gives both ends the same value for the same bin and record, and no other', async () => {
    const outputs = await evaluate(1);
    const received = outputs.get(receiver) ?? [];
    const seen: string[] = [];
    for (const [index, holder] of [one, two].entries()) {
      const [held] = outputs.get(holder) ?? [];
      for (let bin = 0; bin < BINS; bin++) {
        expect(row(received[index], bin)).toBe(row(held, 2 * bin));
        seen.push(row(held, 2 * bin), row(held, 2 * bin + 1));
      }
    }
    // Bins, records and holders all separate values.
    expect(new Set(seen).size).toBe(4 * BINS);
  });

  it('gives unrelated values in another run', async () => {
    const [first, second] = await Promise.all([evaluate(1), evaluate(2)]);
    const values = [first, second].map((outputs) => row((outputs.get(receiver) ?? [])[0], 0));
    expect(values[0]).not.toBe(values[1]);
  });
});

describe('oprf with the vole engine on many bins', () => {
  // Above 4,096 bins the VOLE is expanded from a short one.
  const bins = 5000;
  const queried = records('many', bins);
  const evaluate = (engine: OprfEngine, seed: number): Promise<ReadonlyMap<string, readonly Uint8Array[]>> =>
    outputsOf(
      createOprf(engine),
      {
        parameters: { receiver, holders: [one], binCount: bins },
        inputs: new Map<typeof receiver, OprfInput>([
          [receiver, { records: queried }],
          [one, { own: { bins: Uint32Array.from({ length: bins }, (_, k) => k), records: queried } }],
        ]),
        initiator: receiver,
      },
      seed,
    );

  it('gives both ends the same values, with base transfers of an earlier run too, and others in every run', async () => {
    const engine = voleOprf(memoryBaseOtStore());
    const runs = [await evaluate(engine, 1), await evaluate(engine, 2)];
    const firsts = new Set<string>();
    for (const outputs of runs) {
      const [received] = outputs.get(receiver) ?? [];
      const [held] = outputs.get(one) ?? [];
      expect(received.length).toBe(bins * VALUE_BYTES);
      expect(Buffer.compare(received, held)).toBe(0);
      for (let bin = 0; bin < bins; bin++) firsts.add(row(received, bin));
    }
    expect(firsts.size).toBe(2 * bins);
  });
});

describe('vole steps', () => {
  const named = records('named', 2);
  const keys = records('keys', 1).slice(0, VALUE_BYTES);
  const evaluate = (delta: Uint8Array): Uint8Array =>
    finish(
      voleEvaluateJob.run({ field: 'gf64', records: named, bins: Uint32Array.of(0, 0), keys: keys.slice(), delta }),
    );

  it('give a holder that chooses zero for Δ a value of each record, not one for all accounts that it does not know', () => {
    const values = evaluate(new Uint8Array(VALUE_BYTES));
    expect(row(values, 0)).not.toBe(row(values, 1));
  });

  it('add the beginning of a record and the product of its end', () => {
    // Bit k of the bytes is for x^k, modulo x^64 + x^4 + x^3 + x + 1; both halves of Δ are multiplied alike.
    const asNumber = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const product = (a: bigint, b: bigint): bigint => {
      let sum = 0n;
      for (let k = 63n; k >= 0n; k--) {
        sum <<= 1n;
        if (sum >> 64n) sum ^= (1n << 64n) | 0x1bn;
        if ((a >> k) & 1n) sum ^= b;
      }
      return sum;
    };
    const delta = records('delta', 1).slice(0, VALUE_BYTES);
    const values = evaluate(delta);
    for (const [index, half] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const part = (bytes: Uint8Array): bigint => asNumber(bytes.subarray(8 * half, 8 * half + 8));
      const record = named.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES);
      const hash = asNumber(record.subarray(RECORD_BYTES - 8));
      const value = values.subarray(index * VALUE_BYTES, (index + 1) * VALUE_BYTES);
      expect(part(value)).toBe(part(keys) ^ product(hash, part(delta)) ^ part(record));
    }
  });

  it('give the receiver what its VOLE has, with the beginning of each record', () => {
    const into = records('c', 1);
    const expected = into.map((byte, k) => byte ^ named[RECORD_BYTES * (k >> 4) + (k & 15)]);
    expect(finish(valuesJob.run({ into, records: named }))).toEqual(expected);
  });
});

describe('dh steps', () => {
  it('evaluate equals noble’s hash to group times the key', () => {
    const rng = insecureSeededRng('dh');
    const record = records('one', 1);
    const key = randomScalar(rng);
    const value = finish(evaluateJob.run({ records: record, bins: new Uint32Array([0]), binKeys: key }));
    const point = ristretto255_hasher.hashToCurve(record, {
      DST: utf8('blindflag/1-oprf-dh-ristretto255_XMD:SHA-512_R255MAP_RO_'),
    });
    expect(value).toEqual(point.multiply(ristretto255.Point.Fn.fromBytes(key)).toBytes());
    expect(invertScalar(invertScalar(key))).toEqual(key);
  });
});

describe('oprf parameters', () => {
  it.each([
    ['no holder', { receiver, holders: [], binCount: 1 }],
    ['the receiver as holder', { receiver, holders: [receiver], binCount: 1 }],
    ['no bin', { receiver, holders: [one], binCount: 0 }],
  ])('are refused with %s', (_what, parameters) => {
    expect(() => createOprf(dhOprf).spec.validate(parameters)).toThrow(/Cannot plan OPRF/);
  });
});
