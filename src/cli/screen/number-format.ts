/** Numbers on a screen, the same in every language. */

export function integer(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share of 1 in per cent; null, where there is nothing to divide by, is a dash. */
export function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(0)}%`;
}

export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** An error bound given as log2, rounded to the unsafe side. */
export function bound(log2: number): string {
  return `2^${(Math.ceil(10 * log2) / 10).toFixed(1)}`;
}
