/**
 * F_j(x) = H(sid, contributor, j, record, z): what both ends derive for a bin j. The first half is a key of the
 * contributor's table, the second masks the value under it. z is the OPRF's value; record and bin are inside the hash,
 * so equal values of z say nothing.
 */
import { utf8, writeU32le } from '../../src/crypto/bytes.ts';
import { RecordHash } from '../../src/crypto/hash.ts';
import { OKVS_KEY_BYTES } from '../../src/crypto/okvs.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { RECORD_BYTES } from '../oprf/index.ts';

export const MASK_BYTES = 16;
const ROWS_PER_STEP = 512;

export interface KeyInput {
  readonly sid: Uint8Array;
  /** The match's channel: separates shards. */
  readonly phase: string;
  readonly contributor: string;
  /** Bin of each row; the row's own number where undefined. */
  readonly bins: Uint32Array | undefined;
  /** n x 33. */
  readonly records: Uint8Array;
  /** n x `valueBytes`. */
  readonly oprfValues: Uint8Array;
  readonly oprfValueBytes: number;
}

export interface DerivedKeys {
  /** n x 16. */
  readonly keys: Uint8Array;
  /** n x 16. */
  readonly masks: Uint8Array;
}

export function* deriveKeys(input: KeyInput): Steps<DerivedKeys> {
  const count = input.records.length / RECORD_BYTES;
  const width = 4 + RECORD_BYTES + input.oprfValueBytes;
  const hash = new RecordHash('match-f', width, input.sid, utf8(input.phase), utf8(input.contributor));
  const keys = new Uint8Array(count * OKVS_KEY_BYTES);
  const masks = new Uint8Array(count * MASK_BYTES);
  const record = new Uint8Array(width);
  const digest = new Uint8Array(32);
  for (let i = 0; i < count; i++) {
    writeU32le(record, 0, input.bins?.[i] ?? i);
    record.set(input.records.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES), 4);
    const at = i * input.oprfValueBytes;
    record.set(input.oprfValues.subarray(at, at + input.oprfValueBytes), 4 + RECORD_BYTES);
    hash.digestInto(record, digest, 0);
    keys.set(digest.subarray(0, OKVS_KEY_BYTES), i * OKVS_KEY_BYTES);
    masks.set(digest.subarray(OKVS_KEY_BYTES, OKVS_KEY_BYTES + MASK_BYTES), i * MASK_BYTES);
    if (i % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
  }
  return { keys, masks };
}
