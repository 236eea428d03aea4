/** Jobs so short that another thread is no gain. */

/**
 * Up to so many bytes jobs of some operations a byte take about a millisecond, and to wake another thread and be woken by it
 * some tenths of one.
 */
const SMALL_INPUT_BYTES: number = 2 ** 17;

/**
 * Whether all buffers of an input together are small, for `inPlace`: a peer's part of it counts like the party's own, so
 * that a long list of another institution is no work for the thread that serves them all. Whoever has a buffer that is as long
 * as the own list gives it the others alone: the time that a job takes to get elsewhere would show how long that is.
 */
export function isSmallInput(input: object): boolean {
  return bytesOf(input) <= SMALL_INPUT_BYTES;
}

/** The same for padded rows, by how many there will be: by own ones alone it would show how much is padding. */
export function isSmallOutput(rows: number, rowBytes: number): boolean {
  return rows * rowBytes <= SMALL_INPUT_BYTES;
}

function bytesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + bytesOf(part), 0);
}
