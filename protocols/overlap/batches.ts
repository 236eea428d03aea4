/** Packed rows in messages of bounded length. */

/** Rows `from` to `from + rows` of a list of packed rows. */
export interface Batch {
  readonly from: number;
  readonly rows: number;
}

/** A list that goes over in messages of so many rows, the last of what is left. */
interface BatchedList {
  readonly rowCount: number;
  readonly batchRows: number;
}

export function batchCount({ rowCount, batchRows }: BatchedList): number {
  return Math.ceil(rowCount / batchRows);
}

export function batchesOf(list: BatchedList): readonly Batch[] {
  const { rowCount, batchRows } = list;
  return Array.from({ length: batchCount(list) }, (_, index) => {
    const from = index * batchRows;
    return { from, rows: Math.min(batchRows, rowCount - from) };
  });
}

/** A batch's rows of `width` bytes each, where they lie. */
export function rowsOf(packed: Uint8Array, width: number, { from, rows }: Batch): Uint8Array {
  return packed.subarray(from * width, (from + rows) * width);
}
