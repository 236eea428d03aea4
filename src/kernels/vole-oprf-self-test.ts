/** A known answer for the oblivious PRF on a VOLE: the digest that the reference gives, which a test holds against it. */
import { toHex } from '../crypto/bytes.ts';
import { fieldBytes, GF128_BYTES } from '../crypto/gf2.ts';
import { hashTuple } from '../crypto/hash.ts';
import { okvsColumns } from '../crypto/okvs.ts';
import { RECORD_BYTES } from '../crypto/record.ts';
import { finish } from '../crypto/steps.ts';
import { type VoleOprf } from '../crypto/vole-oprf.ts';

const EXPECTED = 'baf0d80e779ccdd96ff47edc108aa1b6f4772412e67ad113ae5f902f3d891e6b';

export function passesVoleOprfSelfTest(oprf: VoleOprf): boolean {
  return selfTestDigest(oprf) === EXPECTED;
}

/** Digest of all outputs for fixed inputs over both fields. */
function selfTestDigest(oprf: VoleOprf): string {
  const parts = (['gf64', 'gf128'] as const).flatMap((field) => {
    const shape = { rowCount: 301, field };
    const columns = okvsColumns(shape.rowCount);
    const salt = fixedBytes(32, 1);
    const records = fixedBytes(RECORD_BYTES * shape.rowCount, 2);
    const a = fixedBytes(columns * fieldBytes(field), 3);
    const c = fixedBytes(columns * GF128_BYTES, 4);
    const differences = finish(oprf.encode(shape, { salt, records })).map((byte, k) => byte ^ a[k]);
    const expandedRows = finish(oprf.expandRows(shape, { salt, records }));
    const values = finish(oprf.decode(shape, { salt, records, c, expandedRows }));
    const delta = fixedBytes(GF128_BYTES, 5);
    return [differences, values, finish(oprf.evaluate(shape, { salt, records, k: c, differences, delta }))];
  });
  return toHex(hashTuple('vole-oprf self-test', ...parts));
}

function fixedBytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 0x9e37_79b1 + 2 * seed) >>> 13) ^ i);
}
