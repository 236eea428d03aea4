/** Jobs so short that another thread is no gain. */

/** Up to this size a job takes about a millisecond; to hand it to another thread and back costs tenths of one. */
const SMALL_INPUT_BYTES: number = 2 ** 17;

/**
 * For `inPlace`: whether the buffers of an input are small together. A peer's count too, so that a long list of another institution
 * does not occupy the thread that serves all. Leave out buffers as long as the own list without padding: where a job runs shows in
 * its time.
 */
export function isSmallInput(input: object): boolean {
  return bytesOf(input) <= SMALL_INPUT_BYTES;
}

/** The same by the size of a padded output: by the rows before padding it would show how many there are. */
export function isSmallOutput(rows: number, rowBytes: number): boolean {
  return rows * rowBytes <= SMALL_INPUT_BYTES;
}

function bytesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + bytesOf(part), 0);
}
