/** Packed rows in messages of bounded length. */

/** Rows `from` to `from + rows` of a list of packed rows. */
export interface Batch {
  readonly from: number;
  readonly rows: number;
}

/** `batchRows` divides `rowCount`. */
export function batchesOf(list: { readonly rowCount: number; readonly batchRows: number }): readonly Batch[] {
  const { rowCount, batchRows } = list;
  return Array.from({ length: rowCount / batchRows }, (_, index) => ({ from: index * batchRows, rows: batchRows }));
}

/** A batch's rows of `width` bytes each, in a buffer of their own. */
export function rowsOf(packed: Uint8Array, width: number, { from, rows }: Batch): Uint8Array {
  return packed.slice(from * width, (from + rows) * width);
}
