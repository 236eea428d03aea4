/**
 * The jobs of an overlap run over evaluated lists: what the holder sends, how many of it the receiver finds, what goes
 * back. A receiver's matches steer its own branches and memory, which a local attacker sees. What it sends does not
 * depend on them, nor do the numbers of its hashes and steps, as the holder sees when the run is done.
 */
import { fillInSteps, type PrgDraw } from '../../src/crypto/prg.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { ranges, type Steps } from '../../src/crypto/steps.ts';
import { chacha20Kernel } from '../../src/kernels/chacha20.ts';
import { sortedTagsKernel } from '../../src/kernels/sorted-tags.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { isSmallInput, isSmallOutput } from '../../src/kit/small-input.ts';
import { applyRowKeys, type Derivation, type EvaluatedRows, RowHash } from './tags.ts';

const ROWS_PER_STEP = 1024;
const OCCURRENCE_BYTES = 4;

/** How rows look on the wire: a tag, then the encrypted columns. */
export interface RowShape {
  readonly tagBytes: number;
  /** 0 without columns. */
  readonly payloadBytes: number;
}

export interface SealInput extends EvaluatedRows {
  readonly shape: RowShape;
  readonly sizeOnly: boolean;
  readonly occurrences: Uint32Array;
  /** m x payloadBytes, of the first rows; the others' columns are zeros. */
  readonly payload: Uint8Array;
}

export interface TagsInput extends EvaluatedRows {
  readonly tagBytes: number;
}

/** The tags of the receiver's records: n x tagBytes. It makes them while the holder's rows are under way. */
export const tagsJob: Job<TagsInput, Uint8Array> = defineJob(
  'overlap/tags',
  (input): Steps<Uint8Array> => firstRowHashes('overlap-tag', input),
  { inPlace: isSmallInput },
);

/** What confirms each of the holder's records: n x tagBytes. It makes them while the receiver looks its own up. */
export const expectedConfirmationsJob: Job<TagsInput, Uint8Array> = defineJob(
  'overlap/confirmations',
  (input): Steps<Uint8Array> => firstRowHashes('overlap-confirm', input),
  { inPlace: isSmallInput },
);

/** Of the first row of every record. */
function firstRowHashes(derivation: Derivation, input: TagsInput): Steps<Uint8Array> {
  const count = input.values.length / input.valueBytes;
  return new RowHash(derivation, input).tags(new Uint32Array(count), input.tagBytes);
}

/** The holder's rows as they are sent, in the order of their tags: n x (tagBytes + payloadBytes). */
export const sealJob: Job<SealInput, Uint8Array> = defineJob(
  'overlap/seal',
  function* (input): Steps<Uint8Array> {
    const { shape, occurrences } = input;
    const { tagBytes, payloadBytes } = shape;
    const rowBytes = tagBytes + payloadBytes;
    const tags = yield* new RowHash(input.sizeOnly ? 'overlap-size' : 'overlap-tag', input).tags(occurrences, tagBytes);
    const rows = payloadBytes === 0 ? tags : yield* sealColumns(tags, input);
    return yield* sortedTagsKernel().sort({ rows, rowBytes, tagBytes });
  },
  {
    consumes: ['occurrences'],
    inPlace: ({ records, valueBytes, shape: { payloadBytes } }) =>
      isSmallOutput(records.length / RECORD_BYTES, RECORD_BYTES + valueBytes + OCCURRENCE_BYTES + payloadBytes),
  },
);

/** Rows of these tags, and behind each its encrypted columns. */
function* sealColumns(tags: Uint8Array, input: SealInput): Steps<Uint8Array> {
  const { occurrences, payload } = input;
  const { tagBytes, payloadBytes } = input.shape;
  const rowBytes = tagBytes + payloadBytes;
  const rows = new Uint8Array(occurrences.length * rowBytes);
  const rowKeys = yield* new RowHash('overlap-payload', input).all(occurrences);
  const contents = new Uint8Array(occurrences.length * payloadBytes);
  contents.set(payload);
  const sealed = yield* applyRowKeys(rowKeys, contents, payloadBytes);
  for (const [from, to] of ranges(occurrences.length, ROWS_PER_STEP)) {
    for (let row = from; row < to; row++) {
      const at = row * rowBytes;
      for (let k = 0; k < tagBytes; k++) rows[at + k] = tags[row * tagBytes + k];
      for (let k = 0; k < payloadBytes; k++) rows[at + tagBytes + k] = sealed[row * payloadBytes + k];
    }
    yield;
  }
  return rows;
}

