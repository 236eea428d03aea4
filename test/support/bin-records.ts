/** Records in bins under a VOLE holder's keys, for tests. */
import type { BinRecords } from '../../src/crypto/bin-values.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import type { VoleField } from '../../src/crypto/gf2.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';

export interface BinRecordCounts {
  readonly count: number;
  /** Bins of each record. */
  readonly share: number;
  /** Bins that there are. */
  readonly bins: number;
  readonly seed?: number;
}

export function binRecords(field: VoleField, { count, share, bins, seed = 1 }: BinRecordCounts): BinRecords {
  const rng = insecureSeededRng('bin records', field, count, share, seed);
  return {
    field,
    records: rng(32 * count),
    bins: asWords(rng(4 * count * share)).map((word) => word % bins),
    keys: rng(16 * bins),
    delta: rng(16),
  };
}
