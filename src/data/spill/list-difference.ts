/** Two states of a list that need not fit in memory: which accounts came, went, or have another score. */
import { DigestIndex } from '../../crypto/digest-index.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import type { SpilledItems, SpilledList } from './spilled-list.ts';

/** Of some buckets. Places are those of an account's first row, in the later list or, of what was removed, in the earlier. */
export interface ListDifference {
  readonly added: Uint32Array;
  readonly changed: Uint32Array;
  readonly removed: Uint32Array;
}

/**
 * All differences, some buckets at a time. Both lists join rows of an account by their own policy.
 * @throws RangeError where the lists hash accounts under different keys; else as `SpilledList.bucket`
 */
export async function* listDifferences(before: SpilledList, after: SpilledList): AsyncGenerator<ListDifference> {
  if (!equalBytes(before.digestKey, after.digestKey)) {
    throw new RangeError('Cannot compare lists: their digests have different keys');
  }
  const steps = Math.min(before.buckets, after.buckets);
  for (let step = 0; step < steps; step++) {
    yield differenceOf(await itemsOf(before, step, steps), await itemsOf(after, step, steps));
  }
}

/** The buckets of a list that are one bucket where there are `steps` of them: the first bits of a digest choose it. */
async function itemsOf(list: SpilledList, step: number, steps: number): Promise<readonly SpilledItems[]> {
  const each = list.buckets / steps;
  const parts: SpilledItems[] = [];
  for (let k = 0; k < each; k++) parts.push(await list.bucket(step * each + k));
  return parts;
}

function differenceOf(before: readonly SpilledItems[], after: readonly SpilledItems[]): ListDifference {
  const records = [...before, ...after].reduce((sum, { scores }) => sum + scores.length, 1);
  const index = new DigestIndex(2 ** Math.ceil(Math.log2(records)));
  const scores: number[] = [];
  const firstPlaces: number[] = [];
  for (const part of before) {
    index.addAll(part.digests);
    for (const score of part.scores) scores.push(score);
    for (const place of placesOf(part)) firstPlaces.push(place);
  }
  const known = index.size;
  const isKept = new Uint8Array(known);
  const added: number[] = [];
  const changed: number[] = [];
  for (const part of after) {
    const places = placesOf(part);
    for (const [k, item] of index.addAll(part.digests).entries()) {
      if (item >= known) added.push(places[k]);
      else if (scores[item] !== part.scores[k]) changed.push(places[k]);
      if (item < known) isKept[item] = 1;
    }
  }
  const removed = firstPlaces.filter((_, item) => isKept[item] === 0);
  return { added: Uint32Array.from(added), changed: Uint32Array.from(changed), removed: Uint32Array.from(removed) };
}

/** The place of each item's first row. */
function placesOf({ itemOfRow, places, scores }: SpilledItems): Uint32Array {
  const first = new Uint32Array(scores.length);
  let known = 0;
  for (let row = 0; row < itemOfRow.length; row++) if (itemOfRow[row] === known) first[known++] = places[row];
  return first;
}