export interface CountInput extends EvaluatedRows {
  readonly shape: RowShape;
  readonly rows: Uint8Array;
}

/** How many of the values have their tag among the rows; nobody knows which records they are of. */
export const countJob: Job<CountInput, number> = defineJob(
  'overlap/count',
  function* (input): Steps<number> {
    const { tagBytes } = input.shape;
    const count = input.values.length / input.valueBytes;
    const tags = yield* new RowHash('overlap-size', input).tags(new Uint32Array(count), tagBytes);
    const found = yield* sortedTagsKernel().match({ rows: input.rows, rowBytes: tagBytes, tagBytes }, tags);
    return found.reduce((size, row) => (row < 0 ? size : size + 1), 0);
  },
  { consumes: ['rows'], inPlace: isSmallInput },
);

export interface ConfirmInput extends EvaluatedRows {
  readonly tagBytes: number;
  /** By own account: not 0 where it is common. */
  readonly matches: Uint32Array;
  /** n x tagBytes: what stands where an account is not common. */
  readonly decoys: PrgDraw;
}

/** The confirmations of common accounts among random bytes, in ascending order: n x tagBytes. */
export const makeConfirmationsJob: Job<ConfirmInput, Uint8Array> = defineJob(
  'overlap/confirm',
  function* (input): Steps<Uint8Array> {
    const { tagBytes, matches } = input;
    const count = input.values.length / input.valueBytes;
    const rows = new Uint8Array(count * tagBytes);
    // Computed for every record, so that the time it takes tells nothing.
    const confirmations = yield* new RowHash('overlap-confirm', input).tags(new Uint32Array(count), tagBytes);
    yield* fillInSteps(input.decoys, rows, chacha20Kernel());
    for (const [from, to] of ranges(count, ROWS_PER_STEP)) {
      for (let row = from; row < Math.min(to, matches.length); row++) {
        if (matches[row] === 0) continue;
        for (let k = row * tagBytes; k < (row + 1) * tagBytes; k++) rows[k] = confirmations[k];
      }
      yield;
    }
    return yield* sortedTagsKernel().sort({ rows, rowBytes: tagBytes, tagBytes });
  },
  { inPlace: ({ records, values }) => isSmallInput({ records, values }) },
);

export interface ConfirmedInput {
  readonly tagBytes: number;
  /** What confirms each record: n x tagBytes. */
  readonly expected: Uint8Array;
  /** Records that are looked up at once. */
  readonly pieceRows: number;
  readonly itemOfEntry: Uint32Array | undefined;
  readonly itemCount: number;
  /** The receiver's confirmations in ascending order: m x tagBytes. */
  readonly confirmations: Uint8Array;
}

/** One byte per account of the holder: 1 where the receiver confirmed it. */
export const checkConfirmationsJob: Job<ConfirmedInput, Uint8Array> = defineJob(
  'overlap/confirmed',
  function* (input): Steps<Uint8Array> {
    const { tagBytes, expected, pieceRows, itemCount, confirmations } = input;
    const tagRows = { rows: confirmations, rowBytes: tagBytes, tagBytes };
    const held = new Uint8Array(itemCount);
    for (const [from, to] of ranges(expected.length / tagBytes, pieceRows)) {
      const piece = expected.subarray(from * tagBytes, to * tagBytes);
      markFound(held, input, yield* sortedTagsKernel().match(tagRows, piece), from);
    }
    return held;
  },
  {
    consumes: ['expected', 'confirmations'],
    inPlace: ({ expected, confirmations }) => isSmallInput({ expected, confirmations }),
  },
);

/** `found`: of the records from `from` on. Those behind the last entry are fillers. */
function markFound(
  held: Uint8Array,
  { itemOfEntry, itemCount }: Pick<ConfirmedInput, 'itemOfEntry' | 'itemCount'>,
  found: Int32Array,
  from: number,
): void {
  const entries = Math.min(found.length, (itemOfEntry?.length ?? itemCount) - from);
  for (let k = 0; k < entries; k++) if (found[k] >= 0) held[itemOfEntry?.[from + k] ?? from + k] = 1;
}
