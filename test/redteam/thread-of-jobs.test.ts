import { describe, expect, it } from 'vitest';
import { programmeJob } from '../../protocols/match/contributor.ts';
import { checkConfirmationsJob, makeConfirmationsJob, sealJob } from '../../protocols/overlap/steps.ts';
import { opprfShape } from '../../src/crypto/opprf.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

/** Padded rows of which `own` are the party's. */
interface Padded {
  readonly bucket: number;
  readonly own: number;
}

const evaluated = ({ bucket }: Padded) => ({
  sid: bytes(32),
  records: bytes(32 * bucket),
  values: bytes(16 * bucket),
  valueBytes: 16,
});

/** Whether each job runs in the thread of its caller, with one input that is as long as the own list. */
const STAYS: readonly (readonly [string, (rows: Padded) => boolean | undefined])[] = [
  [
    sealJob.name,
    (rows) =>
      sealJob.inPlace?.({
        ...evaluated(rows),
        shape: { tagBytes: 12, payloadBytes: 33 },
        sizeOnly: false,
        occurrences: new Uint32Array(rows.bucket),
        payload: bytes(33 * rows.own),
      }),
  ],
  [
    makeConfirmationsJob.name,
    (rows) =>
      makeConfirmationsJob.inPlace?.({
        ...evaluated(rows),
        tagBytes: 12,
        matches: new Uint32Array(rows.own),
        decoys: { key: bytes(32), block: 0, length: 12 * rows.bucket },
      }),
  ],
  [
    checkConfirmationsJob.name,
    (rows) =>
      checkConfirmationsJob.inPlace?.({
        tagBytes: 12,
        expected: bytes(12 * rows.bucket),
        pieceRows: rows.bucket,
        itemOfEntry: new Uint32Array(rows.own),
        itemCount: rows.own,
        confirmations: bytes(12 * 8192),
      }),
  ],
  [
    programmeJob.name,
    ({ bucket, own }) =>
      programmeJob.inPlace?.({
        shape: opprfShape(bucket, 9),
        salts: { rowSalt: bytes(32), maskSalt: bytes(32) },
        fillSeed: bytes(32),
        records: bytes(32 * bucket),
        bins: new Uint32Array(3 * bucket),
        oprfValues: bytes(48 * bucket),
        targets: new Uint32Array(3 * 64),
        targetBits: 64,
        scores: new Uint32Array(own),
      }),
  ],
];

// Elsewhere a job begins and ends some tenths of a millisecond later, which a peer sees.
describe.each(STAYS)('the thread of %s', (_name, stays) => {
  it('follows from the padded rows, whatever part of them is the party’s own', () => {
    const decisions = new Set<boolean | undefined>();
    for (let bucket = 1024; bucket <= 4096; bucket += 128) {
      const all = Array.from({ length: 9 }, (_, k) => stays({ bucket, own: (k * bucket) / 8 }));
      expect(new Set(all).size, `${bucket} rows`).toBe(1);
      decisions.add(all[0]);
    }
    expect(decisions).toEqual(new Set([true, false]));
  });
});
