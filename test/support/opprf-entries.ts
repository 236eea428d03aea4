/** What tables of an OPPRF are made of, for tests. */
import { asWords } from '../../src/crypto/bytes.ts';
import { cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { type OpprfEntries, type OpprfShape, targetWords } from '../../src/crypto/opprf.ts';
import { Prg } from '../../src/crypto/prg.ts';
import { finish } from '../../src/crypto/steps.ts';

/** `count` random records in their bins, of which there are `bins`; free columns are the same for the same seed. */
export function opprfEntries(
  count: number,
  shape: OpprfShape,
  { seed, bins }: { readonly seed: number; readonly bins: number },
): OpprfEntries {
  const stream = (what: string): Prg => new Prg(new Uint8Array(32).fill(seed), new Uint8Array(), `opprf ${what}`);
  const [prg, free] = [stream('entries'), stream('free columns')];
  const words = targetWords(shape);
  const records = prg.bytes(32 * count);
  return {
    rowSalt: prg.bytes(32),
    maskSalt: prg.bytes(32),
    records,
    bins: finish(cuckooPositions(records, bins)),
    oprfValues: prg.bytes(48 * count),
    targets: asWords(prg.bytes(4 * bins * words)),
    added: asWords(prg.bytes(4 * count * words)),
    rng: (length) => free.bytes(length),
  };
}
