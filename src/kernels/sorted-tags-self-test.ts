/** What a kernel of sorted tags must give before it stands in for the reference. */
import { equalBytes } from '../crypto/bytes.ts';
import { HASH_BYTES } from '../crypto/hash.ts';
import { referenceSortedTags, type SortedTags } from '../crypto/sorted-tags.ts';
import { finish } from '../crypto/steps.ts';

/** Tags of several lengths, with and without something behind them, against the reference. */
export function passesSortedTagsSelfTest(tags: SortedTags): boolean {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => Math.imul(i + 7, 0x9e37_79b1) >>> 19);
  return [
    [7, 7],
    [8, 11],
    [12, 12],
  ].every(([tagBytes, rowBytes]) => {
    const rows = bytes.subarray(0, 1500 * rowBytes);
    const expected = finish(referenceSortedTags.sort({ rows, rowBytes, tagBytes }));
    if (!equalBytes(finish(tags.sort({ rows, rowBytes, tagBytes })), expected)) return false;
    const wanted = bytes.subarray(1, 1 + 500 * HASH_BYTES);
    wanted.set(expected.subarray(700 * rowBytes, 700 * rowBytes + tagBytes));
    const found = [tags, referenceSortedTags].map((by) => {
      const index = finish(by.index({ rows: expected, rowBytes, tagBytes }));
      const out = new Int32Array(500);
      index.findAll(wanted, out);
      index.close();
      return out;
    });
    if (found[0].some((row, k) => row !== found[1][k]) || found[0][0] < 0) return false;
    const own = bytes.subarray(3, 3 + 900 * tagBytes);
    const matched = [tags, referenceSortedTags].map((by) =>
      finish(by.match({ rows: expected, rowBytes, tagBytes }, own)),
    );
    return matched[0].every((row, k) => (row < 0 ? matched[1][k] < 0 : row === matched[1][k]));
  });
}
