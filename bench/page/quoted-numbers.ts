/**
 * Finds measured numbers in prose that no result has. A quoted number is one with a unit of time, size or rate, or with a times sign; it has
 * to be written as the tables write it.
 */
import { digits, formatBytes, formatMs, formatRate } from '../text-table.ts';

const QUANTITY =
  /(?<![\w.^,/-])(\d[\d,]*(?:\.\d+)?) ?(ns|µs|ms|s|B|kB|MB|GB|MiB|GiB|\/s|k\/s|M\/s|G\/s|×(?! ?\d))(?![\w/])/g;

/** Quantities in a text, tables and generated parts included where they are in it. */
export function quotedIn(text: string): readonly string[] {
  const code = /```[\s\S]*?```|`[^`]*`/g;
  return [...text.replace(code, '').matchAll(QUANTITY)].map(([, number, unit]) => `${number} ${unit}`);
}

/** Every way in which the tables write a number of these results. */
export function knownQuantities(results: unknown): ReadonlySet<string> {
  const known = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) {
      known
        .add(formatMs(value))
        .add(formatBytes(value))
        .add(formatRate(value))
        .add(formatMs(value / 1e6));
      known.add(formatRate(1e9 / value)).add(`${digits(value)} ×`);
    } else if (typeof value === 'object' && value !== null) {
      // Of many samples some number would always do.
      for (const [name, inner] of Object.entries(value)) if (name !== 'samplesMs' && name !== 'setAside') visit(inner);
    } else if (typeof value === 'string') {
      for (const quoted of quotedIn(value)) known.add(quoted);
    }
  };
  visit(results);
  return known;
}
