/**
 * The shorter list limits the number of shards, as a receiver could ask about more in more of them; so a shard of the holder's may be
 * long. It is evaluated and sealed piece by piece under one function: the same messages, and working memory for one piece.
 */
import { concatBytes } from '../../src/crypto/bytes.ts';
import { HASH_BYTES } from '../../src/crypto/hash.ts';
import type { Secrets } from '../../src/crypto/secrets.ts';
import { sharedBytes } from '../../src/crypto/shared-bytes.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { sortedTagsKernel } from '../../src/kernels/sorted-tags.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput } from '../../src/kit/small-input.ts';
import type { ListPart } from './pad.ts';

/** Rows of a padded list, and of a piece of it: all of them, where it has columns or is short enough. */
export interface PieceSizes {
  readonly rowCount: number;
  readonly pieceRows: number;
}

/** Accounts that follow each other in the list, behind the last ones fillers. */
export interface Piece extends ListPart {
  /** Its rows, with fillers. */
  readonly rowCount: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

export function* piecesOf(own: ListPart, { rowCount, pieceRows }: PieceSizes): Generator<Piece> {
  for (const [from, to] of ranges(rowCount, pieceRows)) {
    const digests = own.digests.subarray(from * HASH_BYTES, to * HASH_BYTES);
    yield { ...own, digests, rowCount: to - from, isFirst: from === 0, isLast: to === rowCount };
  }
}

/** What is made of each piece, one behind the other: bytes for every row of the list. */
export class PieceRows {
  readonly #bytes: number;
  readonly #secrets: Secrets;
  #all: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** `secrets` have them wiped at the end. */
  constructor({ rowCount }: PieceSizes, rowBytes: number, secrets: Secrets) {
    this.#bytes = rowCount * rowBytes;
    this.#secrets = secrets;
  }

  /** Takes over the rows of a piece; those of a single one stay where they are. */
  add(rows: Uint8Array): void {
    this.#secrets.hold(rows);
    if (rows.length === this.#bytes) {
      this.#all = rows;
      return;
    }
    if (this.#at === 0) this.#all = this.#secrets.hold(sharedBytes(this.#bytes));
    this.#all.set(rows, this.#at);
    this.#at += rows.length;
    this.#secrets.wipe(rows);
  }

  /** When every piece was added. */
  get rows(): Uint8Array {
    return this.#all;
  }

  /** Others in the place of these, where there were several pieces. */
  async change(make: (rows: Uint8Array) => Promise<Uint8Array>): Promise<void> {
    if (this.#at === 0) return;
    const changed = this.#secrets.hold(await make(this.#all));
    this.#secrets.wipe(this.#all);
    this.#all = changed;
  }

  /** Wipes them before the end. */
  end(): void {
    this.#secrets.wipe(this.#all);
  }
}

export interface MergeInput {
  /** Tags of all pieces, one behind the other, those of each in ascending order: n x tagBytes. */
  readonly tags: Uint8Array;
  readonly tagBytes: number;
  /** Tags of a piece; the last one has what is left. */
  readonly pieceRows: number;
}

/** All tags in ascending order: n x tagBytes. They are sorted by stretches of leading values, each about as long as a piece. */
export const mergeJob: Job<MergeInput, Uint8Array> = defineJob(
  'overlap/merge',
  function* ({ tags, tagBytes, pieceRows }): Steps<Uint8Array> {
    const pieces = [...ranges(tags.length / tagBytes, pieceRows)];
    const out = new Uint8Array(tags.length);
    let starts = pieces.map(([from]) => from);
    let at = 0;
    for (let stretch = 1; stretch <= pieces.length; stretch++) {
      const bound = (stretch * 2 ** 32) / pieces.length;
      const ends = pieces.map(([, to], k) => firstFrom(bound, { tags, tagBytes, from: starts[k], to }));
      const parts = ends.map((end, k) => tags.subarray(starts[k] * tagBytes, end * tagBytes));
      const rows = yield* sortedTagsKernel().sort({ rows: concatBytes(...parts), rowBytes: tagBytes, tagBytes });
      out.set(rows, at);
      at += rows.length;
      starts = ends;
    }
    return out;
  },
  { inPlace: isSmallInput },
);

interface TagRange extends Pick<MergeInput, 'tags' | 'tagBytes'> {
  readonly from: number;
  readonly to: number;
}

/** The first of a range of tags in order whose first four bytes are a number of at least `bound`. */
function firstFrom(bound: number, { tags, tagBytes, from, to }: TagRange): number {
  const view = new DataView(tags.buffer, tags.byteOffset, tags.length);
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (view.getUint32(middle * tagBytes) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
