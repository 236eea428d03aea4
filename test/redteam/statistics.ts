/**
 * Chi-square tests (Pearson 1900) on histograms. A result is in standard deviations of the statistic, (X - df) /
 * sqrt(2 df), which is near normal for the hundred and more degrees of freedom here.
 */

/**
 * Beyond this a test fails. For df = 255 a uniform source gets there with probability 2^-18; a test of this folder asks
 * a few dozen times, from fixed seeds.
 */
export const SUSPICIOUS = 5;

export class ByteHistogram {
  readonly counts: Float64Array = new Float64Array(256);

  add(bytes: Uint8Array): this {
    for (const byte of bytes) this.counts[byte]++;
    return this;
  }
}

/** How far counts are from equal ones. */
export function fromUniform(counts: ArrayLike<number>): number {
  const total = sum(counts);
  const expected = total / counts.length;
  let statistic = 0;
  for (let k = 0; k < counts.length; k++) statistic += (counts[k] - expected) ** 2 / expected;
  return deviations(statistic, counts.length - 1);
}

/** How far two samples are from samples of one distribution. */
export function fromEachOther(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return fromIndependence([a, b]);
}

/** How far the column is from independent of the row; cells of a row that never occurs count nothing. */
export function fromIndependence(table: readonly ArrayLike<number>[]): number {
  const rows = table.map(sum);
  const total = rows.reduce((all, row) => all + row, 0);
  const columns = Array.from(table[0], (_, k) => table.reduce((all, row) => all + row[k], 0));
  let statistic = 0;
  for (const [r, row] of table.entries()) {
    for (const [k, column] of columns.entries()) {
      const expected = (rows[r] * column) / total;
      if (expected > 0) statistic += (row[k] - expected) ** 2 / expected;
    }
  }
  const used = (counts: readonly number[]): number => counts.filter((count) => count > 0).length;
  return deviations(statistic, (used(rows) - 1) * (used(columns) - 1));
}

function deviations(statistic: number, freedom: number): number {
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

function sum(counts: ArrayLike<number>): number {
  return Array.from(counts).reduce((all, count) => all + count, 0);
}
