/** Synchronous cases that need nothing but a size. */
import type { BenchCase, PreparedCase } from '../bench-case.ts';

export interface MicroCase {
  /** `area/op`. */
  readonly operation: string;
  /** Plural: what `items` counts. */
  readonly units: string;
  readonly items: number;
  readonly securityModel: string;
}

export function microCase({ operation, units, items, securityModel }: MicroCase, setUp: () => PreparedCase): BenchCase {
  return {
    id: `${operation}/${units}-${items}`,
    securityModel,
    unit: units.replace(/s$/, ''),
    items,
    kind: 'micro',
    selection: 'short',
    setUp: () => Promise.resolve(setUp()),
  };
}
